import { AppError } from '../errors.ts'
import type { Database } from '../ports/database/database.ts'
import type { Queries } from '../ports/database/schema.ts'
import { firstAccountId } from './accounts.ts'
import { ownedAt, ownersOfAll } from './all-owners.ts'
import { movedLoads, type Seen, seesEverything } from './ownership.ts'
import { allAccounts, type Whose } from './whose.ts'

/**
 * Domains that are registered or were seen in a log. A domain without an owner belongs to the first account. A caller
 * cannot tell an unknown domain from another account's: both are simply not among its own.
 */

/** Most names bound in one statement: as fast as more at once, and another's name ends the look-up early. */
const namesAtOnce = 500

/**
 * All of an account's domains, sorted by name. Sorting happens here because a database may sort by a language's rules.
 */
export async function domainsOfAccount(queries: Queries, accountId: string): Promise<string[]> {
  return (await ownedNow(queries, accountId, null)).map((row) => row.name).sort()
}

/** The names that are not domains of the account, in their given order. */
export async function domainsNotOwned(
  queries: Queries,
  accountId: string,
  names: readonly string[],
): Promise<string[]> {
  const found = new Set<string>()
  for (let at = 0; at < names.length; at += namesAtOnce) {
    for (const row of await ownedNow(queries, accountId, names.slice(at, at + namesAtOnce))) found.add(row.name)
  }
  return names.filter((name) => !found.has(name))
}

/** An account's domains in a data version, sorted, and the part of their loads that it sees. */
export type OwnedDomains = { names: string[]; seen: Seen }

/**
 * Looks domains up as an account has them in a data version; without one, as it has them now.
 * @param asked sorted; null for all
 * @returns the first of `asked` that the account does not have, if there is one
 */
export async function ownedDomains(
  queries: Queries,
  accountId: string,
  asked: readonly string[] | null,
  dataVersion?: number,
): Promise<OwnedDomains | { missing: string }> {
  const isFirst = await isFirstAccount(queries, accountId)
  const look = (names: readonly string[] | null): Promise<Owned[]> =>
    isFirst ? ownedByFirst(queries, accountId, names, dataVersion) : ownedBy(queries, accountId, names, dataVersion)
  const rows: Owned[] = asked === null ? await look(null) : []
  for (let at = 0; at < (asked?.length ?? 0); at += namesAtOnce) {
    const some = asked?.slice(at, at + namesAtOnce) ?? []
    const found = await look(some)
    const names = new Set(found.map((row) => row.name))
    const missing = some.find((name) => !names.has(name))
    if (missing !== undefined) return { missing }
    rows.push(...found)
  }
  const limited = rows.filter((row) => row.seenFrom > 0)
  const fromLoad = new Map(limited.map((row) => [row.name, row.seenFrom]))
  const seen = limited.length === 0 ? seesEverything : { fromLoad, moved: await movedLoads(queries, fromLoad) }
  return { names: rows.map((row) => row.name).sort(), seen }
}

/** When domains were first named, and when the account was made, unix ms. */
export async function createdTimes(queries: Queries, accountId: string, names: readonly string[]) {
  const ofDomains = new Map<string, number>()
  for (let at = 0; at < names.length; at += namesAtOnce) {
    const some = names.slice(at, at + namesAtOnce)
    const rows = await queries
      .selectFrom('domain')
      .select(['name', 'created_at_ms'])
      .where('name', 'in', some)
      .execute()
    for (const row of rows) ofDomains.set(row.name, row.created_at_ms)
  }
  const account = await queries
    .selectFrom('account')
    .select('created_at_ms')
    .where('id', '=', accountId)
    .executeTakeFirst()
  return { ofDomains, ofAccount: account?.created_at_ms ?? 0 }
}

