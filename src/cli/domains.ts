import type { OwnedDomain } from '../accounts/domain-routes.ts'
import { type Client, ClientError } from './client.ts'
import { table } from './table.ts'
import { print, printJson, say } from './terminal.ts'

/** Domains and whose they are, printed as the API answers them. */

export async function listDomains(client: Client, { json }: { json?: boolean }): Promise<void> {
  const answer = await client.get<{ domains: OwnedDomain[] }>('/api/v1/domains')
  if (json) return printJson(answer)
  const historyOf = ({ with_history: withHistory }: OwnedDomain) =>
    ({ true: 'whole', false: 'its own' })[String(withHistory ?? null)] ?? '-'
  print(
    table(
      ['domain', 'account', 'account name', 'history'],
      answer.domains.map((one) => [
        one.domain_name,
        one.account_id ?? '(the first)',
        one.account_name ?? null,
        historyOf(one),
      ]),
    ),
  )
}

export async function claimDomain(
  client: Client,
  name: string,
  accountId: string,
  flags: { withHistory?: boolean; withoutHistory?: boolean; new?: boolean },
): Promise<void> {
  if (flags.withHistory && flags.withoutHistory) throw new ClientError('--with-history and --without-history: say one')
  const history = flags.withHistory || flags.withoutHistory ? { with_history: flags.withHistory === true } : {}
  const asked = { account_id: accountId, must_exist: !flags.new, ...history }
  const answer = await client.send<OwnedDomain>('PUT', pathOf(name), asked).catch((error) => {
    if (!(error instanceof ClientError) || error.code !== 'CDN.0105') throw error
    throw new ClientError(`${error.message}. Check its spelling; --new registers it before its first log`)
  })
  const seen = answer.with_history ? 'with all that counted before' : 'without what counted before it had the domain'
  say`${name} belongs to ${accountId}, ${seen}`
}

const pathOf = (name: string) => `/api/v1/domains/${encodeURIComponent(name)}`

export async function releaseDomain(client: Client, name: string): Promise<void> {
  const { removed } = await client.send<{ removed: boolean }>('DELETE', pathOf(name))
  const outcome = removed ? 'is removed: it had no traffic' : 'belongs to the first account'
  say`${name} ${outcome}`
}
