import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exportQueryPrefix } from '../../src/exports/run/run-export.ts'
import { programVersion } from '../../src/version.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Got, type Json, newAccount, sendSigned } from '../harness/requests.ts'
import { type Answer, type Key, startTestServer, type TestServer } from '../harness/server.ts'
import { registerDomains, slowRequest, startSlowTask } from '../harness/slow-task.ts'

const target = '/v1/cdn/statistics/export-tasks'
const tasks = '/api/v1/export-tasks'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ exportConcurrency: '1' })
  await server.load(huaweiLine())
  await registerDomains(server, server.credentials.account_id, 100)
})
afterAll(() => server.stop())

async function create(body: Json = {}, key?: Key): Promise<string> {
  const { status, text, json } = await server.call('POST', target, body, key)
  expect(status, text).toBe(200)
  return String(json['task_id'])
}
const show = async (id: string, key?: Key): Promise<Json> =>
  (await server.call('GET', `${tasks}/${id}`, undefined, key)).json
const change = (id: string, what: 'cancel' | 'retry'): Promise<Answer> => server.call('POST', `${tasks}/${id}/${what}`)
const refused = (id: string, what: string): Promise<Got> =>
  sendSigned(server, { method: 'POST', target: `${tasks}/${id}/${what}` })

async function untilState(id: string, state: string, key?: Key): Promise<Json> {
  for (;;) {
    const task = await show(id, key)
    if (task['state'] === state) return task
    expect(['waiting', 'processing'], JSON.stringify(task)).toContain(task['state'])
    await delay(20)
  }
}

const statementsOf = async (id: string) => {
  const sql = 'SELECT query_id FROM system.processes WHERE startsWith(query_id, {prefix:String})'
  return (await server.warehouse.rows(sql, { prefix: exportQueryPrefix(id) })).length
}
const contractStatus = async (id: string) => {
  const { json } = await server.call('GET', `${target}?task_id=${id}`)
  return (json['data'] as Json[])[0]
}

describe('a task that is worked on', () => {
  it('says how far it is, and those behind it where they stand in the queue', async () => {
    const domains = (await server.call('GET', '/api/v1/domains')).json['domains'] as Json[]
    const id = await startSlowTask(server)
    const waiting = [await create(), await create()]
    const seen: number[] = []
    while (seen.length < 4) {
      const { progress, queue_position: position, attempts } = await show(id)
      const { rows, expected_rows: expected, percent } = progress as Record<string, number>
      expect([position, attempts]).toEqual([null, 1])
      expect(percent).toBe(expected ? Math.floor(((rows ?? 0) / expected) * 100) : 0)
      if (expected) expect(expected).toBe(90 * 288 * domains.length)
      if (rows && rows > (seen.at(-1) ?? 0)) seen.push(rows)
      await delay(50)
    }
    const positions = await Promise.all(waiting.map(async (one) => (await show(one))['queue_position']))
    expect(positions).toEqual([1, 2])
    expect(await show(waiting[0] ?? '')).toMatchObject({
      state: 'waiting',
      attempts: 0,
      progress: { rows: 0, percent: 0 },
    })
    await change(id, 'cancel')
    for (const one of waiting) {
      expect(await untilState(one, 'success')).toMatchObject({ queue_position: null, progress: { percent: 100 } })
    }
  })

  it('is canceled at once: what the engine does for it ends, and nothing is published', async () => {
    const id = await create({ ...slowRequest, format: 'csv' })
    while ((await statementsOf(id)) === 0) await delay(5)
    // A statement of it that would take a minute.
    const long = server.warehouse
      .rows(
        'SELECT sleepEachRow(1) FROM numbers(60) SETTINGS max_block_size = 1',
        {},
        {
          queryId: `${exportQueryPrefix(id)}of-this-test`,
          signal: new AbortController().signal,
        },
      )
      .then(
        () => 'ended by itself',
        () => 'was ended',
      )
    while ((await statementsOf(id)) < 1) await delay(5)
    const { status, json } = await change(id, 'cancel')
    expect([status, json['state'], json['status']]).toEqual([200, 'canceled', 'fail'])
    const deadline = Date.now() + 5_000
    while ((await statementsOf(id)) > 0 && Date.now() < deadline) await delay(20)
    expect(await statementsOf(id)).toBe(0)
    expect(await long).toBe('was ended')
    await delay(1_500)
    expect(await statementsOf(id)).toBe(0)
    expect(await show(id)).toMatchObject({ state: 'canceled', files: [], download_link: null, error: null })
    expect(await contractStatus(id)).toMatchObject({ status: 'fail', state: 'canceled', download_link: null })
    await untilState(await create(), 'success')
  })

  it('that was canceled is made again by a retry', async () => {
    const id = await create({ ...slowRequest, format: 'csv', domain_name: 'slow-1.example.test,slow-2.example.test' })
    await change(id, 'cancel')
    const retried = await change(id, 'retry')
    expect([retried.status, retried.json['state']]).toEqual([200, 'waiting'])
    const task = await untilState(id, 'success')
    expect(task).toMatchObject({ attempts: 1, rows: 2 * 90 * 288, error: null })
    const file = await server.raw(String(task['download_link']))
    expect([file.status, file.text.split('\r\n').length]).toEqual([200, 2 * 90 * 288 + 2])
  })

  it('is deleted at once, with its statements; nothing is left to be found', async () => {
    // Half a minute of work on a quiet machine, and more on a busy one.
    const id = await create(slowRequest)
    while ((await statementsOf(id)) === 0) await delay(5)
    const deleted = await server.call('DELETE', `${tasks}/${id}`)
    expect([deleted.status, deleted.json]).toEqual([200, { task_id: id }])
    expectError(await sendSigned(server, { target: `${tasks}/${id}` }), 404, 'CDN.0003')
    expect(await contractStatus(id)).toBeUndefined()
    // A statement may begin until the worker notices, a second later; then none does.
    const deadline = Date.now() + 45_000
    for (let quietMs = 0; quietMs < 2_000 && Date.now() < deadline; quietMs += 50) {
      if ((await statementsOf(id)) > 0) quietMs = 0
      await delay(50)
    }
    expect(Date.now()).toBeLessThan(deadline)
    expect(await statementsOf(id)).toBe(0)
  })

  it('that has lost a domain before it is worked on fails, and tells nothing of the domain’s owner', async () => {
    const [before, after] = [await newAccount(server, 'owner before'), await newAccount(server, 'owner after')]
    const domain = '/api/v1/domains/moved.example.test'
    await server.call('PUT', domain, { account_id: before.account_id })
    await registerDomains(server, before.account_id, 100, 'before')
    // Its own: another account's keeps none of its tasks waiting.
    const slow = await startSlowTask(server, before)
    const body = { domain_name: 'moved.example.test', service_area: 'global' }
    const id = await create(body, before)
    await server.call('DELETE', domain)
    expect((await server.call('PUT', domain, { account_id: after.account_id })).status).toBe(200)
    await server.call('POST', `${tasks}/${slow}/cancel`, undefined, before)
    const error = { error_code: 'CDN.0105', error_msg: 'The domain moved.example.test does not exist' }
    expect(await untilState(id, 'fail', before)).toMatchObject({ error, files: [], download_link: null })
    await server.call('POST', `${tasks}/${id}/retry`, undefined, before)
    expect(await untilState(id, 'fail', before)).toMatchObject({ error })
    await untilState(await create(body, after), 'success', after)
  })
})

