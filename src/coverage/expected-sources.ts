import { anySource, type Cadences, everyAccount, sourceKey } from '../ledger/cadences.ts'
import { delayOfAll } from './bucket-states.ts'

/** A source is its account's: two accounts' sources of one name have nothing to do with each other. */
export type Source = { accountId: string; source: string }

export const keyOfSource = ({ accountId, source }: Source): string => sourceKey(accountId, source)

/** `keyOfSource` of a row of load_span. */
export const sourceKeySql = `concat(account_id, ':', source)`

/** Whose question it is, who may deliver for all, and whose loads tell: those two. */
type Asking = { accountId: string; accountIds: string[]; version: { cadences: Cadences; firstAccountId: string } }

/**
 * Sources that may have to report something: those that have delivered, and those of which something is stated. What is
 * stated for every account, of a source that none of the two has, is expected of the first.
 */
export function expectedSources({ accountIds, version }: Asking, delivered: readonly Source[]): Source[] {
  const found = new Map<string, Source>()
  const add = ({ accountId, source }: Source) => found.set(sourceKey(accountId, source), { accountId, source })
  const isNamed = ({ source }: Source) => source !== anySource
  for (const source of delivered.filter(isNamed)) add(source)
  const stated = [...version.cadences.values()].filter(isNamed)
  for (const source of stated) if (accountIds.includes(source.accountId)) add(source)
  const names = new Set([...found.values()].map(({ source }) => source))
  for (const { accountId, source } of stated) {
    if (accountId === everyAccount && !names.has(source)) add({ accountId: version.firstAccountId, source })
  }
  return [...found.values()]
}

/**
 * What an account's answer calls sources: its own by their names. Those of the first account are nobody else's business: to
 * others they are `operator`, `operator 2` and so on, in the order of their names, passing over what the account's own are called.
 */
export function sourceNames(accountId: string, sources: readonly Source[]): (source: Source) => string {
  const names = new Map<string, string>()
  const taken = new Set<string>()
  for (const one of sources.filter((source) => source.accountId === accountId)) {
    names.set(keyOfSource(one), one.source)
    taken.add(one.source)
  }
  const others = sources.filter((source) => source.accountId !== accountId)
  const free = freeNames(taken)
  for (const one of others.sort((a, b) => (a.source < b.source ? -1 : 1))) {
    names.set(keyOfSource(one), free.next().value)
  }
  return (source) => names.get(keyOfSource(source)) ?? ''
}

function* freeNames(taken: ReadonlySet<string>): Generator<string, never> {
  for (let number = 1; ; number++) {
    const name = number === 1 ? 'operator' : `operator ${number}`
    if (!taken.has(name)) yield name
  }
}

/** The delays of sources that have one of their own, as statements take them, by `keyOfSource`. */
export function delaysOf({ accountIds, version: { cadences } }: Asking) {
  const delayed = [...cadences.values()].flatMap(({ accountId, source, delaySeconds }) => {
    if (delaySeconds === null) return []
    // What is stated of an account's own source wins, whether it has a delay or not.
    const others = accountIds.filter((one) => !cadences.has(sourceKey(one, source)))
    const accounts = accountId === everyAccount ? others : [accountId]
    return accounts.map((one) => ({ key: sourceKey(one, source), delaySeconds }))
  })
  return {
    sources: delayed.map(({ key }) => key),
    delays: delayed.map(({ delaySeconds }) => delaySeconds),
    delayDefault: delayOfAll(cadences),
  }
}
