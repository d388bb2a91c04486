import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { currentGeoVersion, loadGeoVersion, placeOfAddress } from '../../src/geo/geo-versions.ts'
import { importGeoFile } from '../../src/geo/import-geo.ts'
import { cloudflareLogpush } from '../../src/ingest/formats/json/cloudflare-logpush.ts'
import { tencentOffline } from '../../src/ingest/formats/text/tencent-offline.ts'
import { loadParameters, loadStatements } from '../../src/ingest/load/load-statements.ts'
import { migrateWarehouse } from '../../src/ports/warehouse/migrate.ts'
import { type Warehouse, WarehouseRefused } from '../../src/ports/warehouse/warehouse.ts'
import type { UnknownClientArea } from '../../src/statistics/service-areas.ts'
import { createSqlitePlace, databaseForTest } from '../harness/database.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { geoDataForTest, place, writeGeoData } from '../harness/geo-data.ts'
import { readersForTest } from '../harness/readers.ts'
import { testRun, type WarehouseServer } from '../harness/warehouse.ts'

type GetServer = () => WarehouseServer

const forever = new AbortController().signal

export const networks = {
  '1.0.0.0/24': 'au//qita',
  '1.0.1.0/25': 'cn/fujian/dianxin',
  '1.0.1.128/25': 'cn/fujian/dianxin',
  '58.32.0.0/13': 'cn/shanghai/dianxin',
  '103.1.0.0/32': 'hk/gangaotai/qita',
  '2409:8000::/20': 'cn/qita/yidong',
  '2a00::/11': 'de//qita',
}

export async function setUp(server: GetServer) {
  const { database } = await databaseForTest(createSqlitePlace)
  const warehouse = await server().open()
  await migrateWarehouse(warehouse)
  const load = async (data: Record<string, string>, name?: string) =>
    await loadGeoVersion({ database, warehouse }, await geoDataForTest(data, name), forever)
  return { database, warehouse, load }
}

/** Where clients are: data in versions, and requests located as they are loaded. */
export function geoContract(server: GetServer) {
  describe('an address', () => addressRules(server))
  describe('a version of the data', () => versionRules(server))
  describe('an import', () => importRules(server))
  describe('a request', () => requestRules(server))
}

function addressRules(server: GetServer) {
  it('is in the network that holds it, of IPv4 and IPv6, to its first and last address', async () => {
    const { warehouse, load } = await setUp(server)
    const version = await load(networks)
    const expected = {
      '1.0.0.0': 'au//qita',
      '1.0.0.255': 'au//qita',
      '1.0.1.0': 'cn/fujian/dianxin',
      '1.0.1.255': 'cn/fujian/dianxin',
      '58.31.255.255': 'qita//qita',
      '58.32.0.0': 'cn/shanghai/dianxin',
      '58.39.255.255': 'cn/shanghai/dianxin',
      '58.40.0.0': 'qita//qita',
      '103.1.0.0': 'hk/gangaotai/qita',
      '103.1.0.1': 'qita//qita',
      '::ffff:1.0.0.7': 'au//qita',
      '2409:8000::': 'cn/qita/yidong',
      '2409:8fff:ffff:ffff:ffff:ffff:ffff:ffff': 'cn/qita/yidong',
      '2409:9000::': 'qita//qita',
      '2a1f::1': 'de//qita',
      '::': 'qita//qita',
      '::1': 'qita//qita',
    }
    for (const [address, at] of Object.entries(expected)) {
      expect({ address, ...(await placeOfAddress(warehouse, version, address)) }).toEqual({ address, ...place(at) })
    }
  })
}

function importRules(server: GetServer) {
  const imported = async (table: string) => {
    const { database, warehouse, load } = await setUp(server)
    await load(networks)
    const directory = await temporaryDirectory()
    onTestFinished(directory.remove)
    const path = join(directory.path, 'table.csv')
    await writeFile(path, table)
    const deps = { database, warehouse, readers: readersForTest(), spoolDirectory: directory.path }
    const file = { path, name: 'table.csv', licence: 'ours', attribution: '' }
    return { warehouse, result: importGeoFile(deps, file, forever) }
  }

  it('puts a file over what is known: its part alone changes, and what it leaves open stays in the same country', async () => {
    const table =
      '1.0.0.128/25,nz\n1.0.1.0/24,cn,北京\n58.32.0.0/16,,,联通\n9.9.9.9,9.9.9.10,de\n2409:8000::/32,cn,广东,电信\n'
    const { warehouse, result } = await imported(table)
    const version = await result
    const expected = {
      ...{ '1.0.0.127': 'au//qita', '1.0.0.128': 'nz//qita', '1.0.1.7': 'cn/beijing/dianxin' },
      ...{ '58.32.1.1': 'cn/shanghai/liantong', '58.33.0.0': 'cn/shanghai/dianxin', '9.9.9.10': 'de//qita' },
      ...{ '9.9.9.11': 'qita//qita', '2409:8000::1': 'cn/guangdong/dianxin', '2409:8001::1': 'cn/qita/yidong' },
      ...{ '2a00::1': 'de//qita', '103.1.0.0': 'hk/gangaotai/qita' },
    }
    for (const [address, at] of Object.entries(expected))
      expect({ address, ...(await placeOfAddress(warehouse, version, address)) }).toEqual({ address, ...place(at) })
    const { sources = [] } = (await currentGeoVersion(warehouse)) ?? {}
    expect(sources.map((source) => source.name)).toEqual(['table.csv', 'of a test'])
  })

  it('changes nothing when the file cannot be used', async () => {
    const { warehouse, result } = await imported('1.0.0.0/8,de\n1.0.0.0/16,fr\n')
    await expect(result).rejects.toThrow('line 2: 1.0.0.0 is in line 1 too')
    expect(await currentGeoVersion(warehouse)).toMatchObject({ name: 'of a test', version: 1 })
  })
}

