import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { parseAddress } from '../../src/geo/address.ts'
import { loadGeoVersion } from '../../src/geo/geo-versions.ts'
import { logFormats } from '../../src/ingest/formats/known-formats.ts'
import type { LogFormat } from '../../src/ingest/formats/line/log-format.ts'
import { formatByName } from '../../src/ingest/formats/recognise.ts'
import { writeLoads } from '../../src/ingest/load/write-load.ts'
import type { BatchRow } from '../../src/ports/database/schema.ts'
import { migrateWarehouse } from '../../src/ports/warehouse/migrate.ts'
import { secretSql } from '../../src/ports/warehouse/secrets.ts'
import { type Warehouse, WarehouseRefused } from '../../src/ports/warehouse/warehouse.ts'
import { assertHashes } from '../../src/privacy/client-key.ts'
import { clientHashSql, keyHalves } from '../../src/privacy/kept-sql.ts'
import { type LoadPrivacy, noPrivacy } from '../../src/privacy/load-privacy.ts'
import { asLogged, parseQueryStrings } from '../../src/privacy/profile.ts'
import { untimed } from '../../src/stage-times.ts'
import { createSqlitePlace, databaseForTest } from '../harness/database.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { geoDataForTest } from '../harness/geo-data.ts'
import { huaweiLine, type LineFields } from '../harness/log-lines.ts'
import { sipHash128 } from '../harness/siphash.ts'
import { testRun, type WarehouseServer } from '../harness/warehouse.ts'
import { addressCases, queryCases, referrerCases, secretLines } from './privacy-cases.contract.ts'

const low = 17_279_655_951_921_914_625n
const high = 1_167_088_121_787_636_990n
const clientKey = { [keyHalves.low]: String(low), [keyHalves.high]: String(high) }
const truncating: LoadPrivacy = {
  profile: { ...asLogged, clientAddresses: 'truncated' },
  clientKey: async () => clientKey,
}
const filtering = (text: string): LoadPrivacy => ({
  profile: { ...asLogged, queryStrings: parseQueryStrings(text) ?? asLogged.queryStrings },
  clientKey: async () => null,
})

let lastLoadId = 0

/** Loads lines as a batch of one log is; answers the load's id. */
async function load(
  warehouse: Warehouse,
  lines: string,
  privacy: LoadPrivacy,
  networks?: Record<string, string>,
): Promise<number> {
  const { database } = await databaseForTest(createSqlitePlace)
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const path = join(directory.path, 'access.log')
  await writeFile(path, lines)
  lastLoadId += 1
  const batch = {
    service_area: 'by_country',
    default_domain: null,
    allowed_domains_json: null,
    may_deliver: 'any',
    log_zone: 'UTC',
    count_also_json: '[]',
  }
  const signal = new AbortController().signal
  const version = networks
    ? await loadGeoVersion({ database, warehouse }, await geoDataForTest(networks), signal)
    : null
  const deps = { database, warehouse, privacy, stages: untimed, geo: { version: async () => version } }
  const unknownClientArea = 'mainland_china' as const
  const figures = await writeLoads(
    { ...deps, unknownClientArea, nowMs: () => Date.parse('2026-09-02T00:00:00Z') },
    {
      batch: batch as BatchRow,
      format: formatByName(logFormats, 'huawei_offline') as LogFormat,
      content: { path, compression: 'none' },
      loadIds: [lastLoadId],
      linesBefore: 0,
    },
    signal,
  )
  expect(figures.get(lastLoadId)?.lines).toBe(lines.split('\n').length - 1)
  return lastLoadId
}

const lineOf = (fields: LineFields & { client?: string }) =>
  huaweiLine(fields).replace('198.51.100.7', fields.client ?? '198.51.100.7')

/** What loading keeps and drops, on the warehouse's own server. */
export function privacyContract(server: () => WarehouseServer) {
  let warehouse: Warehouse
  beforeAll(async () => {
    warehouse = await server().open()
    await migrateWarehouse(warehouse)
  })
  const column = async (loadId: number, sql: string) => {
    const rows = await warehouse.rows<{ value: string }>(
      `SELECT toString(${sql}) AS value FROM request WHERE load_id = {loadId:UInt64} ORDER BY bytes`,
      { loadId },
    )
    return rows.map((row) => row.value)
  }
  describe('an address', () => addressRules(() => warehouse, column))
  describe('a query string', () => queryRules(() => warehouse, column))
  describe('a line that is no request', () => rejectedRules(() => warehouse))
  describe('the key', () => secretRules(() => warehouse))
}

