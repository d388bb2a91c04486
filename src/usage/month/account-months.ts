import { countBuckets } from '../../coverage/coverage-ranges.ts'
import { noBuckets } from '../../coverage/state-words.ts'
import type { AccountCommit } from '../../ports/database/account-commit.ts'
import type { Database } from '../../ports/database/database.ts'
import { bucketMs } from '../../statistics/bucket-length.ts'
import type { BillingRule } from '../bills/billing-rule.ts'
import type { KnownBuckets } from '../known-buckets.ts'
import type { PinnedData } from '../pinned.ts'
import type { ReadRows } from '../rows/data.ts'
import type { MonthQuestion } from './asked-month.ts'
import type { AccountMonthView } from './month-schema.ts'
import { commitView, figuresView } from './month-views.ts'
import { monthOf } from './read-month.ts'
import { seriesReader } from './series-of-month.ts'

type Account = { id: string; name: string; domains: string[]; loggedUntilMs: number | null }

type Asked = {
  database: Database
  pinned: PinnedData
  rows: ReadRows
  question: MonthQuestion
  rule: BillingRule
  known: KnownBuckets
  commits: ReadonlyMap<string, AccountCommit>
}

/**
 * Reads the month of each account with asked domains, by name. An account's month ends where its own logs end, as if it
 * were asked alone; those that end together are read together.
 */
export async function readAccountMonths(asked: Asked): Promise<AccountMonthView[]> {
  const { database, pinned, rows, question, rule, known, commits } = asked
  const accounts = accountsOf(pinned, known)
  const found: AccountMonthView[] = []
  for (const loggedUntilMs of new Set(accounts.map((one) => one.loggedUntilMs))) {
    const group = accounts.filter((one) => one.loggedUntilMs === loggedUntilMs)
    const domains = group.flatMap((one) => one.domains).sort()
    const month = monthOf({ ...pinned, domains, rows }, question, { rule, loggedUntilMs })
    const read = await seriesReader(database, month, loggedUntilMs !== null)
    const series = await read(
      group.map((one) => one.domains),
      0,
    )
    for (const [n, one] of series.entries()) {
      const account = group[n]
      if (!account) throw new Error('a month without its account')
      const view = figuresView(month, one)
      found.push({
        ...{ account_id: account.id, account_name: account.name, logged_until: loggedUntilMs },
        ...{ buckets: countsOf(known, account.domains), ...view },
        commit: commitView(commits.get(account.id), view),
      })
    }
  }
  return found.sort((a, b) => compared([a.account_name, a.account_id], [b.account_name, b.account_id]))
}

function accountsOf({ domains, owners, accountNames }: PinnedData, { watermarkMsOf }: KnownBuckets): Account[] {
  const found = new Map<string, Account>()
  for (const domain of domains) {
    const id = owners.get(domain) ?? ''
    const account = found.get(id) ?? { id, name: accountNames?.get(id) ?? '', domains: [], loggedUntilMs: null }
    account.domains.push(domain)
    const lastMs = watermarkMsOf.get(domain)
    if (lastMs !== undefined) account.loggedUntilMs = Math.max(lastMs, account.loggedUntilMs ?? 0)
    found.set(id, account)
  }
  return [...found.values()]
}

/** States of the account's own buckets; null for a past version. */
function countsOf({ states, rangesOf }: KnownBuckets, domains: readonly string[]): AccountMonthView['buckets'] {
  if (states === null) return null
  const counts = noBuckets()
  for (const domain of domains) countBuckets(counts, rangesOf.get(domain) ?? [], bucketMs)
  return counts
}

const compared = ([a0, a1]: [string, string], [b0, b1]: [string, string]): number =>
  a0 === b0 ? (a1 < b1 ? -1 : 1) : a0 < b0 ? -1 : 1
