import { createHash } from 'node:crypto'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Json, newAccount, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

const cadences = '/api/v1/coverage/cadences'
const creates = '/v1/cdn/statistics/export-tasks'
const start = Date.parse('2026-09-01T08:00:00+08:00')
const hour = 3_600_000

let server: TestServer
let customer: Key & { account_id: string }
let operations: Operation[]
beforeAll(async () => {
  server = await startTestServer()
  customer = await newAccount(server, 'customer')
  await server.load(huaweiLine(), { source: 'cdn' })
  operations = operationsOf((await server.raw('/openapi.json')).json)
})
afterAll(() => server.stop())

type Schema = { type?: string; properties?: Record<string, Schema>; items?: Schema }
type Operation = { id: string; method: string; path: string; query: string[]; params: string[]; body: Schema | null }

/** Every operation, with the names of its parameters that are whole numbers. */
function operationsOf(document: Json): Operation[] {
  const paths = document['paths'] as Record<string, Record<string, Json>>
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const parameters = (operation['parameters'] ?? []) as { in: string; name: string; schema: Schema }[]
      const integersIn = (place: string) =>
        parameters.filter((one) => one.in === place && one.schema.type === 'integer').map((one) => one.name)
      const content = (operation['requestBody'] as { content?: Record<string, { schema: Schema }> })?.content
      return {
        id: String(operation['operationId']),
        method: method.toUpperCase(),
        path,
        query: integersIn('query'),
        params: integersIn('path'),
        body: content ? (Object.values(content)[0]?.schema ?? null) : null,
      }
    }),
  )
}

const oddTexts = ['Infinity', '-Infinity', 'NaN', '1e400', '1e3', '0x10', '9007199254740993', '1.5', '', ' 1', 'null']
/** As they stand in JSON. */
const oddJson = [
  '1e400',
  '-1e400',
  '9007199254740993',
  '1.5',
  'true',
  '[]',
  '{}',
  ...oddTexts.map((text) => `"${text}"`),
]
/** A streamed body is signed with its hash in a header. */
const pushed = { headers: { 'X-Sdk-Content-Sha256': createHash('sha256').update('').digest('hex') } }
const plainPath = (path: string) => path.replaceAll(/\{\w+\}/g, '1')
const tables = ['account', 'access_key', 'domain', 'source_cadence', 'export_task', 'relocation', 'batch']

/** All that is stored of what requests may change; a key's last use is known to the minute, and moves with each. */
function stored(): string {
  const sqlite = new BetterSqlite3(join(server.dataDir, 'fluxport.sqlite'), { readonly: true })
  try {
    const all = tables.map((table) => sqlite.prepare(`select * from ${table} order by 1`).all())
    return JSON.stringify(all, (name, value) => (name === 'last_used_at_ms' ? null : value))
  } finally {
    sqlite.close()
  }
}

describe('a number that is none is refused, by its name, and nothing is stored', () => {
  it('in every query and path', async () => {
    const before = stored()
    let asked = 0
    for (const { method, path, query, params } of operations) {
      for (const text of oddTexts.map(encodeURIComponent)) {
        for (const name of query) {
          const target = `${plainPath(path)}?${name}=${text}`
          const got = await sendSigned(server, { method, target, ...(path.endsWith('/log-batches') ? pushed : {}) })
          expect(expectError(got, 400, 'CDN.0001'), `${path} ${text}`).toContain(`parameter ${name} `)
          asked += 1
        }
        if (params.length === 0 || text === '') continue
        const got = await sendSigned(server, { method, target: path.replace(`{${params[0]}}`, text) })
        expect(expectError(got, 400, 'CDN.0001'), `${path} ${text}`).toContain(`parameter ${params[0]} `)
        asked += 1
      }
    }
    expect(asked).toBeGreaterThan(200)
    expect(stored()).toBe(before)
  })

  it('in every body, in its lists as well', async () => {
    const before = stored()
    let asked = 0
    for (const { id, method, path, body } of operations) {
      for (const [name, schema] of Object.entries(body?.properties ?? {})) {
        const isList = schema.type === 'array' && schema.items?.type === 'integer'
        if (schema.type !== 'integer' && !isList) continue
        for (const value of oddJson) {
          const text = `{"${name}":${isList ? `[1,${value}]` : value}}`
          const got = await sendSigned(server, { method, target: plainPath(path), body: text })
          expect(expectError(got, 400, 'CDN.0001'), `${id} ${text}`).toContain(`parameter ${name}`)
          asked += 1
        }
      }
    }
    expect(asked).toBeGreaterThan(200)
    expect(stored()).toBe(before)
  })
})

describe('numbers that an older build has stored', () => {
  /** Changes the database as another program would. */
  const change = (sql: string, ...values: unknown[]) => {
    const sqlite = new BetterSqlite3(join(server.dataDir, 'fluxport.sqlite'))
    onTestFinished(() => void sqlite.close())
    sqlite.pragma('busy_timeout = 5000')
    sqlite.prepare(sql).run(...values)
  }
  const infinite = Number.POSITIVE_INFINITY
  const range = { start_time: start, end_time: start + hour }

  it.each([[infinite], [-infinite], [1e300], [0.5], ['much']])(
    'as a cadence (%s): it is listed and can be removed; coverage, preflight and exports go on',
    async (value) => {
      change(
        `insert into source_cadence (account_id, source, files_per_hour, delay_seconds, skips_empty_hours, expected_from_ms, updated_at_ms)
         values ('', 'odd', ?, ?, 0, ?, 0)`,
        ...[value, value, value],
      )
      // It counts once the data are of another version.
      expect((await server.call('PUT', `${cadences}/other`, { delay_seconds: 60 })).status).toBe(200)
      const list = await server.call('GET', cadences)
      expect([list.status, list.text]).toEqual([200, expect.stringContaining('"odd"')])
      const coverage = `/api/v1/coverage?start_time=${start}&end_time=${start + hour}`
      expect((await sendSigned(server, { target: coverage })).status).toBe(200)
      expect((await sendSigned(server, { target: coverage, key: customer })).status).toBe(200)
      const asked = { ...range, coverage_column: 'true' }
      const preflight = await server.call('POST', '/api/v1/export-tasks/preflight', asked)
      expect([preflight.status, preflight.text]).toEqual([200, preflight.text])
      expect(await server.exportText(asked)).not.toBe('')
      expect((await server.call('DELETE', `${cadences}/odd`)).status).toBe(200)
      expect((await server.call('GET', cadences)).text).not.toContain('"odd"')
    },
  )

  it.each([[infinite], [1e300], ['much']])(
    'as limits of an account (%s): it creates, and they can be set anew',
    async (value) => {
      const id = customer.account_id
      change(
        `update account set tasks_waiting_max = ?, tasks_running_max = ?, stored_bytes_max = ?, rows_max = ? where id = ?`,
        ...[value, value, value, value, id],
      )
      const body = JSON.stringify(range)
      const task = await sendSigned(server, { method: 'POST', target: creates, body, key: customer })
      expect([task.status, task.text]).toEqual([200, task.text])
      expect((await server.call('GET', '/api/v1/accounts')).status).toBe(200)
      const settings = { tasks_waiting_max: 10, rows_max: 1_000_000 }
      const set = await server.call('PUT', `/api/v1/accounts/${id}/settings`, settings)
      expect(set.json).toEqual(settings)
      expect(await server.exportText(range)).not.toBe('')
    },
  )
})
