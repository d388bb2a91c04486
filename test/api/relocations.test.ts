import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cloudflareLogpush } from '../../src/ingest/formats/json/cloudflare-logpush.ts'
import { runCommand } from '../harness/command.ts'
import { parseCsv } from '../harness/csv.ts'
import { type LocatedServer, startLocatedServer } from '../harness/located-server.ts'
import type { Json } from '../harness/requests.ts'
import type { TestServer } from '../harness/server.ts'

const networks = {
  '1.0.0.0/24': 'au//qita',
  '1.0.1.0/24': 'cn/fujian/dianxin',
  '1.0.2.0/24': 'cn/shanghai/liantong',
  '1.0.3.0/24': 'hk/gangaotai/qita',
}
/** What the next version says of them. */
const imported = ['1.0.0.0/24,cn,zhejiang,yidong', '1.0.1.0/25,cn,guangdong,dianxin', '1.0.3.0/24,us'].join('\n')
const addresses = ['1.0.0.9', '1.0.1.9', '1.0.1.200', '1.0.2.9', '1.0.3.9', '10.0.0.1', '-', '2001:db8::1']

/** Requests of clients everywhere, whose log says no country, one that fits, or one that does not. */
const log = (day: string, seed: number) =>
  addresses
    .flatMap((address, n) =>
      ['', 'cn', 'de', 'hk'].map(
        (country, m) =>
          `${cloudflareLogpush.example
            .replace('198.51.100.7', address)
            .replace('"ClientCountry":"de"', `"ClientCountry":"${country}"`)
            .replaceAll('2026-09-01T00:00:01Z', `${day}T0${m}:${10 + n}:01Z`)
            .replace('10588', String(1_000 + seed * 100 + n * 10 + m))}\n`,
      ),
    )
    .join('')

/** The same of a log that may say province and carrier. */
const provinceLog = addresses
  .filter((address) => address !== '-')
  .flatMap((address, n) =>
    ['0 0', '1068 0', '0 1046', '1068 1046', '1 0'].map(
      (place, m) =>
        `202609050${m}1001 ${address} www.example.test /${n} ${100 + n} ${place} 200 NULL 35 "curl/8.0" "(null)" GET HTTP/1.1 hit 52344\n`,
    ),
  )
  .join('')

let world: LocatedServer
let server: TestServer
const unlocated = log('2026-09-01', 1)
beforeAll(async () => {
  world = await startLocatedServer(networks, async (first) => {
    await first.load(unlocated, { name: 'unlocated.log', source: 'old' })
  })
  server = world.server
})
afterAll(() => world.stop())

const stored = async (batchId: number, columns: string) => {
  const load = await world.database.queries
    .selectFrom('load')
    .select('load_id')
    .where('batch_id', '=', batchId)
    .where('state', '=', 'visible')
    .executeTakeFirstOrThrow()
  const sql = `SELECT ${columns} FROM request WHERE load_id = {loadId:UInt64} ORDER BY ALL`
  return { loadId: load.load_id, rows: await server.warehouse.rows<Json>(sql, { loadId: load.load_id }) }
}
const everything = '* EXCEPT load_id'
const unplaced = '* EXCEPT (load_id, country, province, carrier, service_area)'

async function load(text: string, query: Record<string, string>): Promise<number> {
  const { json, text: answer } = await server.load(text, query)
  expect(json['state'], answer).toBe('loaded')
  return Number(json['batch_id'])
}

async function importTable(table: string) {
  const path = join(server.dataDir, 'table.csv')
  await writeFile(path, table)
  const ran = await runCommand(server.dataDir, 'geo', 'import', path)
  expect(ran.code, ran.err).toBe(0)
  return Number((await server.call('GET', '/api/v1/geo')).json['geo_version'])
}

async function relocate(scope: Json = {}): Promise<Json> {
  const begun = await server.call('POST', '/api/v1/relocations', scope)
  expect(begun.status, begun.text).toBe(200)
  for (;;) {
    const { json } = await server.call('GET', `/api/v1/relocations/${begun.json['relocation_id']}`)
    if (!['waiting', 'running'].includes(String(json['state']))) return json
    await delay(20)
  }
}

const versionOf = async (batchId: number) =>
  (await server.call('GET', `/api/v1/log-batches/${batchId}`)).json['geo_version']

