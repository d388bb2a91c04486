import type { Database } from '../ports/database/database.ts'
import type { BatchRow } from '../ports/database/schema.ts'
import { sqlFile } from '../ports/warehouse/sql-file.ts'
import type { Warehouse } from '../ports/warehouse/warehouse.ts'
import { type AllowedSet, allowedSetId, domainsDelivered, recordAllowedSets } from './allowed-sets.ts'

const openSql = sqlFile(import.meta.url, './spans-without-account.sql')
const fillSql = sqlFile(import.meta.url, './fill-span-accounts.sql')

type Deps = { database: Database; warehouse: Warehouse }

/** Most loads that one statement fills: it rewrites their columns, and their ids are bound values. */
const atOnce = 20_000

/**
 * Fills the account and the key's domains of loads older than these columns, from the ledger. It runs at the start of
 * every process that judges coverage, before it judges. The next start completes a killed run, and two runs at once
 * write the same.
 * @returns the number of filled loads
 */
export async function recordSpanAccounts(deps: Deps): Promise<number> {
  const { database, warehouse } = deps
  const open = await warehouse.rows<{ loadId: number }>(openSql)
  let filled = 0
  for (let at = 0; at < open.length; at += atOnce) {
    const loadIds = open.slice(at, at + atOnce).map(({ loadId }) => loadId)
    const known = await knownLoads(database, loadIds)
    await fill(deps, known)
    filled += known.length
  }
  return filled
}

type Known = Pick<BatchRow, 'account_id' | 'may_deliver' | 'allowed_domains_json'> & { loadId: number }

/** The loads among ascending ids that have an account: unknown loads have none (consistency/unknown-loads.ts). */
async function knownLoads(database: Database, loadIds: readonly number[]): Promise<Known[]> {
  const wanted = new Set(loadIds)
  const rows = await database.queries
    .selectFrom('load')
    .innerJoin('batch', 'batch.id', 'load.batch_id')
    .select(['load.load_id as loadId', 'batch.account_id', 'batch.may_deliver', 'batch.allowed_domains_json'])
    .where('load.load_id', '>=', loadIds[0] ?? 0)
    .where('load.load_id', '<=', loadIds.at(-1) ?? 0)
    .where('batch.account_id', '<>', '')
    .execute()
  return rows.filter((row) => wanted.has(row.loadId))
}

async function fill({ database, warehouse }: Deps, loads: readonly Known[]): Promise<void> {
  if (loads.length === 0) return
  // Many loads share few sets, whose names may be many.
  const pairs = new Map<string, AllowedSet & { number: number }>()
  const numbers: number[] = []
  for (const load of loads) {
    const name = `${load.account_id}:${load.may_deliver}:${load.allowed_domains_json}`
    const known = pairs.get(name)
    const number = known?.number ?? pairs.size + 1
    numbers.push(number)
    if (known) continue
    const domains = await domainsDelivered(database.queries, load)
    pairs.set(name, { number, accountId: load.account_id, domains })
  }
  const sets = [...pairs.values()]
  await recordAllowedSets(warehouse, sets)
  await warehouse.command(fillSql, {
    loadIds: loads.map(({ loadId }) => loadId),
    pairs: numbers,
    accountIds: sets.map(({ accountId }) => accountId),
    allowedSets: sets.map(({ domains }) => allowedSetId(domains)),
  })
}
