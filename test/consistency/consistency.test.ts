import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/ports/database/database.ts'
import { openSqlite } from '../../src/ports/database/sqlite.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
let database: Database
beforeAll(async () => {
  server = await startTestServer()
  database = await openSqlite(join(server.dataDir, 'fluxport.sqlite'))
})
afterAll(async () => {
  await database.close()
  await server.stop()
})

type Finding = { kind: string; place: string; load_id: number | null; batch_id: number | null; repaired: boolean }
type Report = { consistent: boolean; loads: number; requests: number; findings: Finding[] }

async function check(repair = false): Promise<Report> {
  const { status, text, json } = await server.call('POST', '/api/v1/consistency-checks', { repair })
  expect(status, text).toBe(200)
  return json as unknown as Report
}

let files = 0
/** A log of `count` lines, of a domain of its own, over three hours and two days of UTC+8; some lines are rejected. */
async function load(count: number, text?: string) {
  const domain = `c${++files}.example.test`
  const time = (i: number) => `01/Sep/2026:2${2 + (i % 2)}:${String(i % 60).padStart(2, '0')}:01 +0800`
  const lines = Array.from({ length: count }, (_, i) =>
    huaweiLine({ domain, path: `/${i}`, bytes: 100 + i, time: time(i) }),
  )
  const next = huaweiLine({ domain, time: '02/Sep/2026:00:10:00 +0800', bytes: 7 })
  const content = text ?? `${lines.join('')}${next}rubbish\n`
  const { json } = await server.load(content, { name: `${domain}.log` })
  expect(json['state'], JSON.stringify(json)).toBe('loaded')
  const { load_id: loadId } = await database.queries
    .selectFrom('load')
    .select('load_id')
    .where('batch_id', '=', Number(json['batch_id']))
    .where('state', '=', 'visible')
    .executeTakeFirstOrThrow()
  await rolledUp()
  return { domain, content, batch: json, loadId }
}

async function rolledUp(): Promise<void> {
  for (;;) {
    const left = await database.queries
      .selectFrom('load')
      .select('load_id')
      .where('state', '=', 'visible')
      .where('roll_up', '<>', 'done')
      .execute()
    if (left.length === 0) return
    await delay(30)
  }
}

const range = {
  service_area: 'global',
  start_time: Date.parse('2026-09-01T00:00:00+08:00'),
  end_time: Date.parse('2026-09-03T00:00:00+08:00'),
  language: 'en',
}

/** The files that a domain's bill and lists are made from: by 5 minutes, by URL, by place. */
const exportsOf = (domain: string) =>
  Promise.all(
    ['reports_detail', 'top_url_detail', 'isp_detail'].map((action) =>
      server.exportText({ ...range, action, domain_name: domain }),
    ),
  )

const removed = async (table: string, loadId: number) => {
  const sql = `SELECT count() AS rows FROM ${table} WHERE load_id = {loadId:UInt64}`
  for (;;) {
    const [row] = await server.warehouse.rows<{ rows: number }>(sql, { loadId })
    if (row?.rows === 0) return
    await delay(30)
  }
}

const change = (sql: string, loadId: number) =>
  server.warehouse.command(`${sql} SETTINGS mutations_sync = 2`, { loadId })

describe('what adds up', () => {
  it('gives no finding, with rejected lines, empty logs, forgotten batches and lines of one key', async () => {
    await load(50)
    await server.load('', { name: 'empty.log' })
    const line = huaweiLine({ domain: 'alike.example.test' })
    await load(0, line.repeat(30))
    const { batch } = await load(5)
    await server.call('DELETE', `/api/v1/log-batches/${batch['batch_id']}`)
    expect(await check()).toMatchObject({ consistent: true, findings: [], requests: 81 })
  })

  it('gives no finding while logs are loaded, rolled up, forgotten and exported', async () => {
    let isOver = false
    const work = async (name: string) => {
      for (let n = 0; !isOver; n++) {
        const domain = `${name}${n}.example.test`
        const lines = Array.from({ length: 2_000 }, (_, i) => huaweiLine({ domain, path: `/${i}` })).join('')
        const { json } = await server.load(lines, { name: `${name}-${n}.log` })
        if (n % 2 === 0) await server.call('DELETE', `/api/v1/log-batches/${json['batch_id']}`)
        if (n % 3 === 0) await server.exportText({ ...range, domain_name: domain })
      }
    }
    const workers = [work('one'), work('two')]
    for (let n = 0; n < 12; n++) expect((await check()).findings).toEqual([])
    isOver = true
    await Promise.all(workers)
    expect((await check()).findings).toEqual([])
  })
})