/** Every domain with its owner, null for none, sorted by name. For operators only. */
export async function allDomains({ queries }: Database) {
  const rows = await queries
    .selectFrom('domain')
    .leftJoin('domain_ownership', (join) =>
      join.onRef('domain_ownership.domain_name', '=', 'domain.name').on('until_version', 'is', null),
    )
    .select(['domain.name', 'domain.account_id', 'domain_ownership.seen_from_load'])
    .execute()
  return rows.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** True if a log has named the domain, or an account was given it. For operators only. */
export const isKnown = async ({ queries }: Database, name: string): Promise<boolean> =>
  (await queries.selectFrom('domain').select('name').where('name', '=', name).executeTakeFirst()) !== undefined

/** The first load of a domain that its owner sees, 0 for the first of all; null without an owner. */
export async function seenFrom({ queries }: Database, name: string): Promise<number | null> {
  const row = await queries
    .selectFrom('domain_ownership')
    .select('seen_from_load')
    .where('domain_name', '=', name)
    .where('until_version', 'is', null)
    .executeTakeFirst()
  return row?.seen_from_load ?? null
}

type Owned = { name: string; seenFrom: number }

async function isFirstAccount(queries: Queries, accountId: string): Promise<boolean> {
  const account = await queries.selectFrom('account').select('is_first').where('id', '=', accountId).executeTakeFirst()
  return account?.is_first === 1
}

async function ownedNow(queries: Queries, accountId: string, names: readonly string[] | null): Promise<Owned[]> {
  return (await isFirstAccount(queries, accountId))
    ? await ownedByFirst(queries, accountId, names)
    : await ownedBy(queries, accountId, names)
}

/** The first account's domains: its own and those without an owner, each with every load. */
async function ownedByFirst(
  queries: Queries,
  accountId: string,
  names: readonly string[] | null,
  dataVersion?: number,
): Promise<Owned[]> {
  if (dataVersion !== undefined) {
    const owned = await ownedAt(queries, names, { dataVersion, firstAccountId: accountId })
    return owned.filter(({ owner }) => owner === accountId)
  }
  const rows = await queries
    .selectFrom('domain')
    .select('name')
    .where((eb) => eb.or([eb('account_id', '=', accountId), eb('account_id', 'is', null)]))
    .$if(names !== null, (query) => query.where('name', 'in', names ?? []))
    .execute()
  return rows.map(({ name }) => ({ name, seenFrom: 0 }))
}

const ownedBy = (
  queries: Queries,
  accountId: string,
  names: readonly string[] | null,
  dataVersion?: number,
): Promise<Owned[]> =>
  queries
    .selectFrom('domain_ownership')
    .select(['domain_name as name', 'seen_from_load as seenFrom'])
    .where('account_id', '=', accountId)
    .$if(names !== null, (query) => query.where('domain_name', 'in', names ?? []))
    .$if(dataVersion === undefined, (query) => query.where('until_version', 'is', null))
    .$if(dataVersion !== undefined, (query) =>
      query
        .where('from_version', '<=', dataVersion ?? 0)
        .where((eb) => eb.or([eb('until_version', 'is', null), eb('until_version', '>', dataVersion ?? 0)])),
    )
    .execute()

/**
 * The asked domains, as the account has them now; of all accounts, those that exist.
 * @param asked sorted; null for all
 * @throws AppError CDN.0105 for a domain that the account does not have
 */
export async function askedDomains(
  database: Database,
  whose: Whose,
  asked: readonly string[] | null,
): Promise<string[]> {
  if (whose !== allAccounts) return (await ownedOrRefused(database, whose, asked)).names
  const now = { dataVersion: Number.MAX_SAFE_INTEGER, firstAccountId: await firstAccountId(database) }
  return [...(await ownersOfAll(database.queries, asked, now)).owners.keys()]
}

/**
 * As `askedDomains`, with the part of their loads that the account sees.
 * @param dataVersion the version in which the account had the domains; omit for now
 * @throws AppError CDN.0105 for a domain that the account does not have
 */
export async function ownedOrRefused(
  { queries }: Database,
  accountId: string,
  asked: readonly string[] | null,
  dataVersion?: number,
): Promise<OwnedDomains> {
  const owned = await ownedDomains(queries, accountId, asked, dataVersion)
  if ('missing' in owned) throw new AppError('CDN.0105', `The domain ${owned.missing} does not exist`)
  return owned
}
