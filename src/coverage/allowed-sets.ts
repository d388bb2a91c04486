import { createHash } from 'node:crypto'
import { domainsOfAccount } from '../accounts/domains.ts'
import type { BatchRow, Queries } from '../ports/database/schema.ts'
import { sqlFile } from '../ports/warehouse/sql-file.ts'
import type { Run, Warehouse } from '../ports/warehouse/warehouse.ts'

const insertAllowedSetSql = sqlFile(import.meta.url, './insert-allowed-set.sql')

/**
 * The domains that a load's key might deliver; the load reports only on these. Pushes of one key share a set, which may
 * have thousands of names, so a load stores only its digest.
 */
export type AllowedSet = { accountId: string; domains: readonly string[] | null }

/** The domains that a batch's key may deliver; lines of others are rejected. Null allows every domain. */
const allowedDomainsOf = ({ allowed_domains_json: json }: Pick<BatchRow, 'allowed_domains_json'>) =>
  json === null ? null : (JSON.parse(json) as string[])

/**
 * The domains that a batch's key might deliver. A key for all of its account's domains yields the account's present
 * ones.
 */
export async function domainsDelivered(
  queries: Queries,
  row: Pick<BatchRow, 'account_id' | 'may_deliver' | 'allowed_domains_json'>,
): Promise<string[] | null> {
  const isAccounts = row.may_deliver === 'account' && row.allowed_domains_json === null
  return isAccounts ? await domainsOfAccount(queries, row.account_id) : allowedDomainsOf(row)
}

/** True if a key with these domains may report on one. */
export const mayDeliver = (allowedDomains: readonly string[] | null, domain: string): boolean =>
  allowedDomains === null || allowedDomains.includes(domain)

/** A set's name in a load; empty for null, which is no limit. */
export const allowedSetId = (domains: readonly string[] | null): string =>
  domains === null
    ? ''
    : createHash('sha256')
        .update(JSON.stringify(sorted(domains)))
        .digest('hex')
        .slice(0, 32)

const sorted = (domains: readonly string[]) => [...new Set(domains)].sort()

/** Records sets, before the loads that name them. It may be repeated. */
export async function recordAllowedSets(warehouse: Warehouse, sets: readonly AllowedSet[], run?: Run): Promise<void> {
  const byName = new Map(sets.map((set) => [`${set.accountId}:${allowedSetId(set.domains)}`, set]))
  for (const { accountId, domains } of byName.values()) {
    // A set without names needs no row: it matches no domain.
    if (domains === null || domains.length === 0) continue
    const parameters = { accountId, setId: allowedSetId(domains), domains: sorted(domains) }
    await warehouse.command(insertAllowedSetSql, parameters, run)
  }
}
