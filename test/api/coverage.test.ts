import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordMissingSpans } from '../../src/ingest/load/record-missing-spans.ts'
import { openSqlite } from '../../src/ports/database/sqlite.ts'
import { runCommand } from '../harness/command.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Json, newAccount, newKey, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

const start = Date.parse('2026-09-01T08:00:00+08:00')
const hour = 3_600_000
const range = `start_time=${start}&end_time=${start + 3 * hour}`
const cadences = '/api/v1/coverage/cadences'

let server: TestServer
let customer: Key & { account_id: string }
let batches: number[]
beforeAll(async () => {
  server = await startTestServer()
  customer = await newAccount(server, 'customer')
  await server.call('PUT', '/api/v1/domains/own.example.test', { account_id: customer.account_id })
  await state('cdn', { files_per_hour: 1, delay_seconds: 60 })
  batches = [
    await load('2026090108-own.example.test-cn.gz', 'cdn', huaweiLine({ domain: 'own.example.test' })),
    await load('2026090109-own.example.test-cn.gz', 'cdn', gzipSync('')),
    await load('edge.log', 'edge', `${huaweiLine()}${huaweiLine({ time: '01/Sep/2026:10:02:00 +0800' })}no line\n`),
    await load('another.log', 'others', huaweiLine({ domain: 'other.example.test' })),
  ]
})
afterAll(() => server.stop())

const state = (source: string, stated: Json, key?: Key) => server.call('PUT', `${cadences}/${source}`, stated, key)
const get = (query: string, key: Key = server.credentials) =>
  sendSigned(server, { target: `/api/v1/coverage?${query}`, key })
async function load(name: string, source: string, text: string | Buffer): Promise<number> {
  const { json } = await server.load(text, { name, source, format: 'huawei_offline' })
  expect(json['state']).toBe('loaded')
  return Number(json['batch_id'])
}
const told = (json: Json) =>
  (json['ranges'] as Json[]).map((one) => {
    const minute = (name: string) => (Number(one[name]) - start) / 60_000
    return `${one['domain_name']} ${one['state']} ${minute('start_time')}-${minute('end_time')}`
  })

describe('GET /api/v1/coverage', () => {
  it('says of an account’s own domains what is final and what is missing, and from which sources', async () => {
    const { json } = await get(range, customer)
    // It was all over when the source delivered first: a backlog, of which nothing is late.
    expect(told(json)).toEqual(['own.example.test final 0-120', 'own.example.test missing 120-180'])
    expect((json['ranges'] as Json[]).map((one) => one['late_lines'])).toEqual([0, 0])
    expect(json).toMatchObject({
      ...{ start_time: start, end_time: start + 3 * hour, interval: 300, total: 2 },
      buckets: { final: 24, provisional: 0, missing: 12 },
      sources: [
        {
          // The operator's, whose names are its own business.
          ...{ source: 'operator', files_per_hour: 1, delay_seconds: 60, rejected_lines: 0, late_lines: 0 },
          ...{ watermark: start + 2 * hour, watermark_least: start + 2 * hour },
        },
      ],
    })
  })

  it('tells zero from missing: an empty file says that nothing was requested', async () => {
    const hours = `${range}&interval=3600`
    const withFile = ['own.example.test final 0-120', 'own.example.test missing 120-180']
    expect(told((await get(hours, customer)).json)).toEqual(withFile)
    await server.call('DELETE', `/api/v1/log-batches/${batches[1]}`)
    expect(told((await get(hours, customer)).json)).toEqual([
      'own.example.test final 0-60',
      'own.example.test missing 60-180',
    ])
    await load('2026090109-own.example.test-cn.gz', 'cdn', gzipSync(''))
    expect(told((await get(hours, customer)).json)).toEqual(withFile)
  })

  it('shows a domain that had no request in what its source has gone past as reported', async () => {
    const { json } = await get(`${range}&domain_name=www.example.test`)
    // An hour is the delay of a source of which none is stated; its last bucket may go on.
    expect(told(json)).toEqual([
      'www.example.test reported 0-60',
      'www.example.test provisional 60-125',
      'www.example.test missing 125-180',
    ])
    expect(json['sources']).toMatchObject([{ source: 'edge', delay_seconds: 3600, rejected_lines: 1 }])
  })

  it('says nothing of another account’s domains and sources', async () => {
    expectError(await get(`${range}&domain_name=www.example.test`, customer), 404, 'CDN.0105')
    expectError(await get(`${range}&domain_name=nowhere.example.test`, customer), 404, 'CDN.0105')
    const { text } = await get(range, customer)
    expect(text).not.toMatch(/edge|others|cdn/)
    const pusher = await newKey(server, { role: 'ingest', source: 'edge' })
    expectError(await get(range, pusher), 403, 'CDN.0004')
  })

  it.each([
    ['start_time=5', 'end_time'],
    [`start_time=${start}&end_time=${start}`, 'start_time'],
    [`${range}&interval=60`, 'interval'],
    [`${range}&limit=0`, 'limit'],
    [`${range}&limit=10001`, 'limit'],
    [`${range}&offset=-1`, 'offset'],
    [`${range}&domain_name=a%20b`, 'domain_name'],
    [`start_time=0&end_time=${start}&interval=300`, 'interval'],
  ])('refuses %s, naming %s', async (query, parameter) => {
    expect(expectError(await get(query), 400, 'CDN.0001')).toContain(parameter)
  })

  it('says the same after a start that finds loads of a version that recorded no spans', async () => {
    const before = (await get(range)).json
    await server.warehouse.command('ALTER TABLE load_span DELETE WHERE true SETTINGS mutations_sync = 2')
    expect((await get(range)).json['buckets']).not.toEqual(before['buckets'])
    const database = await openSqlite(join(server.dataDir, 'fluxport.sqlite'))
    try {
      await database.queries.deleteFrom('counter').where('name', '=', 'spans_recorded').execute()
      expect(await recordMissingSpans({ database, warehouse: server.warehouse })).toBe(4)
      expect(await recordMissingSpans({ database, warehouse: server.warehouse })).toBe(0)
    } finally {
      await database.close()
    }
    expect((await get(range)).json).toEqual(before)
  })
})