describe('a relocation', () => {
  it('leaves batches as if they had been loaded with the data of now, and their totals as they were', async () => {
    const texts = [log('2026-09-02', 2), log('2026-09-03', 3), log('2026-09-04', 4), provinceLog]
    const areas = ['by_country', 'mainland_china', 'outside_mainland_china', 'by_country']
    const batches = [1]
    for (const [index, text] of texts.entries())
      batches.push(await load(text, { name: `${index}.log`, service_area: areas[index] ?? '' }))
    const before = await Promise.all(batches.map((id) => stored(id, unplaced)))
    const version = await importTable(imported)
    const ended = await relocate()
    expect(ended).toMatchObject({ state: 'done', batches: 5, batches_done: 5, batches_skipped: 0, batches_failed: 0 })
    expect(ended).toMatchObject({ requests: 4 * 32 + 35, requests_done: 4 * 32 + 35, problems: [] })
    expect(ended['requests_moved']).toBeGreaterThan(20)
    for (const [index, id] of batches.entries()) {
      expect(await versionOf(id)).toBe(version)
      expect((await stored(id, unplaced)).rows).toEqual(before[index]?.rows)
    }
    const again = [unlocated, ...texts]
    for (const [index, text] of again.entries()) {
      const area = index === 0 ? {} : { service_area: areas[index - 1] ?? '' }
      const fresh = await load(text, { name: `fresh-${index}.log`, source: 'fresh', force: 'true', ...area })
      expect((await stored(batches[index] ?? 0, everything)).rows).toEqual((await stored(fresh, everything)).rows)
    }
  })
})

const run = (...args: string[]) => runCommand(server.dataDir, 'batches', ...args)
const range = { start_time: Date.parse('2026-10-05T00:00:00Z'), end_time: Date.parse('2026-10-06T00:00:00Z') }

/** Requests of the range by country as files have them, and the file of all. */
async function exported() {
  const of = (asked: Json) => server.exportText({ ...range, service_area: 'global', language: 'en', ...asked })
  const requests = async (country: string) => {
    const [head = [], ...rows] = parseCsv(await of({ country }))
    const column = head.findIndex((title) => title.startsWith('Requests'))
    return rows.reduce((sum, row) => sum + Number(row[column] ?? 0), 0)
  }
  return { totals: await of({}), au: await requests('au'), us: await requests('us'), all: await requests('all') }
}

describe('fluxport batches relocate', () => {
  it('says which batches it would look up, looks them up, and says how many requests have moved', async () => {
    const ids = [await load(log('2026-10-05', 5), { name: 'a.log', source: 'edge' })]
    ids.push(await load(log('2026-10-05', 6), { name: 'b.log', source: 'edge' }))
    await load(log('2026-10-06', 7), { name: 'c.log', source: 'edge' })
    const before = await exported()
    const version = await importTable('1.0.0.0/24,au\n1.0.2.0/24,us\n1.0.3.0/24,hk')
    const asked = ['relocate', '--from', '2026-10-05T00:00:00Z', '--to', '2026-10-06T00:00:00Z', '--source', 'edge']
    const planned = await run(...asked, '--dry-run')
    expect([planned.code, planned.err]).toEqual([0, ''])
    expect(planned.out).toMatch(new RegExp(`\\n +${version - 1} +2 +64\\n`))
    expect(planned.out).toContain(`2 batches of 64 requests would be looked up by version ${version}\n`)
    expect(await versionOf(ids[0] ?? 0)).toBe(version - 1)
    const ran = await run(...asked)
    expect([ran.code, ran.out]).toEqual([0, ''])
    expect(ran.err).toMatch(
      /^relocation \d+ {2}done: 2 batches located, 0 skipped, 0 failed; \d+ requests are elsewhere now\n$/,
    )
    expect(await Promise.all(ids.map(versionOf))).toEqual([version, version])
    expect((await run('show', String(ids[0]))).out).toMatch(new RegExp(`^geo_version +${version}$`, 'm'))
    const after = await exported()
    expect(after.totals).toBe(before.totals)
    expect([before.all, after.all]).toEqual([64, 64])
    // One of four lines of an address says no country.
    expect([after.au - before.au, after.us]).toEqual([2, 2])
    const left = await run('relocate', '--older-than-version', String(version), '--batch', String(ids[0]))
    expect([left.code, left.err]).toEqual([0, expect.stringContaining('done: 0 batches located')])
    expect((await run('relocations', '--limit', '1')).out).toMatch(/^relocation +state .*\n +\d+ +done +0 +0 +0 +0 +0 /)
  })

  it('says what is wrong with what is asked', async () => {
    const wrong: [string[], RegExp][] = [
      [['relocate', '--from', 'yesterday'], /--from: write a time as/],
      [['relocate', '--from', '2', '--to', '1'], /CDN\.0001: The parameter start_time is invalid: it must be before/],
      [
        ['relocate', '--batch', '1', '9999'],
        /CDN\.0001: The parameter batch_ids is invalid: batch 9999 does not count/,
      ],
      [['relocate', '--older-than-version', 'new'], /older_than_version/],
      [['relocations', '--cancel', '9999'], /CDN\.0003: There is no such relocation/],
      [['relocations', '--cancel', '1'], /FLUXPORT\.0204: Relocation 1 has ended already: it is done/],
    ]
    for (const [args, message] of wrong) {
      const ran = await run(...args)
      expect([args, ran.code, ran.err]).toEqual([args, 1, expect.stringMatching(message)])
    }
  })
})
