import { huaweiLine, type LineFields } from './log-lines.ts'
import { type Got, newAccount, newKey, send } from './requests.ts'
import type { Key, TestServer } from './server.ts'

/** A customer of a server: an account, its key, and what it pushes with. */
export type Tenant = { accountId: string; key: Key; token: string }

export async function newTenant(server: TestServer, name: string): Promise<Tenant> {
  const { account_id: accountId, ...key } = await newAccount(server, name)
  return { accountId, key, token: await tokenFor(server, accountId) }
}

/** @param limits what a key has beside its account, such as a list of domains */
export async function tokenFor(server: TestServer, accountId: string, limits: object = {}): Promise<string> {
  return (await newKey(server, { role: 'ingest', account_id: accountId, ...limits })).ingest_token
}

/** Gives a domain to an account, as an operator does. */
export const assign = (server: TestServer, domain: string, accountId: string, more: object = {}) =>
  server.call('PUT', `/api/v1/domains/${domain}`, { account_id: accountId, ...more })

export const release = (server: TestServer, domain: string) => server.call('DELETE', `/api/v1/domains/${domain}`)

/** Pushes lines, and waits until they are loaded unless `query` says otherwise. */
export const push = (server: TestServer, token: string, lines: string, query = 'wait=true'): Promise<Got> =>
  send(server.endpoint, {
    method: 'POST',
    target: `/api/v1/log-batches?${query}`,
    headers: { Authorization: `Bearer ${token}` },
    body: lines,
  })

/** The hour that the lines below are of, and requests of exports of it. */
export const theHour = {
  start_time: Date.parse('2026-09-01T08:00:00+08:00'),
  end_time: Date.parse('2026-09-01T09:00:00+08:00'),
}

/** Lines of one domain in that hour, a minute after the other. */
export const linesOf = (domain: string, count: number, fields: LineFields = {}) =>
  Array.from({ length: count }, (_, n) =>
    huaweiLine({ domain, time: `01/Sep/2026:08:${String(n % 60).padStart(2, '0')}:00 +0800`, ...fields }),
  ).join('')
