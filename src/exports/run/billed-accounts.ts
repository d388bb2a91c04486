import { findAccount } from '../../accounts/accounts.ts'
import type { SeenData } from '../../ledger/seen-by-account.ts'
import type { Database } from '../../ports/database/database.ts'
import type { ReportInput } from '../reports/report.ts'

/** The accounts that own the domains, by name; accounts of equal names by their ids. Domains are sorted. */
export async function billedAccounts(
  database: Database,
  { domains, owners, accountNames }: Pick<SeenData, 'domains' | 'owners' | 'accountNames'>,
): Promise<ReportInput['accounts']> {
  const byOwner = new Map<string, string[]>()
  for (const domain of domains) {
    const owner = owners.get(domain) ?? ''
    const own = byOwner.get(owner)
    if (own) own.push(domain)
    else byOwner.set(owner, [domain])
  }
  const accounts = await Promise.all(
    [...byOwner].map(async ([id, own]) => {
      const name = accountNames?.get(id) ?? (await findAccount(database, id))?.name ?? id
      return { id, name, domains: own }
    }),
  )
  const order = ({ name, id }: { name: string; id: string }) => `${name}\0${id}`
  return accounts
    .sort((a, b) => (order(a) < order(b) ? -1 : 1))
    .map(({ name, domains: own }) => ({ name, domains: own }))
}
