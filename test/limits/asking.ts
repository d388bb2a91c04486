import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, onTestFinished } from 'vitest'
import { startReceiver } from '../harness/receiver.ts'
import { expectError, type Got, type Json, newKey, send, sendSigned } from '../harness/requests.ts'
import { registerDomains, slowRequest, startSlowTask } from '../harness/slow-task.ts'
import type { Driver } from './receiving.ts'
import { create, get, post, type Sender, type Two, taskIn, twoAccounts, until } from './two-accounts.ts'

const isServed = (got: Got) => expect(got.status, got.text).toBe(200)
const hasRetryAfter = (got: Got) => expect(Number(got.headers['retry-after'])).toBeGreaterThan(0)
const coverage = (two: Two, account: Sender, query = '') => get(two, account, `/api/v1/coverage${query}`)
const preflight = (two: Two, account: Sender, body: Json = {}) =>
  post(two, account, '/api/v1/export-tasks/preflight', body)
const sinceEver = `?start_time=0&end_time=${Date.parse('2026-09-01T00:00:00+08:00')}&interval=3600`

const queries: Driver = async () => {
  const two = await twoAccounts({ queriesPerAccountMax: '1', queriesWaitingMax: '1' })
  const refused = until(429, 20, () => coverage(two, two.greedy))
  isServed(await coverage(two, two.other))
  isServed(await preflight(two, two.other))
  const got = await refused
  expectError(got, 429, 'FLUXPORT.0004')
  hasRetryAfter(got)
  expectError(await until(429, 20, () => preflight(two, two.greedy)), 429, 'FLUXPORT.0004')
  isServed(await coverage(two, two.other))
}

const querySeconds: Driver = async () => {
  const two = await twoAccounts({ querySecondsMax: '1', queryBucketsMax: '1000000000000' })
  await registerDomains(two.server, two.greedy.account_id, 150)
  const slow = coverage(two, two.greedy, sinceEver)
  isServed(await coverage(two, two.other))
  expect(expectError(await slow, 400, 'CDN.0005')).toContain('--query-seconds-max')
  const left = "SELECT count() AS left FROM system.processes WHERE query_id LIKE 'fluxport-question-%'"
  while (Number((await two.server.warehouse.rows<{ left: number }>(left))[0]?.left) > 0);
}

const queryBuckets: Driver = async () => {
  const two = await twoAccounts({ queryBucketsMax: '1000' })
  const message = expectError(await coverage(two, two.greedy, sinceEver), 400, 'CDN.0005')
  expect(message).toMatch(/may be of 1000 \(--query-buckets-max\).*shorter range, or fewer domains/)
  const range = { start_time: slowRequest['start_time'], end_time: slowRequest['end_time'] }
  expectError(await preflight(two, two.greedy, range), 400, 'CDN.0005')
  isServed(await coverage(two, two.other))
  isServed(await preflight(two, two.other))
}

/** Requests that the greedy account's own limits leave waiting. */
const tasksWaiting: Driver = async () => {
  const two = await twoAccounts({ tasksWaitingMax: '1', tasksRunningMax: '1' })
  await registerDomains(two.server, two.greedy.account_id, 40)
  await startSlowTask(two.server, two.greedy)
  isServed(await create(two, two.greedy))
  expectError(await create(two, two.greedy), 400, 'CDN.0005')
  await isMade(two, two.other)
}

const tasksRunning: Driver = async () => {
  const two = await twoAccounts({ exportConcurrency: '2' })
  await registerDomains(two.server, two.greedy.account_id, 40)
  const slow = [await startSlowTask(two.server, two.greedy), await startSlowTask(two.server, two.greedy)]
  const waits = (await create(two, two.greedy)).json['task_id']
  await isMade(two, two.other)
  const states = [...slow, waits].map((id) => get(two, two.greedy, `/api/v1/export-tasks/${id}`))
  expect((await Promise.all(states)).map(({ json }) => json['state'])).toEqual(['processing', 'processing', 'waiting'])
}

async function isMade(two: Two, account: Sender, body: Json = {}): Promise<Json> {
  const created = await create(two, account, body)
  isServed(created)
  return await taskIn(two, account, created.json['task_id'], 'success')
}

const tasks: Driver = async () => {
  const two = await twoAccounts({ tasksMax: '2' })
  for (let n = 0; n < 2; n++) isServed(await create(two, two.greedy))
  expect(expectError(await create(two, two.greedy), 400, 'CDN.0005')).toContain('--tasks-max')
  expect((await preflight(two, two.greedy)).json).toMatchObject({ allowed: false })
  await isMade(two, two.other)
}

const exportRows: Driver = async () => {
  const two = await twoAccounts({ exportRowsMax: '300' })
  const range = { start_time: slowRequest['start_time'], end_time: slowRequest['end_time'] }
  expectError(await create(two, two.greedy, range), 400, 'CDN.0005')
  await isMade(two, two.other)
}