function versionRules(server: GetServer) {
  it('counts once it is whole; the one before stays for who is at work with it, older ones go', async () => {
    const { warehouse, load } = await setUp(server)
    expect(await currentGeoVersion(warehouse)).toBeNull()
    const versions: number[] = []
    for (const country of ['de', 'fr', 'es'])
      versions.push(await load({ '1.0.0.0/8': `${country}//qita` }, `of ${country}`))
    const [first = 0, second = 0, third = 0] = versions
    expect(await currentGeoVersion(warehouse)).toMatchObject({ version: third, name: 'of es', networks: 1 })
    expect(await placeOfAddress(warehouse, second, '1.2.3.4')).toMatchObject({ country: 'fr' })
    await expect(placeOfAddress(warehouse, first, '1.2.3.4')).rejects.toBeInstanceOf(WarehouseRefused)
    const left = await warehouse.rows('SELECT DISTINCT version FROM geo_network ORDER BY version')
    expect(left).toEqual([{ version: second }, { version: third }])
  })

  it('does not count when some of its networks did not arrive', async () => {
    const { database, warehouse, load } = await setUp(server)
    const version = await load(networks)
    const data = { ...(await geoDataForTest(networks)), networks: 8 }
    await expect(loadGeoVersion({ database, warehouse }, data, forever)).rejects.toThrow('8 networks, 7 read')
    expect(await currentGeoVersion(warehouse)).toMatchObject({ version })
  })

  it('shows no password: not in its dictionaries, and not when the server refuses them', async () => {
    const { warehouse, load } = await setUp(server)
    await load(networks)
    const shown = await warehouse.rows<{ statement: string }>(
      "SELECT create_table_query AS statement FROM system.tables WHERE engine = 'Dictionary'",
    )
    // Our own engine has it by name; another server is told, and hides it.
    const hidden = /SOURCE\(CLICKHOUSE\((NAME fluxport_dictionaries|USER '[^']*' PASSWORD '\[HIDDEN\]') QUERY/
    for (const { statement } of shown) expect(statement).toMatch(hidden)
    expect(shown.length).toBeGreaterThan(0)
    const wrong = { name: 'geo_x', columns: 'a String', key: 'no_such', layout: 'FLAT()', query: 'SELECT 1' } as const
    const error = await warehouse.createDictionary(wrong).catch((thrown: Error) => thrown)
    expect(error).toMatchObject({ message: 'The server refused the dictionary', cause: undefined })
  })
}

/** A line of Cloudflare's format, which may say a country, or of Tencent's, which may say all three. */
const cloudflare = (address: string, country: string) =>
  cloudflareLogpush.example
    .replace('198.51.100.7', address)
    .replace('"ClientCountry":"de"', `"ClientCountry":"${country}"`)
const tencent = (address: string, province: number, carrier: number) =>
  `20260901080001 ${address} www.example.test /a.jpg 10240 ${province} ${carrier} 200 NULL 35 "curl/8.0" "(null)" GET HTTP/1.1 hit 52344`

function requestRules(server: GetServer) {
  let warehouse: Warehouse
  let version: number
  beforeAll(async () => {
    warehouse = await server().open()
    await migrateWarehouse(warehouse)
    const { data, remove } = await writeGeoData(networks)
    const place = await createSqlitePlace()
    const database = await place.connect()
    version = await loadGeoVersion({ database, warehouse }, data, forever)
    await database.close()
    await Promise.all([remove(), place.remove()])
  })

  it.each([
    {
      why: 'is where its address is, where its log says nothing',
      line: cloudflare('1.0.1.9', ''),
      at: 'cn/fujian/dianxin/0',
    },
    { why: 'is nowhere that is known from a private address', line: cloudflare('10.0.0.1', ''), at: 'qita//qita/0' },
    { why: 'is nowhere that is known without an address', line: cloudflare('-', ''), at: 'qita//qita/0' },
    {
      why: 'is in the province of an address of Hong Kong',
      line: cloudflare('103.1.0.0', ''),
      at: 'hk/gangaotai/qita/0',
    },
    { why: 'is in the country that its log says', line: cloudflare('1.0.0.9', 'de'), at: 'de//qita/1' },
    {
      why: 'keeps its carrier where log and address agree',
      line: cloudflare('1.0.1.9', 'cn'),
      at: 'cn/fujian/dianxin/1',
    },
    { why: 'is in no known province where they do not', line: cloudflare('1.0.0.9', 'cn'), at: 'cn/qita/qita/1' },
    {
      why: 'is in the one province of Taiwan that its log says',
      line: cloudflare('1.0.0.9', 'tw'),
      at: 'tw/gangaotai/qita/1',
    },
    { why: 'is where its log says, all of it', line: tencent('1.0.1.9', 1068, 26), at: 'cn/sichuan/liantong/7' },
    { why: 'is in China when its log says a province', line: tencent('1.0.0.9', 1068, 0), at: 'cn/sichuan/qita/3' },
    {
      why: 'has its log’s carrier and its address’s province',
      line: tencent('1.0.1.9', 0, 1046),
      at: 'cn/fujian/yidong/4',
    },
  ])('$why', async ({ line, at }) => {
    expect(await located(warehouse, line, version)).toEqual([at])
  })

  it.each([
    { line: cloudflare('1.0.1.9', ''), area: 'mainland_china' },
    { line: cloudflare('1.0.0.9', ''), area: 'outside_mainland_china' },
    { line: cloudflare('103.1.0.0', ''), area: 'outside_mainland_china' },
    { line: cloudflare('10.0.0.1', ''), area: 'mainland_china' },
    { line: cloudflare('1.0.0.9', 'cn'), area: 'mainland_china' },
    { line: cloudflare('1.0.1.9', 'tw'), area: 'outside_mainland_china' },
  ])('is of the service area $area by its country', async ({ line, area }) => {
    expect(await located(warehouse, line, version, 'by_country')).toEqual([area])
    expect(await located(warehouse, line, version, 'outside_mainland_china')).toEqual(['outside_mainland_china'])
  })

  it('is of the area that is named for clients whom nobody knows, and nobody else is', async () => {
    const areaOf = (line: string) => located(warehouse, line, version, 'by_country', 'outside_mainland_china')
    expect(await areaOf(cloudflare('10.0.0.1', ''))).toEqual(['outside_mainland_china'])
    expect(await areaOf(cloudflare('', ''))).toEqual(['outside_mainland_china'])
    expect(await areaOf(cloudflare('1.0.1.9', ''))).toEqual(['mainland_china'])
    expect(await areaOf(cloudflare('10.0.0.1', 'cn'))).toEqual(['mainland_china'])
  })

  it('is of the mainland by its country when nothing is looked up', async () => {
    expect(await located(warehouse, cloudflare('1.0.0.9', ''), null, 'by_country')).toEqual(['mainland_china'])
    expect(await located(warehouse, cloudflare('1.0.0.9', 'de'), null, 'by_country')).toEqual([
      'outside_mainland_china',
    ])
  })

  it('is nowhere but where its log says, when nothing is looked up', async () => {
    expect(await located(warehouse, cloudflare('1.0.1.9', ''), null)).toEqual(['///0'])
    expect(await located(warehouse, cloudflare('1.0.1.9', 'cn'), null)).toEqual(['cn///1'])
  })
}

let lastLoadId = 0

async function areasOf(warehouse: Warehouse, loadId: number): Promise<string[]> {
  const sql = 'SELECT service_area AS area FROM request WHERE load_id = {loadId:UInt64}'
  return (await warehouse.rows<{ area: string }>(sql, { loadId })).map((row) => row.area)
}

async function located(
  warehouse: Warehouse,
  line: string,
  version: number | null,
  serviceArea = 'mainland_china',
  unknownClientArea: UnknownClientArea = 'mainland_china',
) {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const path = join(directory.path, 'access.log')
  await writeFile(path, `${line}\n`)
  lastLoadId += 1
  const format = line.startsWith('{') ? cloudflareLogpush : tencentOffline
  const parameters = loadParameters(format, {
    ...{
      loadId: lastLoadId,
      serviceArea,
      unknownClientArea,
      defaultDomain: '',
      allowedDomains: [],
      linesBefore: 0,
      firstKeptMs: 0,
      logZone: 'UTC',
      countAlso: [],
    },
    nowMs: Date.parse('2026-09-02T00:00:00Z'),
  })
  const log = { path, compression: 'none' } as const
  await warehouse.insertLines(loadStatements(format, version).requests, log, parameters, testRun())
  if (serviceArea !== 'mainland_china') return await areasOf(warehouse, lastLoadId)
  const rows = await warehouse.rows<{ at: string }>(
    `SELECT concat_ws('/', country, province, carrier, toString(place_logged)) AS at FROM request
     WHERE load_id = {loadId:UInt64}`,
    { loadId: lastLoadId },
  )
  return rows.map((row) => row.at)
}