describe('what cannot be done to a task', () => {
  it('is refused with the state that it is in', async () => {
    const done = await create()
    await untilState(done, 'success')
    for (const what of ['cancel', 'retry'])
      expect(expectError(await refused(done, what), 409, 'FLUXPORT.0204')).toMatch(/its state is success/)
    const slow = await startSlowTask(server)
    const waiting = await create()
    expect(expectError(await refused(waiting, 'retry'), 409, 'FLUXPORT.0204')).toMatch(/its state is waiting/)
    expect(expectError(await refused(slow, 'retry'), 409, 'FLUXPORT.0204')).toMatch(/its state is processing/)
    for (const id of [waiting, slow]) {
      await change(id, 'cancel')
      expect(expectError(await refused(id, 'cancel'), 409, 'FLUXPORT.0204')).toMatch(/its state is canceled/)
    }
  })

  it('is the same for another account’s task as for one that there is not', async () => {
    const stranger = await newAccount(server, 'stranger')
    const id = await create()
    const task = await untilState(id, 'success')
    const routes = (one: string): [string, string][] => [
      ['GET', `${tasks}/${one}`],
      ['POST', `${tasks}/${one}/cancel`],
      ['POST', `${tasks}/${one}/retry`],
      ['DELETE', `${tasks}/${one}`],
    ]
    const ask = (method: string, path: string) => sendSigned(server, { method, target: path, key: stranger })
    for (const [n, [method, path]] of routes(id).entries()) {
      const [, unknownPath = ''] = routes('0'.repeat(32))[n] ?? []
      const [foreign, unknown] = [await ask(method, path), await ask(method, unknownPath)]
      expect(expectError(foreign, 404, 'CDN.0003')).toBe(expectError(unknown, 404, 'CDN.0003'))
    }
    for (const query of [`task_id=${id}`, `task_name=${task['task_name']}`, 'status=success', 'created_from=0', '']) {
      expect((await ask('GET', `${target}?${query}`)).json).toEqual({ total: 0, data: [] })
    }
    expect(await show(id)).toEqual(task)
  })
})

describe('the files of a task', () => {
  it.each(['csv', 'xlsx', 'parquet', 'jsonl'])(
    'have a manifest beside them, as the task has it: %s',
    async (format) => {
      const id = await create({ action: 'billing_summary', format, language: 'en' })
      const task = await untilState(id, 'success')
      const files = task['files'] as {
        name: string
        bytes: number
        sha256: string
        rows: number | null
        download_link: string
      }[]
      const bytesOf = async (link: string) => Buffer.from(await (await fetch(link)).arrayBuffer())
      for (const file of files) {
        const bytes = await bytesOf(file.download_link)
        expect(bytes.length).toBe(file.bytes)
        expect(createHash('sha256').update(bytes).digest('hex')).toBe(file.sha256)
      }
      const [main, last] = [files[0], files.at(-1)]
      expect(last?.name).toBe(`${main?.name}.manifest.json`)
      const { created_at: createdAt, ...manifest } = JSON.parse((await bytesOf(last?.download_link ?? '')).toString())
      expect(manifest).toEqual(task['manifest'])
      expect(Math.abs(createdAt - Date.now())).toBeLessThan(60_000)
      expect(manifest.files).toEqual(
        files.slice(0, -1).map(({ name, rows, bytes, sha256 }) => ({ name, rows, bytes, sha256 })),
      )
      expect([task['file_name'], task['sha256'], task['bytes']]).toEqual([main?.name, main?.sha256, main?.bytes])
      expect(manifest).toMatchObject({ product_version: programVersion, product_commit: 'unknown' })
      expect(manifest).toMatchObject({ account_id: server.credentials.account_id, data_version: task['data_version'] })
    },
  )
})
