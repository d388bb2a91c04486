import { fillSlots, sqlFile } from '../ports/warehouse/sql-file.ts'
import { isUnknownSql } from '../statistics/service-areas.ts'

const located = sqlFile(import.meta.url, './located.sql')
const locatedByAddress = sqlFile(import.meta.url, './located-by-address.sql')

/** Names of a version's dictionaries: networks to region numbers, and region numbers to places. */
export const dictionaryNames = (version: number) => ({
  networks: `geo_networks_${version}`,
  regions: `geo_regions_${version}`,
})

/**
 * Looks a place up. There are a few hundred regions, so the outer look-up runs once for each region, not for each
 * request.
 */
export const foundSql = (address: string, version: number): string =>
  `dictGet('${dictionaryNames(version).regions}', ('country', 'province', 'carrier'), ${regionSql(address, version)})`

const regionSql = (address: string, version: number): string =>
  `toUInt64(toLowCardinality(dictGet('${dictionaryNames(version).networks}', 'region', ${address})))`

/**
 * Requests with the columns `country`, `province`, `carrier` and `place_logged`.
 * @param requests SQL with the columns `client_ip`, `logged_country`, `logged_province`, `logged_carrier` and others; the parameter
 *   `unknownClientArea` is the service area of clients of unknown country
 * @param version of the geographic data; null: only the log's own places are used
 */
export const locatedSql = (requests: string, version: number | null): string =>
  fillSlots(located, {
    requests,
    found: version === null ? `('', '', '')` : foundSql('client_ip', version),
    unknown: isUnknownSql('country', 'province'),
  })

/** As `locatedSql`, for requests whose log names no places: the three columns are empty, and are not read. */
export function locatedByAddressSql(requests: string, version: number | null): string {
  const placeOf = (name: string) =>
    version === null ? `''` : `dictGet('${dictionaryNames(version).regions}', '${name}', region)`
  return fillSlots(locatedByAddress, {
    requests,
    region: version === null ? '0' : regionSql('client_ip', version),
    ...{ country: placeOf('country'), province: placeOf('province'), carrier: placeOf('carrier') },
    unknown: isUnknownSql('country', 'province'),
  })
}
