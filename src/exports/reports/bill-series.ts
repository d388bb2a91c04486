import { totalName } from './billing-columns.ts'
import type { ReportInput } from './report.ts'
import type { StateRun } from './task-coverage.ts'

/** A line of a bill: a domain, all domains of an account, or all of everybody. */
export type Series = {
  /** The account’s name, or the words for all accounts. */
  account: string
  /** The domain’s name, or the word for a total. */
  name: string
  domains: string[]
  /** All domains of its account: the month ends where the logs of any of them end. */
  accountDomains: readonly string[]
  /** States of each of its domains over the whole range. */
  runs: (readonly StateRun[])[]
}

const allAccounts = { en: 'All accounts', zh: '全部账号' }

/** Domains of each account, the account’s total, then that of all accounts, as the lines of a bill stand. */
export type BillSeries = { domains: Series[]; total: Series }[]

export function seriesOf(input: Pick<ReportInput, 'request' | 'domains' | 'coverage' | 'accounts'>): BillSeries {
  const runsOf = new Map(input.domains.map((name, n) => [name, input.coverage.domainRuns[n] ?? []]))
  const series = (account: string, name: string, domains: string[], accountDomains = domains): Series => ({
    ...{ account, name, domains, accountDomains },
    runs: domains.map((domain) => runsOf.get(domain) ?? []),
  })
  const total = totalName[input.request.language]
  const byAccount = input.accounts.map(({ name: account, domains }) => ({
    domains: domains.map((name) => series(account, name, [name], domains)),
    total: series(account, total, domains),
  }))
  if (byAccount.length === 1) return byAccount
  return [...byAccount, { domains: [], total: series(allAccounts[input.request.language], total, input.domains) }]
}
