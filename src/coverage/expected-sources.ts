import { anySource, type Cadences, everyAccount, sourceKey } from '../ledger/cadences.ts'
import { delayOfAll } from './bucket-states.ts'

/** A source belongs to its account: sources of one name in two accounts are unrelated. */
export type Source = { accountId: string; source: string }

export const keyOfSource = ({ accountId, source }: Source): string => sourceKey(accountId, source)

/** SQL over a row of load_span: its `keyOfSource`. */
export const sourceKeySql = `concat(account_id, ':', source)`

/** The asking account; the accounts whose loads report: this one and the first, which may deliver for all. */
type Asking = { accountId: string; accountIds: string[]; version: { cadences: Cadences; firstAccountId: string } }

/**
 * Sources that may have to report: those that have delivered, and those with a stated cadence. A cadence for every
 * account, of a source name that neither account has, is expected of the first account.
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
 * Names of sources in an account's answer: its own by their names. Sources of the first account get the names
 * `operator`, `operator 2` and so on, in the order of their real names. Names that the account's own sources have are
 * skipped.
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

/**
 * Names of sources for an operator who asks about all accounts: account and source. A name that another source has
 * already gets a number.
 */
export function namesWithAccounts(accountNames: ReadonlyMap<string, string>): (source: Source) => string {
  const names = new Map<string, string>()
  const taken = new Set<string>()
  return (source) => {
    const key = keyOfSource(source)
    const known = names.get(key)
    if (known !== undefined) return known
    const whole = `${accountNames.get(source.accountId) ?? source.accountId}: ${source.source}`
    let name = whole
    for (let number = 2; taken.has(name); number++) name = `${whole} ${number}`
    names.set(key, name)
    taken.add(name)
    return name
  }
}

function* freeNames(taken: ReadonlySet<string>): Generator<string, never> {
  for (let number = 1; ; number++) {
    const name = number === 1 ? 'operator' : `operator ${number}`
    if (!taken.has(name)) yield name
  }
}

/** Delays of sources with one of their own, as statement parameters, by `keyOfSource`. */
export function delaysOf({ accountIds, version: { cadences } }: Asking) {
  const delayed = [...cadences.values()].flatMap(({ accountId, source, delaySeconds }) => {
    if (delaySeconds === null) return []
    // The cadence of an account's own source wins, even when it has no delay.
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