describe('a file that was not taken', () => {
  const name = '2026090110-own.example.test-cn.gz'
  const hours = `${range}&interval=3600`

  it('is told as refused, until a file of its name is loaded', async () => {
    const before = (await get(hours, customer)).json
    const { json } = await server.load('garbage\n', { name, source: 'cdn' })
    expect(json).toMatchObject({ error_code: 'FLUXPORT.0103' })
    const refused = (await get(hours, customer)).json
    expect(told(refused).at(-1)).toBe('own.example.test refused 120-180')
    expect(refused['buckets']).toMatchObject({ missing: 0, refused: 1 })
    expect(told(before).at(-1)).toBe('own.example.test missing 120-180')
    await load(name, 'cdn', huaweiLine({ domain: 'own.example.test', time: '01/Sep/2026:10:00:00 +0800', path: '/x' }))
    expect(told((await get(hours, customer)).json).at(-1)).toBe('own.example.test final 0-180')
  })
})

describe('/api/v1/coverage/cadences', () => {
  it('states, lists and forgets, for operators alone', async () => {
    const stated = {
      files_per_hour: 2,
      delay_seconds: 5,
      skips_empty_hours: true,
      domains: ['B.example.test', 'a.example.test'],
    }
    const { json: listed } = await server.call('GET', '/api/v1/accounts')
    const first = (listed['accounts'] as Json[]).find(({ name }) => name === 'default')
    const shown = {
      ...stated,
      account_id: first?.['account_id'],
      source: 'a b',
      domains: ['a.example.test', 'b.example.test'],
      files_per_day: null,
      day_zone: null,
      expected_from: null,
      expected_until: null,
    }
    expect((await state('a%20b', stated)).json).toEqual(shown)
    const named = { ...shown, account_name: 'default' }
    expect((await server.call('GET', cadences)).json['cadences']).toContainEqual(named)
    expect((await state('a%20b', stated, customer)).status).toBe(403)
    expect((await server.call('DELETE', `${cadences}/a%20b`)).json).toEqual({ source: 'a b' })
    expect((await server.call('DELETE', `${cadences}/a%20b`)).json['error_code']).toBe('CDN.0003')
  })

  it.each([
    ['x', { files_per_hour: 0 }, 'files_per_hour'],
    ['x', { delay_seconds: -1 }, 'delay_seconds'],
    ['x', { files_per_day: 0 }, 'files_per_day'],
    ['x', { files_per_day: 1, files_per_hour: 1 }, 'files_per_day'],
    ['x', { files_per_day: 1, day_zone: 'Berlin' }, 'day_zone'],
    ['x', { files_per_hour: 1, day_zone: 'UTC' }, 'day_zone'],
    ['x', { skips_empty_hours: true }, 'skips_empty_hours'],
    ['x', { domains: ['a b'] }, 'domains'],
    ['x', { expected_from: 5, expected_until: 5 }, 'expected_from'],
    ['*', { files_per_hour: 1 }, 'files_per_hour'],
  ])('refuses of %s %j, naming %s', async (source, stated, parameter) => {
    const { json } = await state(source, stated)
    expect(json['error_code']).toBe('CDN.0001')
    expect(json['error_msg']).toContain(parameter)
  })
})