describe('rows that the ledger does not know', () => {
  it('are found, count for nobody after a repair, and are removed', async () => {
    const { domain, loadId } = await load(20)
    const before = await exportsOf(domain)
    const { value } = await database.queries
      .updateTable('counter')
      .set((eb) => ({ value: eb('value', '+', 5) }))
      .where('name', '=', 'load')
      .returning('value')
      .executeTakeFirstOrThrow()
    const unknown = value - 3
    for (const table of ['request', 'usage', 'url_daily', 'rejected']) {
      await server.warehouse.command(
        `INSERT INTO ${table} SELECT * REPLACE({unknown:UInt64} AS load_id)
         FROM (SELECT * FROM ${table} WHERE load_id = {loadId:UInt64})`,
        { unknown, loadId },
      )
    }
    expect(await exportsOf(domain)).not.toEqual(before) // why it matters
    const place = 'request, usage, url_daily, rejected'
    expect((await check()).findings).toMatchObject([{ kind: 'unknown_rows', place, load_id: unknown, repaired: false }])
    expect(await check(true)).toMatchObject({ consistent: true, findings: [{ repaired: true }] })
    expect(await exportsOf(domain)).toEqual(before)
    await removed('request', unknown)
    expect((await check()).findings).toEqual([])
  })

  it('are found when the ledger says that they were removed', async () => {
    const { domain, batch, loadId } = await load(20)
    await server.call('DELETE', `/api/v1/log-batches/${batch['batch_id']}`)
    await removed('request', loadId)
    const { loadId: other } = await load(3)
    for (;;) {
      const load = await database.queries
        .selectFrom('load')
        .select('state')
        .where('load_id', '=', loadId)
        .executeTakeFirst()
      if (load?.state === 'purged') break
      await delay(30)
    }
    await server.warehouse.command(
      `INSERT INTO request SELECT * REPLACE({loadId:UInt64} AS load_id, {domain:String} AS domain)
       FROM (SELECT * FROM request WHERE load_id = {other:UInt64})`,
      { loadId, domain, other },
    )
    const found = { kind: 'unknown_rows', place: 'request', load_id: loadId, batch_id: batch['batch_id'] }
    expect((await check()).findings).toMatchObject([found])
    expect((await check(true)).findings).toMatchObject([{ ...found, repaired: true }])
    await removed('request', loadId)
    expect((await check()).findings).toEqual([])
  })
})

describe('a load whose requests are not those that were counted', () => {
  it.each([
    ['are gone', 'ALTER TABLE request DELETE WHERE load_id = {loadId:UInt64}'],
    ['are gone in part', `ALTER TABLE request DELETE WHERE load_id = {loadId:UInt64} AND path = '/3'`],
    [
      'have other bytes',
      `ALTER TABLE request UPDATE bytes = bytes + 1 WHERE load_id = {loadId:UInt64} AND path = '/3'`,
    ],
  ])('which %s is found, and its batch forgotten by a repair: the log can come again', async (_why, sql) => {
    const { domain, content, loadId, batch } = await load(20)
    const before = await exportsOf(domain)
    await change(sql, loadId)
    const found = { kind: 'lost_requests', load_id: loadId, batch_id: batch['batch_id'] }
    expect(await check()).toMatchObject({ consistent: false, findings: [{ ...found, repaired: false }] })
    expect((await check(true)).findings).toMatchObject([{ ...found, repaired: true }])
    expect((await check()).findings).toEqual([])
    const again = await server.load(content, { name: `${domain}.log` })
    expect(again.json).toMatchObject({ state: 'loaded', requests: 21 })
    await rolledUp()
    expect(await exportsOf(domain)).toEqual(before)
  })

  it('is not found where requests are not kept any more', async () => {
    const { loadId, batch } = await load(20)
    await change('ALTER TABLE request DELETE WHERE load_id = {loadId:UInt64}', loadId)
    const first_kept_ms = Number(batch['last_time']) + 1_000
    await database.queries.insertInto('retention_floor').values({ source: 'request', first_kept_ms }).execute()
    try {
      expect((await check()).findings).toEqual([])
      await change('ALTER TABLE usage DELETE WHERE load_id = {loadId:UInt64}', loadId)
      expect((await check()).findings).toMatchObject([{ kind: 'wrong_rollup', place: 'usage', load_id: loadId }])
      expect((await check(true)).findings).toMatchObject([{ repaired: false }])
    } finally {
      await database.queries.deleteFrom('retention_floor').execute()
    }
    await check(true)
  })
})

