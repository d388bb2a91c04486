import type { Transaction } from 'kysely'
import { type Database, nextValue } from '../ports/database/database.ts'
import type { DomainOwnershipRow } from '../ports/database/ownership-rows.ts'
import type { Queries, Tables } from '../ports/database/schema.ts'
import { accountsChanged } from './account-version.ts'
import { namedDomain } from './domain-id.ts'

/**
 * Ownership of a domain has a time (docs/adr/0029). Each change is a step of the data version, so a pinned version
 * finds the owners of its time. Each change also takes a load id, which separates loads that counted before it from
 * later ones.
 */

/** The part of its domains' loads that an account sees. */
export type Seen = {
  /** The first visible load of each domain; a domain without an entry is seen from its first load on. */
  fromLoad: ReadonlyMap<string, number>
  /** Loads whose position in that order is not their id's, and the ids at whose position they stand. */
  moved: readonly { loadId: number; countsAs: number }[]
}

export const seesEverything: Seen = { fromLoad: new Map(), moved: [] }

/** Rolls the transaction back, so that the data version stays too. */
class NothingToChange extends Error {
  readonly isFine: boolean
  constructor(isFine: boolean) {
    super()
    this.isFine = isFine
  }
}

/**
 * Registers a domain for an account, or gives it a domain without an owner.
 * @param withHistory whether the account sees loads that counted before. By default it does, unless another customer
 *   had the domain before; an account that gets its last domain back sees the loads that it saw then. For a domain that
 *   the account has already, a given value is applied anew.
 * @returns false when another account owns it
 */
export function claimDomain(
  database: Database,
  accountId: string,
  name: string,
  withHistory?: boolean,
): Promise<boolean> {
  return unlessNothing(database, async (tx) => {
    const dataVersion = await nextValue(tx, 'data_version') // waits for every other change of the ledger
    const owner = await ownerOf(tx, name)
    if (owner && owner !== accountId) throw new NothingToChange(false)
    const past = await ownershipOf(tx, name)
    const last = past[0]
    const word = await wordOn(tx, accountId, withHistory)
    const begun = owner === accountId && last ? again(last, word) : await beginning(tx, accountId, past, word)
    await closeCurrent(tx, name, dataVersion)
    const from = { domain_name: name, account_id: accountId, from_version: dataVersion, until_version: null }
    await tx
      .insertInto('domain')
      .values({ ...namedDomain(name), account_id: accountId, created_at_ms: database.nowMs })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ account_id: accountId }))
      .execute()
    await tx
      .insertInto('domain_ownership')
      .values({ ...from, ...begun })
      .execute()
    await accountsChanged(tx, [accountId])
  })
}

/** Takes a domain from its owner; then it belongs to the first account. @returns false when there is no such domain */
export function releaseDomain(database: Database, name: string): Promise<boolean> {
  return unlessNothing(database, async (tx) => {
    const dataVersion = await nextValue(tx, 'data_version')
    const owner = await ownerOf(tx, name)
    if (!owner) throw new NothingToChange(owner === null)
    await closeCurrent(tx, name, dataVersion)
    await tx.updateTable('domain').set({ account_id: null }).where('name', '=', name).execute()
    await accountsChanged(tx, [owner])
  })
}

async function unlessNothing(database: Database, work: (tx: Transaction<Tables>) => Promise<void>): Promise<boolean> {
  try {
    await database.write(work)
    return true
  } catch (error) {
    if (error instanceof NothingToChange) return error.isFine
    throw error
  }
}

/** Null: the domain has no owner. Undefined: there is no such domain; a claim treats both alike. */
async function ownerOf(tx: Transaction<Tables>, name: string): Promise<string | null | undefined> {
  const domain = await tx.selectFrom('domain').select('account_id').where('name', '=', name).executeTakeFirst()
  return domain?.account_id
}

/** Ownerships of a domain, newest first. */
const ownershipOf = (tx: Transaction<Tables>, name: string): Promise<DomainOwnershipRow[]> =>
  tx
    .selectFrom('domain_ownership')
    .selectAll()
    .where('domain_name', '=', name)
    .orderBy('from_version', 'desc')
    .execute()

async function closeCurrent(tx: Transaction<Tables>, name: string, dataVersion: number): Promise<void> {
  await tx
    .updateTable('domain_ownership')
    .set({ until_version: dataVersion })
    .where('domain_name', '=', name)
    .where('until_version', 'is', null)
    .execute()
}

type Begun = Pick<DomainOwnershipRow, 'owned_from_load' | 'seen_from_load'>

/** The first account sees every load, whatever is asked. */
async function wordOn(tx: Transaction<Tables>, accountId: string, withHistory: boolean | undefined) {
  return accountId === (await firstAccount(tx)) ? true : withHistory
}

const firstAccount = async (tx: Transaction<Tables>): Promise<string | undefined> =>
  (await tx.selectFrom('account').select('id').where('is_first', '=', 1).executeTakeFirst())?.id

/** Changes how much history an account sees of a domain that it has already. */
function again(last: DomainOwnershipRow, withHistory: boolean | undefined): Begun {
  const { owned_from_load, seen_from_load } = last
  if (withHistory === undefined) throw new NothingToChange(true)
  const seenFrom = withHistory ? 0 : owned_from_load
  if (seenFrom === seen_from_load) throw new NothingToChange(true)
  return { owned_from_load, seen_from_load: seenFrom }
}

async function beginning(
  tx: Transaction<Tables>,
  accountId: string,
  past: readonly DomainOwnershipRow[],
  withHistory: boolean | undefined,
): Promise<Begun> {
  const [last] = past
  if (last?.account_id === accountId && withHistory === undefined)
    return { owned_from_load: last.owned_from_load, seen_from_load: last.seen_from_load }
  const owned_from_load = await beginNext(tx)
  const seesBefore = withHistory ?? !(await hadAnotherCustomer(tx, accountId, past))
  return { owned_from_load, seen_from_load: seesBefore ? 0 : owned_from_load }
}

/** The first account is the operator's and no customer, so its data need not be hidden from a later owner. */
async function hadAnotherCustomer(
  tx: Transaction<Tables>,
  accountId: string,
  past: readonly DomainOwnershipRow[],
): Promise<boolean> {
  const first = await firstAccount(tx)
  return past.some((one) => one.account_id !== accountId && one.account_id !== first)
}

/** Takes a load id between the counting loads and later ones. Pending loads will count for the new owner. */
async function beginNext(tx: Transaction<Tables>): Promise<number> {
  const loadId = await nextValue(tx, 'load')
  await tx
    .updateTable('load')
    .set({ counts_as: loadId })
    .where('state', '=', 'pending')
    .where('copied_by', 'is', null) // a copy keeps the position of its load
    .execute()
  return loadId
}

/** Loads whose position is not their id's, where that matters to `fromLoad`. */
export async function movedLoads(queries: Queries, fromLoad: ReadonlyMap<string, number>): Promise<Seen['moved']> {
  const edges = [...new Set(fromLoad.values())]
  if (edges.length === 0) return []
  const rows = await queries
    .selectFrom('load')
    .select(['load_id', 'counts_as'])
    .where('counts_as', 'is not', null)
    .where('state', '<>', 'dead')
    .orderBy('load_id')
    .execute()
  return rows.flatMap(({ load_id: loadId, counts_as }) => {
    const countsAs = counts_as ?? loadId
    const matters = edges.some((edge) => loadId >= edge !== countsAs >= edge)
    return matters ? [{ loadId, countsAs }] : []
  })
}
