import { ownersOfAll } from '../accounts/all-owners.ts'
import { ownedDomains } from '../accounts/domains.ts'
import type { Seen } from '../accounts/ownership.ts'
import { allAccounts, type Whose } from '../accounts/whose.ts'
import type { Queries } from '../ports/database/schema.ts'
import type { DataVersion } from './data-version.ts'

/** Domains as their owners had them in a past data version, beside the version of now. All lists are sorted. */
export type ThenAndNow = {
  /** Domains of then, of now, or of both. */
  domains: string[]
  /** Domains of then that are no longer the owner's. */
  gone: string[]
  /** Domains that came to the owner since. */
  come: string[]
  /** Domains of both, of whose loads the owners see another part now. */
  regarded: string[]
  seenThen: Seen
  /** The version of now, limited to what the owners see now. */
  version: DataVersion
}

/**
 * Compares the domains that an account, or all accounts, had in a past version with those of now.
 * @param asked null for all; a name that the owner has at neither time is left out
 */
export async function domainsThenAndNow(
  queries: Queries,
  { whose, asked }: { whose: Whose; asked: readonly string[] | null },
  past: number,
  version: DataVersion,
): Promise<ThenAndNow> {
  const at = (dataVersion: number) => domainsAt(queries, whose, { ...version, dataVersion })
  const [then, now] = [await at(past), await at(version.dataVersion)]
  const wanted = asked === null ? null : new Set(asked)
  const namesOf = (one: Domains) => new Set(one.names.filter((name) => wanted === null || wanted.has(name)))
  const [had, has] = [namesOf(then), namesOf(now)]
  const seesFrom = ({ seen }: Domains, name: string) => seen.fromLoad.get(name) ?? 0
  return {
    domains: [...new Set([...had, ...has])].sort(),
    gone: [...had].filter((name) => !has.has(name)).sort(),
    come: [...has].filter((name) => !had.has(name)).sort(),
    regarded: [...had].filter((name) => has.has(name) && seesFrom(then, name) !== seesFrom(now, name)).sort(),
    seenThen: then.seen,
    version: { ...version, seen: now.seen },
  }
}

type Domains = { names: string[]; seen: Seen }

async function domainsAt(
  queries: Queries,
  whose: Whose,
  at: Pick<DataVersion, 'dataVersion' | 'firstAccountId'>,
): Promise<Domains> {
  if (whose === allAccounts) {
    const { owners, seen } = await ownersOfAll(queries, null, at)
    return { names: [...owners.keys()], seen }
  }
  const owned = await ownedDomains(queries, whose, null, at.dataVersion)
  if ('missing' in owned) throw new Error('a domain is missing though none was named')
  return owned
}