const storedBytes: Driver = async () => {
  const two = await twoAccounts({ storedBytesMax: '20000' })
  const range = { start_time: slowRequest['start_time'], end_time: slowRequest['end_time'] }
  const outgrown = await create(two, two.greedy, range)
  const task = await taskIn(two, two.greedy, outgrown.json['task_id'], 'success', 'fail')
  expect(task).toMatchObject({ state: 'fail', error: { error_code: 'CDN.0005' } })
  expect(JSON.stringify(task['error'])).toContain('outgrew what the account may store')
  await isMade(two, two.other, { interval: 3600 })
  const creates = await Promise.all(Array.from({ length: 40 }, () => create(two, two.greedy, { interval: 3600 })))
  expectError(creates.find(({ status }) => status !== 200) as Got, 400, 'CDN.0005')
  await isMade(two, two.other, { interval: 3600 })
}

const downloads: Driver = async () => {
  const two = await twoAccounts({ downloadsAtOnceMax: '2' })
  const range = { start_time: slowRequest['start_time'], end_time: slowRequest['end_time'], format: 'jsonl' }
  const link = (task: Json) => new URL(String(task['download_link']))
  const greedy = link(await isMade(two, two.greedy, { ...range, interval: 300, group_by: 'domain' }))
  const other = link(await isMade(two, two.other))
  const socket = connect({ host: greedy.hostname, port: Number(greedy.port) })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  socket.pause()
  socket.write(`GET ${greedy.pathname}${greedy.search} HTTP/1.1\r\nHost: a\r\n\r\n`)
  const ask = (url: URL) => send(two.server.endpoint, { target: `${url.pathname}${url.search}` })
  const got = await until(429, 1, () => ask(greedy))
  expectError(got, 429, 'FLUXPORT.0004')
  hasRetryAfter(got)
  isServed(await ask(other))
}

const webhooks: Driver = async () => {
  const receiver = await startReceiver({ '/slow': () => undefined })
  onTestFinished(receiver.stop)
  const two = await twoAccounts({ webhooksAtOnceMax: '2', webhookAllowPrivate: 'yes' })
  for (let n = 0; n < 3; n++) await isMade(two, two.greedy, { webhook_url: `${receiver.url}/slow` })
  while (receiver.posts('/slow').length === 0) await new Promise((resolve) => setTimeout(resolve, 50))
  await isMade(two, two.other, { webhook_url: `${receiver.url}/quick` })
  while (receiver.posts('/quick').length === 0) await new Promise((resolve) => setTimeout(resolve, 50))
  expect(receiver.posts('/slow')).toHaveLength(1)
}

const requests: Driver = async () => {
  const two = await twoAccounts({ requestsPerSecond: '2' })
  expectError(await until(429, 30, () => get(two, two.greedy, '/api/v1/domains')), 429, 'APIGW.0308')
  isServed(await get(two, two.other, '/api/v1/domains'))
}

const accountRequests: Driver = async () => {
  const two = await twoAccounts({ accountRequestsPerSecond: '2' })
  const second = await newKey(two.server, { role: 'account', account_id: two.greedy.account_id })
  await until(429, 30, () => get(two, two.greedy, '/api/v1/domains'))
  const got = await sendSigned(two.server, { target: '/api/v1/domains', key: second })
  expect(expectError(got, 429, 'APIGW.0308')).toContain('of the account')
  hasRetryAfter(got)
  isServed(await get(two, two.other, '/api/v1/domains'))
}

const operations: Driver = async () => {
  const two = await twoAccounts({ queriesWaitingMax: '1000' })
  const ask = (account: Sender) =>
    get(two, account, '/v1.0/cdn/statistics/bandwidth-calc?start_time=0&end_time=1&domain_name=all&calc_type=bw_95')
  const burst = Promise.all(Array.from({ length: 40 }, () => ask(two.greedy)))
  isServed(await ask(two.other))
  const got = await burst
  // Five at once, and in 5 s ten more.
  expect(got.filter(({ status }) => status === 200)).toHaveLength(15)
  const refused = got.find(({ status }) => status !== 200) as Got
  expectError(refused, 429, 'APIGW.0308')
  hasRetryAfter(refused)
}

/** By the names in the table. */
export const asking: Record<string, Driver> = {
  queries,
  'query-seconds': querySeconds,
  'query-buckets': queryBuckets,
  'tasks-waiting': tasksWaiting,
  'tasks-running': tasksRunning,
  tasks,
  'export-rows': exportRows,
  'stored-bytes': storedBytes,
  downloads,
  webhooks,
  requests,
  operations,
  'account-requests': accountRequests,
}