type Column = (loadId: number, sql: string) => Promise<string[]>

function addressRules(warehouse: () => Warehouse, column: Column) {
  it('is kept in part, beside the hash of all of it', async () => {
    const lines = addressCases.map(([client], n) => lineOf({ client, bytes: n }))
    const loadId = await load(warehouse(), lines.join(''), truncating)
    expect(await column(loadId, 'client_ip')).toEqual(addressCases.map(([, kept]) => kept))
    expect(await column(loadId, 'client_hash')).toEqual(addressCases.map(([client]) => hashOf(client)))
  })

  it('is located before it is truncated', async () => {
    const places = { '203.0.113.0/25': 'cn/fujian/dianxin', '203.0.113.128/25': 'de//qita' }
    const lines = [1, 200].map((host, n) => lineOf({ client: `203.0.113.${host}`, bytes: n }))
    const loadId = await load(warehouse(), lines.join(''), truncating, places)
    expect(await column(loadId, `concat_ws('/', country, province, carrier)`)).toEqual(Object.values(places))
    expect(await column(loadId, 'client_ip')).toEqual(Array(2).fill('::ffff:203.0.113.0'))
  })

  it('is whole, without a hash, where nothing else is said', async () => {
    const loadId = await load(warehouse(), lineOf({ client: '203.0.113.77' }), noPrivacy)
    expect(await column(loadId, 'client_ip')).toEqual(['::ffff:203.0.113.77'])
    expect(await column(loadId, 'client_hash')).toEqual(['0'])
  })
}

/** As the warehouse has it: a number whose lowest byte is the first. 0 when the log names no address. A port is no part. */
function hashOf(client: string): string {
  const address = parseAddress(client.replace(/:443$|%eth0$/, ''))
  if (address === null) return '0'
  const bytes = Buffer.from(address.toString(16).padStart(32, '0'), 'hex')
  const hash = Buffer.from(sipHash128(low, high, bytes), 'hex').reverse()
  return BigInt(`0x${hash.toString('hex')}`).toString()
}

function queryRules(warehouse: () => Warehouse, column: Column) {
  /** One line for each text, told apart by its bytes. */
  const kept = async (texts: readonly string[], how: string, write: (text: string) => LineFields, sql: string) => {
    const lines = texts.map((text, n) => lineOf({ ...write(text), bytes: n }))
    return await column(await load(warehouse(), lines.join(''), filtering(how)), sql)
  }
  it.each(['only', 'without', 'drop', 'keep'] as const)('has what is left of it under %s', async (kind) => {
    const texts = queryCases.map(([text]) => text)
    const how = kind === 'only' || kind === 'without' ? `${kind}:b,tök en` : kind
    const write = (text: string) => ({ path: `/a?${text}` })
    const expected = queryCases.map(([text, only, without]) => ({ only, without, drop: '', keep: text })[kind])
    expect(await kept(texts, how, write, 'query')).toEqual(expected)
    expect(await kept(texts, how, write, 'path')).toEqual(texts.map(() => '/a'))
  })

  it.each(['without:b', 'drop', 'keep'])(
    'of a referrer goes the same way, with user and fragment, under %s',
    async (how) => {
      const texts = referrerCases.map(([text]) => text)
      const at = ['keep', 'without:b', 'drop'].indexOf(how)
      expect(await kept(texts, how, (referrer) => ({ referrer }), 'referrer')).toEqual(
        referrerCases.map((row) => row[at]),
      )
    },
  )

  it('of a hundred thousand parameters keeps those it should, in their order', async () => {
    const parameters = Array.from({ length: 100_000 }, (_, n) => `${n % 3 === 0 ? 'b' : 'a'}=${n}`)
    const texts = [parameters.join('&')]
    const expected = parameters.filter((text) => text.startsWith('b')).join('&')
    expect(await kept(texts, 'only:b', (text) => ({ path: `/a?${text}` }), 'query')).toEqual([expected])
  })
}

