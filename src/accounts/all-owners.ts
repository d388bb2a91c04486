import { AppError } from '../errors.ts'
import type { Queries } from '../ports/database/schema.ts'
import { movedLoads, type Seen, seesEverything } from './ownership.ts'

/** Domains of every account together, each with the one account that has it in a data version. */

/** Most names bound in one statement. */
const namesAtOnce = 500

type Owned = { name: string; owner: string; seenFrom: number }

/**
 * The owner of each asked domain in a data version, and the part of their loads that those owners see.
 * @param asked sorted; null for all
 * @param at the data version, and the first account, to which domains of nobody belong
 * @throws AppError CDN.0105 for a domain that does not exist
 */
export async function ownersOfAll(
  queries: Queries,
  asked: readonly string[] | null,
  at: { dataVersion: number; firstAccountId: string },
): Promise<{ owners: Map<string, string>; seen: Seen }> {
  const rows: Owned[] = asked === null ? await ownedAt(queries, null, at) : []
  for (let from = 0; from < (asked?.length ?? 0); from += namesAtOnce) {
    const some = asked?.slice(from, from + namesAtOnce) ?? []
    const found = await ownedAt(queries, some, at)
    const names = new Set(found.map(({ name }) => name))
    const missing = some.find((name) => !names.has(name))
    if (missing !== undefined) throw new AppError('CDN.0105', `The domain ${missing} does not exist`)
    rows.push(...found)
  }
  const sorted = rows.sort((a, b) => (a.name < b.name ? -1 : 1))
  const fromLoad = new Map(sorted.flatMap(({ name, seenFrom }) => (seenFrom > 0 ? [[name, seenFrom] as const] : [])))
  const seen = fromLoad.size === 0 ? seesEverything : { fromLoad, moved: await movedLoads(queries, fromLoad) }
  return { owners: new Map(sorted.map(({ name, owner }) => [name, owner])), seen }
}

/**
 * The owner of each domain in a data version, and the first of its loads that the owner sees; 0: all. The first account
 * sees every load of its domains.
 * @param names at most 500; null for all domains
 */
export async function ownedAt(
  queries: Queries,
  names: readonly string[] | null,
  { dataVersion, firstAccountId }: { dataVersion: number; firstAccountId: string },
): Promise<Owned[]> {
  const rows = await queries
    .selectFrom('domain')
    .leftJoin('domain_ownership as owned', (join) =>
      join
        .onRef('owned.domain_name', '=', 'domain.name')
        .on('owned.from_version', '<=', dataVersion)
        .on((eb) => eb.or([eb('owned.until_version', 'is', null), eb('owned.until_version', '>', dataVersion)])),
    )
    .select(['domain.name', 'owned.account_id', 'owned.seen_from_load'])
    .$if(names !== null, (query) => query.where('domain.name', 'in', names ?? []))
    .execute()
  return rows.map(({ name, account_id: accountId, seen_from_load: seenFrom }) => {
    const owner = accountId ?? firstAccountId
    return { name, owner, seenFrom: owner === firstAccountId ? 0 : (seenFrom ?? 0) }
  })
}
