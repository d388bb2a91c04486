import type { Transaction } from 'kysely'
import { findAccount } from '../../accounts/accounts.ts'
import { domainsNotOwned, domainsOfAccount } from '../../accounts/domains.ts'
import type { Caller } from '../../http/caller.ts'
import { LedgerMoved } from '../../ledger/ledger-moved.ts'
import type { Database } from '../../ports/database/database.ts'
import type { MayDeliver } from '../../ports/database/ownership-rows.ts'
import type { BatchRow, Queries, Tables } from '../../ports/database/schema.ts'
import type { RejectionReason } from '../formats/line/rejection-reasons.ts'

/**
 * The domains that a batch's lines may name are checked when its load begins, and again in the transaction in which it
 * begins to count. A domain may have gone to another account since the batch came or its key was made.
 */

/** A batch's account and its key's limits. */
type Authority = Pick<BatchRow, 'account_id' | 'may_deliver' | 'allowed_domains_json'>

/**
 * The domains that a caller's deliveries may name. An ingest key of the first account may name any, unless it has a
 * list.
 */
export async function authorityOf(database: Database, caller: Caller): Promise<{ mayDeliver: MayDeliver }> {
  if (caller.role !== 'ingest') return { mayDeliver: 'any' }
  const account = await findAccount(database, caller.accountId)
  if (account?.is_first !== 1) return { mayDeliver: 'account' }
  return { mayDeliver: caller.domains === null ? 'any' : 'list' }
}

/** The domains that lines may name now; null: any. */
export async function allowedNow(queries: Queries, authority: Authority): Promise<string[] | null> {
  const { account_id: accountId, may_deliver, allowed_domains_json: json } = authority
  if (may_deliver === 'any') return null
  const list = json === null ? null : (JSON.parse(json) as string[])
  if (may_deliver === 'list') return list ?? []
  if (list === null) return await domainsOfAccount(queries, accountId)
  const lost = new Set(await domainsNotOwned(queries, accountId, list))
  return list.filter((name) => !lost.has(name))
}

/** True if a batch may report on a domain now. */
export async function mayNameNow(queries: Queries, authority: Authority, domain: string): Promise<boolean> {
  const { account_id: accountId, may_deliver, allowed_domains_json: json } = authority
  if (may_deliver === 'any') return true
  if (json !== null && !(JSON.parse(json) as string[]).includes(domain)) return false
  return may_deliver === 'list' || (await domainsNotOwned(queries, accountId, [domain])).length === 0
}

/**
 * As a statement's parameter: an empty list means no limit. A list without names becomes the empty name, which nothing
 * passes.
 */
export function allowedAsBound(allowed: readonly string[] | null): readonly string[] {
  if (allowed === null) return []
  return allowed.length > 0 ? allowed : ['']
}

/** The domains allowed when a load was written, and the result. */
type WrittenUnder = {
  authority: Authority
  allowed: readonly string[] | null
  /** Domains of its requests. */
  domains: readonly string[]
  /** True if some of its lines named other domains. */
  refusedSome: boolean
}

/**
 * Must run in the transaction that has moved the data version, so that no domain changes its owner before the end.
 * @throws LedgerMoved when a load has requests that are not allowed now, or may lack some that are: write it again
 */
export async function assertStillAllowed(tx: Transaction<Tables>, loads: readonly WrittenUnder[]): Promise<void> {
  const nowOf = new Map<string, Set<string>>()
  for (const { authority, allowed, domains, refusedSome } of loads) {
    if (allowed === null || authority.may_deliver !== 'account') continue
    const key = JSON.stringify([authority.account_id, authority.allowed_domains_json])
    const now = nowOf.get(key) ?? new Set(await allowedNow(tx, authority))
    nowOf.set(key, now)
    const then = new Set(allowed)
    const isTooMuch = domains.some((domain) => !now.has(domain))
    const isTooLittle = refusedSome && [...now].some((domain) => !then.has(domain))
    if (isTooMuch || isTooLittle) throw new LedgerMoved()
  }
}

/** True if lines of a batch were rejected because its key might not deliver their domains. */
export const hasForbiddenLines = ({ rejected_json: json }: Pick<BatchRow, 'rejected_json'>): boolean =>
  (JSON.parse(json ?? '[]') as [string, number][]).some(([reason]) => reason === forbiddenReason)

const forbiddenReason: RejectionReason = 'domain_not_allowed'

/** True if a key for `these` may deliver all of `others`. */
export const includesAll = (these: readonly string[] | null, others: readonly string[] | null): boolean => {
  if (these === null || others === null) return these === null
  const set = new Set(these)
  return others.every((domain) => set.has(domain))
}
