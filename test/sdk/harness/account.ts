import { expect } from 'vitest'
import { lineAt } from '../../harness/recent-lines.ts'
import type { Answer, Key, TestServer } from '../../harness/server.ts'

/** An account of its own for each version of an SDK, so that none sees another's tasks. */
export type TestAccount = { accountId: string; key: Key; domain: string }

/** Bytes of the requests that are logged for an account, within the day that a create without times is of. */
export const loggedBytes = 1_234_567

export async function openAccount(server: TestServer, name: string): Promise<TestAccount> {
  const domain = `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.example.test`
  const accountId = String((await ok(server.call('POST', '/api/v1/accounts', { name }))).json['account_id'])
  const key = await ok(server.call('POST', '/api/v1/access-keys', { account_id: accountId, role: 'account' }))
  await ok(server.call('PUT', `/api/v1/domains/${domain}`, { account_id: accountId }))
  await ok(server.call('PUT', '/api/v1/kept-logs/default', { keep_logs_days: 30 }))
  const line = lineAt(Date.now() - 3 * 3_600_000, { domain, bytes: loggedBytes })
  await ok(server.load(line, { name: `${domain}.log` }))
  return {
    accountId,
    key: { access_key: String(key.json['access_key']), secret_key: String(key.json['secret_key']) },
    domain,
  }
}

export async function ok(answering: Promise<Answer>): Promise<Answer> {
  const answer = await answering
  expect(answer.status, answer.text).toBe(200)
  return answer
}