describe('a rollup that does not add up to its requests', () => {
  const where = 'WHERE load_id = {loadId:UInt64}'
  it.each([
    ['usage', `ALTER TABLE usage DELETE ${where} AND hits > 0`],
    ['usage', `ALTER TABLE usage UPDATE hits = 0 ${where}`],
    ['usage', `ALTER TABLE usage UPDATE status_2xx = 0, status_4xx = requests ${where}`],
    ['url_daily', `ALTER TABLE url_daily DELETE ${where} AND path = '/3'`],
    ['url_daily', `ALTER TABLE url_daily UPDATE query = 'x' ${where} AND path = '/3'`],
    ['url_daily', `ALTER TABLE url_daily UPDATE flux_bytes = flux_bytes + 1 ${where}`],
    ['geography_hourly', `ALTER TABLE geography_hourly DELETE ${where} AND toHour(hour) = 14`],
    ['geography_hourly', `ALTER TABLE geography_hourly UPDATE requests = requests * 2 ${where}`],
  ])('%s is found and made anew: %s', async (table, sql) => {
    const { domain, loadId } = await load(20)
    const before = await exportsOf(domain)
    await change(sql, loadId)
    const found = { kind: 'wrong_rollup', place: table, load_id: loadId }
    expect((await check()).findings).toMatchObject([found])
    expect((await check(true)).findings).toMatchObject([{ ...found, repaired: true }])
    await rolledUp()
    expect((await check()).findings).toEqual([])
    expect(await exportsOf(domain)).toEqual(before)
  })

  it('is made anew for the next export, while one that runs sees what it saw', async () => {
    const { loadId } = await load(20)
    await change('ALTER TABLE usage UPDATE requests = requests + 1 WHERE load_id = {loadId:UInt64}', loadId)
    await check(true)
    const loads = await database.queries.selectFrom('load').selectAll().orderBy('load_id', 'desc').limit(1).execute()
    expect(loads).toMatchObject([{ state: 'visible' }])
    expect(loads[0]?.load_id).toBeGreaterThan(loadId)
    await removed('usage', loadId)
  })

  it('of rejected lines gets the ledger’s figures back', async () => {
    const { batch, loadId } = await load(20)
    await change('ALTER TABLE rejected DELETE WHERE load_id = {loadId:UInt64}', loadId)
    expect((await check(true)).findings).toMatchObject([{ kind: 'wrong_rejected', load_id: loadId, repaired: true }])
    expect((await check()).findings).toEqual([])
    const { json } = await server.call('GET', `/api/v1/log-batches/${batch['batch_id']}`)
    expect((json['rejected'] as Json)['by_reason']).toEqual([{ reason: 'fields', lines: 1 }])
  })
})

describe('a counter that is behind', () => {
  it.each(['batch', 'load', 'data_version'] as const)('%s is found and put forward', async (name) => {
    const { value } = await database.queries
      .selectFrom('counter')
      .select('value')
      .where('name', '=', name)
      .executeTakeFirstOrThrow()
    await database.queries.updateTable('counter').set({ value: 1 }).where('name', '=', name).execute()
    expect((await check()).findings).toMatchObject([{ kind: 'counter_behind', place: name }])
    await check(true)
    const after = await database.queries
      .selectFrom('counter')
      .select('value')
      .where('name', '=', name)
      .executeTakeFirstOrThrow()
    expect(after.value).toBe(value)
  })
})