function rejectedRules(warehouse: () => Warehouse) {
  it.each([truncating, filtering('without:a')])('leaves its shape alone: %j', async (privacy) => {
    const loadId = await load(warehouse(), secretLines.map((line) => `${line}\n`).join(''), privacy)
    const samples = await samplesOf(loadId)
    expect(samples).toHaveLength(secretLines.length)
    for (const sample of samples) expect(sample).toMatch(/^[^1-9B-Zb-z\u0080-\uffff]*$/)
    expect(samples).toContain('000.0.000.00 - - [00/Aaa/0000:00:00:00 +0000] "AAA /a?aaaaa=aaaaaa')
  })

  it('is shown as it came where nothing is dropped', async () => {
    const loadId = await load(warehouse(), `${secretLines[0]}\n`, noPrivacy)
    expect(await samplesOf(loadId)).toEqual([secretLines[0]])
  })

  const samplesOf = async (loadId: number) => {
    const sql = 'SELECT arrayJoin(samples).line AS line FROM rejected WHERE load_id = {loadId:UInt64}'
    return (await warehouse().rows<{ line: string }>(sql, { loadId })).map((row) => row.line)
  }
}

function secretRules(warehouse: () => Warehouse) {
  const run = { ...testRun(), secrets: clientKey }
  const hashed = `SELECT ${clientHashSql} AS hash FROM (SELECT toIPv6('2001:db8::1') AS client_ip)`

  it('hashes, and is no part of the statement as the server lists it', async () => {
    const listed = `SELECT query, toString(Settings) AS settings, (${hashed}) != 0 AS hashes FROM system.processes
      WHERE query_id = {queryId:String}`
    const rows = await warehouse().rows<{ query: string; hashes: number }>(listed, { queryId: run.queryId }, run)
    expect(rows).toMatchObject([{ hashes: 1, query: expect.stringContaining('sipHash128ReferenceKeyed') }])
    for (const half of Object.values(clientKey)) expect(JSON.stringify(rows)).not.toContain(half)
  })

  it('is no part of the plan that the engine makes of the statement', async () => {
    const plan = await warehouse().rows(`EXPLAIN actions = 1 ${hashed}`, {}, { ...run, queryId: testRun().queryId })
    expect(JSON.stringify(plan)).toContain('sipHash128ReferenceKeyed')
    for (const half of Object.values(clientKey)) expect(JSON.stringify(plan)).not.toContain(half)
  })

  it.each([
    ['a failing condition', `SELECT throwIf(hash != 0, 'found') FROM (${hashed})`],
    ['a text that is no number', `SELECT toUInt8(concat('x', toString(hash))) FROM (${hashed})`],
    ['an unknown column', `SELECT hash + nothing FROM (${hashed})`],
    ['types that do not fit', `SELECT hash + 'a' FROM (${hashed})`],
    ['an unknown dictionary', `SELECT dictGet('none', 'x', hash) FROM (${hashed})`],
    ['a key of another type', hashed.replace(`'UInt64'`, `'Date'`)],
    ['a statement that would tell it', `SELECT toUInt8(concat('no number: ', ${secretSql(keyHalves.low)}))`],
    [
      'one that made it a constant',
      `SELECT throwIf((SELECT toUInt64(${secretSql(keyHalves.low)})) + number > 0) FROM numbers(9)`,
    ],
  ])('is in no error: %s', async (_name, sql) => {
    const error = await warehouse()
      .rows(sql, {}, { ...run, queryId: testRun().queryId })
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(WarehouseRefused)
    for (const shown of [error, (error as Error).cause] as Error[])
      for (const half of Object.values(clientKey)) expect(`${shown.message} ${shown.stack}`).not.toContain(half)
  })

  it('is needed: nothing is hashed without it', async () => {
    await expect(warehouse().rows(hashed, {}, testRun())).rejects.toThrow(WarehouseRefused)
    await expect(warehouse().rows(hashed, {}, { ...testRun(), secrets: {} })).rejects.toThrow(WarehouseRefused)
    await assertHashes(warehouse(), clientKey)
    await expect(assertHashes(warehouse(), {})).rejects.toThrow(/--client-addresses truncated: .* does not hash/)
  })
}
