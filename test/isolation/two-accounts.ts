import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { type Json, newAccount, newKey, send } from '../harness/requests.ts'
import type { Key, TestServer } from '../harness/server.ts'

/** What one account has, by name: everything that a request or a command can name. */
export type Things = {
  accountId: string
  domain: string
  source: string
  /** As the account itself was told it. */
  batchId: string
  /** As the operator is told it. */
  operatorsBatchId: string
  taskId: string
  taskName: string
  fileName: string
  accountKey: string
  ingestKey: string
  idempotencyKey: string
  relocationId: string
}

/** An account with its keys of every role, and what it has. */
export type Tenant = {
  name: string
  account: Key
  ingest: Key & { ingest_token: string }
  /** An ingest key that is limited to the account's source and domain. */
  limited: Key & { ingest_token: string }
  things: Things
}

const targets = { tasks: '/v1/cdn/statistics/export-tasks', batches: '/api/v1/log-batches' }

/** An account with a domain, a source with a cadence, pushes, a file, a task with its file, and keys. */
export async function makeTenant(server: TestServer, name: string): Promise<Tenant> {
  const account = await newAccount(server, `${name}-company`)
  const accountId = account.account_id
  const domain = `www.${name}-only.test`
  const source = `${name}-edge`
  expect((await server.call('PUT', `/api/v1/domains/${domain}`, { account_id: accountId })).status).toBe(200)
  const ingest = await newKey(server, { role: 'ingest', account_id: accountId })
  const limited = await newKey(server, { role: 'ingest', account_id: accountId, source, domains: [domain] })
  const idempotencyKey = `${name}-push-1`
  const pushed = await push(server, ingest.ingest_token, `?source=${source}&wait=true`, domain, idempotencyKey)
  expect(pushed.json, pushed.text).toMatchObject({ state: 'loaded', requests: 1 })
  const file = `?name=2026090108-${domain}-cn.log&source=${source}`
  expect((await push(server, limited.ingest_token, file, domain)).json).toMatchObject({ state: 'loaded' })
  const task = await makeTask(server, account, domain, name)
  const operatorsBatchId = await batchOf(server, source)
  return {
    name,
    account,
    ingest,
    limited,
    things: {
      ...{ accountId, domain, source, operatorsBatchId, idempotencyKey, relocationId: '1', ...task },
      batchId: String(pushed.json['batch_id']),
      accountKey: account.access_key,
      ingestKey: ingest.access_key,
    },
  }
}

async function push(server: TestServer, token: string, query: string, domain: string, idempotencyKey?: string) {
  const path = `/${randomBytes(6).toString('hex')}`
  return await send(server.endpoint, {
    method: 'POST',
    target: `${targets.batches}${query}`,
    body: huaweiLine({ domain, path }),
    headers: {
      Authorization: `Bearer ${token}`,
      ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
    },
  })
}

async function makeTask(server: TestServer, key: Key, domain: string, name: string) {
  const taskName = `${name}-bill`
  const body = {
    ...{ domain_name: domain, task_name: taskName, service_area: 'global' },
    ...{ start_time: 1_788_220_800_000, end_time: 1_788_224_400_000 },
  }
  const text = await server.exportText(body, key)
  expect(text.split('\n').length).toBeGreaterThan(3)
  const { json } = await server.call('GET', `${targets.tasks}?limit=1`, undefined, key)
  const [task] = json['data'] as Json[]
  const link = new URL(String(task?.['download_link']))
  const [, , taskId = '', fileName = ''] = link.pathname.split('/')
  return { taskId, taskName, fileName }
}

async function batchOf(server: TestServer, source: string): Promise<string> {
  const { json } = await server.call('GET', `${targets.batches}?limit=1000`)
  const batch = (json['batches'] as Json[]).find((one) => one['source'] === source)
  return String(batch?.['batch_id'])
}

/** Names of the same form that nobody has. */
export const nobodysThings = (): Things => ({
  accountId: randomBytes(16).toString('hex'),
  domain: 'www.nobody-has.test',
  source: 'nobody-edge',
  batchId: '4503599627370001',
  operatorsBatchId: '987654321',
  taskId: randomBytes(16).toString('hex'),
  taskName: 'nobody-bill',
  fileName: 'nobody.csv',
  accountKey: `FLX${randomBytes(10).toString('hex').toUpperCase().slice(0, 17)}`,
  ingestKey: `FLX${randomBytes(10).toString('hex').toUpperCase().slice(0, 17)}`,
  idempotencyKey: 'nobody-push-1',
  relocationId: '987654',
})
