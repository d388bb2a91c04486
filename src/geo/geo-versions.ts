import { type Database, nextValue } from '../ports/database/database.ts'
import { fillSlots, sqlFile } from '../ports/warehouse/sql-file.ts'
import type { LogContent, Run, Warehouse } from '../ports/warehouse/warehouse.ts'
import type { Disagreement } from './disagreements.ts'
import { dictionaryNames, foundSql } from './located-sql.ts'
import type { Place } from './ranges.ts'

const insertNetworks = sqlFile(import.meta.url, './insert-networks.sql')
const insertRegions = sqlFile(import.meta.url, './insert-regions.sql')
const insertVersion = sqlFile(import.meta.url, './insert-version.sql')
const networksOfVersion = sqlFile(import.meta.url, './networks-of-version.sql')
const regionsOfVersion = sqlFile(import.meta.url, './regions-of-version.sql')
const currentVersion = sqlFile(import.meta.url, './current-version.sql')
const places = sqlFile(import.meta.url, './places-of-version.sql')
const placeOfOne = sqlFile(import.meta.url, './place-of-address.sql')
const olderVersions = sqlFile(import.meta.url, './older-versions.sql')
const dropDictionary = sqlFile(import.meta.url, './drop-dictionary.sql')
const dropVersion = sqlFile(import.meta.url, './drop-version.sql')

/**
 * Origin of data. `date` is the date of the data, YYYY-MM-DD, or the file's own text; empty: unknown. `sha256` is that
 * of a file of an update, in hexadecimal.
 */
export type GeoSource = {
  name: string
  covers: string
  date: string
  licence: string
  attribution: string
  sha256?: string
}

/**
 * Dates of the countries of each address family, YYYY-MM-DD, which newer data are compared with; and what the sources
 * say of mainland China against each other.
 */
export type AboutGeo = { countryDates: CountryDates; disagreements: Disagreement[] }

export type CountryDates = { ipv4?: string; ipv6?: string }

export const nothingKnown: AboutGeo = { countryDates: {}, disagreements: [] }

/** Geographic data in the warehouse. `networks` counts those of IPv4 and IPv6 together. */
type GeoVersion = {
  version: number
  name: string
  sources: GeoSource[]
  networks: number
  about: AboutGeo
  loadedAtMs: number
}

/** Geographic data to load: lines as prefix-lines.ts writes them, and places by their numbers. */
export type GeoData = {
  name: string
  sources: GeoSource[]
  networks: number
  about: AboutGeo
  places: readonly Place[]
  content: LogContent
}

type VersionRow = Omit<GeoVersion, 'sources' | 'about'> & { sources: string; about: string }

/** The version in use; null before the first is loaded. */
export async function currentGeoVersion(warehouse: Warehouse): Promise<GeoVersion | null> {
  const [row] = await warehouse.rows<VersionRow>(currentVersion)
  if (!row) return null
  const about = row.about === '' ? nothingKnown : (JSON.parse(row.about) as AboutGeo)
  return { ...row, sources: JSON.parse(row.sources) as GeoSource[], about }
}

/**
 * Loads data as a new version, which is used once it is complete; rows of a killed attempt are never read. The previous
 * version stays for loads that still use it; older versions are dropped.
 */
export async function loadGeoVersion(
  deps: { database: Database; warehouse: Warehouse },
  data: GeoData,
  signal: AbortSignal,
): Promise<number> {
  const { database, warehouse } = deps
  const before = await currentGeoVersion(warehouse)
  const version = await database.write((tx) => nextValue(tx, 'geo_version'))
  const run: Run = { queryId: `fluxport-geo-${version}`, signal, settings: { max_partitions_per_insert_block: 0 } }
  const { readLines, writtenRows } = await warehouse.insertLines(
    (lines) => fillSlots(insertNetworks, { lines }),
    data.content,
    { version },
    run,
  )
  if (readLines !== data.networks || writtenRows !== data.networks) {
    throw new Error(`geographic data: ${data.networks} networks, ${readLines} read, ${writtenRows} written`)
  }
  await warehouse.command(insertRegions, { version, places: data.places.map(placeText) })
  await createGeoDictionaries(warehouse, version)
  await placeOfAddress(warehouse, version, '::')
  await warehouse.command(insertVersion, {
    ...{ version, name: data.name, networks: data.networks },
    sources: JSON.stringify(data.sources),
    about: JSON.stringify(data.about),
  })
  await dropOlderVersions(warehouse, [version, before?.version ?? version])
  return version
}

const placeText = ({ country, province, carrier }: Place) => `${country}|${province}|${carrier}`

/**
 * Creates the dictionaries, or replaces existing ones: the server stores Fluxport's password in them, and it may have
 * changed.
 */
export async function createGeoDictionaries(warehouse: Warehouse, version: number): Promise<void> {
  const names = dictionaryNames(version)
  await warehouse.createDictionary({
    name: names.networks,
    columns: 'network String, region UInt16 DEFAULT 0',
    key: 'network',
    layout: 'IP_TRIE()',
    query: fillSlots(networksOfVersion, { version: String(version) }),
  })
  await warehouse.createDictionary({
    name: names.regions,
    columns: 'region UInt64, country String, province String, carrier String',
    key: 'region',
    layout: 'FLAT()',
    query: fillSlots(regionsOfVersion, { version: String(version) }),
  })
}

/** A version's places, in the order of their numbers. */
export const placesOfVersion = async (warehouse: Warehouse, version: number): Promise<Place[]> =>
  await warehouse.rows<Place>(places, { version })

/** The place of an address. @param address IPv4 or IPv6, checked */
export async function placeOfAddress(warehouse: Warehouse, version: number, address: string): Promise<Place> {
  const found = foundSql('toIPv6({address:String})', version)
  const [row] = await warehouse.rows<Place>(fillSlots(placeOfOne, { found }), { address })
  if (!row) throw new Error('the dictionary gave no answer')
  return row
}

async function dropOlderVersions(warehouse: Warehouse, keep: number[]): Promise<void> {
  const least = Math.min(...keep)
  const rows = await warehouse.rows<{ version: number }>(olderVersions, { least })
  for (const { version } of rows) {
    const { networks, regions } = dictionaryNames(version)
    for (const name of [networks, regions]) await warehouse.command(fillSlots(dropDictionary, { name }))
    for (const table of ['geo_network', 'geo_region'])
      await warehouse.command(fillSlots(dropVersion, { table, version: String(version) }))
  }
}