describe('fluxport coverage', () => {
  const run = (...args: string[]) => runCommand(server.dataDir, 'coverage', ...args)

  const range = ['--domain', 'www.example.test', '--start', String(start), '--end', String(start + 3 * hour)]

  const linesOf = (out: string) =>
    out
      .split('\n')
      .filter((line) => line.endsWith('  www.example.test'))
      .map((line) => line.split(/ {2,}/).join('|'))

  it('prints sources, and a line for each state and reason', async () => {
    const ran = await run(...range, '--time-zone', 'UTC')
    expect([ran.code, ran.err]).toEqual([0, ''])
    expect(ran.out).toContain('buckets: 0 final, 12 reported, 13 provisional, 11 missing, 0 refused')
    expect(linesOf(ran.out)).toEqual([
      'missing|source edge has delivered nothing more|11|0|2026-09-01 02:05:00|2026-09-01 03:00:00|www.example.test',
      'provisional|source edge has not delivered everything, or its delay is not over|13|0|2026-09-01 01:00:00|2026-09-01 02:05:00|www.example.test',
      'reported|no cadence is stated of source edge|12|0|2026-09-01 00:00:00|2026-09-01 01:00:00|www.example.test',
    ])
    expect(ran.out).not.toContain('edge reported')
  })

  it('prints the lines of each day of the zone', async () => {
    const ran = await run(...range, '--by', 'day', '--time-zone', 'Atlantic/Cape_Verde')
    expect(linesOf(ran.out).map((line) => line.split('|').slice(0, 4))).toEqual([
      ['2026-08-31', 'reported', 'no cadence is stated of source edge', '12'],
      ['2026-09-01', 'missing', 'source edge has delivered nothing more', '11'],
      ['2026-09-01', 'provisional', 'source edge has not delivered everything, or its delay is not over', '13'],
    ])
  })

  it('prints ranges when asked', async () => {
    const ran = await run(...range, '--ranges', '--time-zone', 'UTC')
    expect(ran.out).toMatch(/^edge +going on +3600 +2026-09-01 02:00:00 +2026-09-01 02:00:00 +1 +0$/m)
    expect(ran.out).toMatch(
      /^www\.example\.test +2026-09-01 00:00:00 +2026-09-01 01:00:00 +reported +0 +edge reported$/m,
    )
  })

  it('states a cadence, lists and removes it', async () => {
    const set = await run('cadence', 'set', 'x', '--files-per-hour', '3', '--from', '2026-09-01T00:00:00+08:00')
    expect([set.code, JSON.parse(set.out)]).toMatchObject([0, { files_per_hour: 3, expected_from: start - 8 * hour }])
    expect((await run('cadence')).out).toMatch(/^x +\w+ +3 +- +- +no +- +2026-09-01 00:00:00 +-$/m)
    expect(await run('cadence', 'remove', 'x')).toEqual({ code: 0, out: 'nothing is stated of x now\n', err: '' })
    const daily = await run('cadence', 'set', 'x', '--files-per-day', '2')
    expect(JSON.parse(daily.out)).toMatchObject({ files_per_day: 2, files_per_hour: null, day_zone: 'Asia/Shanghai' })
    expect((await run('cadence')).out).toMatch(/^x +\w+ +- +2 \(Asia\/Shanghai\) +/m)
    await run('cadence', 'remove', 'x')
    expect((await run('cadence', 'set', 'x')).err).toContain('Say what to state')
  })
})
