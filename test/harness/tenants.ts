import { type Got, type Json, newAccount, newKey, send, sendSigned } from './requests.ts'
import type { Key, TestServer } from './server.ts'

/** A customer of the operator's, with domains of its own and a token to push with. */
export type Tenant = {
  accountId: string
  /** An `account` key. */
  key: Key
  token: string
  /** Delivers a file by its token. */
  deliver(name: string, body: string | Buffer, query?: Record<string, string>): Promise<Got>
  /** Pushes lines by its token, and waits for the load. */
  push(body: string | Buffer, idempotencyKey: string, query?: Record<string, string>): Promise<Got>
  /** What its coverage says, but for the version and its time. */
  coverage(query: string): Promise<Json>
}

export async function newTenant(server: TestServer, name: string, domains: string[]): Promise<Tenant> {
  const key = await newAccount(server, name)
  for (const domain of domains) await giveDomain(server, key.account_id, domain)
  const { ingest_token: token } = await newKey(server, { role: 'ingest', account_id: key.account_id })
  return {
    accountId: key.account_id,
    key,
    token,
    deliver: (fileName, body, query = {}) => deliverBy(server, token, body, { name: fileName, ...query }),
    push: (body, idempotencyKey, query = {}) =>
      deliverBy(server, token, body, { wait: 'true', ...query }, { 'Idempotency-Key': idempotencyKey }),
    coverage: async (query) => {
      const { json, status, text } = await sendSigned(server, { target: `/api/v1/coverage?${query}`, key })
      if (status !== 200) throw new Error(text)
      const { data_version: _version, judged_at: _judged, ...rest } = json
      return rest
    },
  }
}

/** Makes a domain an account's. */
export async function giveDomain(server: TestServer, accountId: string, domain: string): Promise<void> {
  const { status, text } = await server.call('PUT', `/api/v1/domains/${domain}`, { account_id: accountId })
  if (status !== 200) throw new Error(text)
}

/** A body with a token. */
export const deliverBy = (
  server: TestServer,
  token: string,
  body: string | Buffer,
  query: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Got> =>
  send(server.endpoint, {
    method: 'POST',
    target: `/api/v1/log-batches?${new URLSearchParams(query)}`,
    headers: { Authorization: `Bearer ${token}`, ...headers },
    body,
  })
