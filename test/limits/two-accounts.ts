import { onTestFinished } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { type Got, type Json, newAccount, newKey, send, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

/** An account with a domain, and a token that pushes for it. */
export type Sender = Key & { account_id: string; token: string; domain: string }

/** A server with small limits, an account that goes to them, and one that is to be served meanwhile. */
export type Two = { server: TestServer; greedy: Sender; other: Sender }

/** @param flags the server's options by property name; pushes are loaded at once unless they say otherwise */
export async function twoAccounts(flags: Record<string, string>): Promise<Two> {
  const server = await startTestServer({ pushGroupSeconds: '0', ...flags })
  onTestFinished(() => server.stop())
  return { server, greedy: await newSender(server, 'greedy'), other: await newSender(server, 'other') }
}

async function newSender(server: TestServer, name: string): Promise<Sender> {
  const account = await newAccount(server, name)
  const domain = `${name}.example.test`
  await server.call('PUT', `/api/v1/domains/${domain}`, { account_id: account.account_id })
  const { ingest_token: token } = await newKey(server, { role: 'ingest', account_id: account.account_id })
  return { ...account, token, domain }
}

/** Pushes a body, one line of the account's domain by default. */
export const push = (
  { server }: Two,
  { token, domain }: Sender,
  { query = '', body = huaweiLine({ domain }) }: { query?: string; body?: string | Buffer } = {},
): Promise<Got> =>
  send(server.endpoint, {
    method: 'POST',
    target: `/api/v1/log-batches${query}`,
    body,
    headers: { Authorization: `Bearer ${token}` },
  })

const tasksPath = '/v1/cdn/statistics/export-tasks'

export const get = ({ server }: Two, key: Key, target: string): Promise<Got> => sendSigned(server, { target, key })

export const post = ({ server }: Two, key: Key, target: string, body: Json = {}): Promise<Got> =>
  sendSigned(server, { method: 'POST', target, body: JSON.stringify(body), key })

export const create = (two: Two, key: Key, body: Json = {}): Promise<Got> => post(two, key, tasksPath, body)

/** A task once it is in one of these states. */
export async function taskIn(two: Two, key: Key, id: unknown, ...states: string[]): Promise<Json> {
  for (;;) {
    const { json } = await get(two, key, `/api/v1/export-tasks/${id}`)
    if (states.includes(String(json['state']))) return json
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Makes requests, some at once, until one is answered with this status. */
export async function until(status: number, atOnce: number, make: () => Promise<Got>): Promise<Got> {
  for (;;) {
    const answers = await Promise.all(Array.from({ length: atOnce }, make))
    const found = answers.find((answer) => answer.status === status)
    if (found) return found
  }
}
