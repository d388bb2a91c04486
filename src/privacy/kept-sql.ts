import { secretSql } from '../ports/warehouse/secrets.ts'
import { fillSlots, sqlFile } from '../ports/warehouse/sql-file.ts'
import type { Parameters } from '../ports/warehouse/warehouse.ts'
import type { PrivacyProfile, QueryStrings } from './profile.ts'

const clientHash = sqlFile(import.meta.url, './client-hash.sql')
const truncatedAddress = sqlFile(import.meta.url, './truncated-address.sql')
const keptQuery = sqlFile(import.meta.url, './kept-query.sql')
const keptReferrer = sqlFile(import.meta.url, './kept-referrer.sql')
const parameterName = sqlFile(import.meta.url, './parameter-name.sql')
const lineShape = sqlFile(import.meta.url, './line-shape.sql')
const keptColumns = sqlFile(import.meta.url, './kept-columns.sql')
const hashedRequests = sqlFile(import.meta.url, './hashed-requests.sql')

/** Names of the key's halves among a statement's secrets. */
export const keyHalves = { low: 'client-key-low', high: 'client-key-high' } as const

/** The keyed hash of the column `client_ip`; the statement needs the key among its secrets (client-key.ts). */
export const clientHashSql = fillSlots(clientHash, {
  key_low: `CAST(toUInt64(${secretSql(keyHalves.low)}), 'UInt64')`,
  key_high: `CAST(toUInt64(${secretSql(keyHalves.high)}), 'UInt64')`,
})

/** In doubt a parameter is dropped: `without` ignores letter case, `only` does not. */
const isKeptSql = {
  only: `has({keptParameters:Array(String)}, ${parameterName})`,
  without: `NOT has(arrayMap(name -> lowerUTF8(name), {droppedParameters:Array(String)}), lowerUTF8(${parameterName}))`,
} as const

function keptQuerySql(text: string, queryStrings: QueryStrings): string {
  if (queryStrings.kind === 'keep') return text
  if (queryStrings.kind === 'drop') return `''`
  return fillSlots(keptQuery, { text, is_kept: isKeptSql[queryStrings.kind] })
}

/** Requests with the kept part of the columns `client_ip`, `query` and `referrer`, by the profile. */
export function keptSql(requests: string, { clientAddresses, queryStrings }: PrivacyProfile): string {
  const replaced: string[] = []
  if (clientAddresses === 'truncated') replaced.push(`${truncatedAddress} AS client_ip`)
  if (queryStrings.kind !== 'keep') {
    const query = keptQuerySql('substring(userless, query_start + 1)', queryStrings)
    replaced.push(`${keptQuerySql('query', queryStrings)} AS query`)
    replaced.push(`${fillSlots(keptReferrer, { query })} AS referrer`)
  }
  return replaced.length === 0 ? requests : fillSlots(keptColumns, { replaced: replaced.join(',\n'), requests })
}

/** As `keptSql`, plus the column `client_hash` of the whole address, unless addresses are kept in full. */
export const keptAndHashedSql = (requests: string, profile: PrivacyProfile): string =>
  keptSql(
    profile.clientAddresses === 'full' ? requests : fillSlots(hashedRequests, { hash: clientHashSql, requests }),
    profile,
  )

/** The kept form of a rejected line. */
export const lineShapeSql = (line: string): string => fillSlots(lineShape, { line })

/** Parameters of the statements above. */
export const keptParameters = ({ queryStrings }: PrivacyProfile): Parameters => {
  if (queryStrings.kind === 'only') return { keptParameters: queryStrings.names }
  return queryStrings.kind === 'without' ? { droppedParameters: queryStrings.names } : {}
}
