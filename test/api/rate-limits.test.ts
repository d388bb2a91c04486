import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { expectError, type Got, newAccount, newKey, send, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

const target = '/v1/cdn/statistics/export-tasks'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ requestsPerSecond: '1', pushesPerSecond: '1' })
})
afterAll(() => server.stop())

const list = (key: Key, query = ''): Promise<Got> => sendSigned(server, { target: target + query, key })
const left = (got: Got) => Number(got.headers['x-ratelimit-remaining'])

it('a key may make so many requests in ten seconds; then it is told when to come again', async () => {
  const [account, other] = [await newAccount(server, 'busy'), await newAccount(server, 'quiet')]
  const [first, ...more] = [await list(account), await list(account)]
  expect(first.headers).toMatchObject({ 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '9' })
  expect(Number(first.headers['x-ratelimit-reset'])).toBeGreaterThan(0)
  expect(Number(first.headers['x-ratelimit-reset'])).toBeLessThanOrEqual(10)
  while (more.length < 9) more.push(await list(account))
  expect([more.map((got) => got.status), more.map(left)]).toEqual([Array(9).fill(200), [8, 7, 6, 5, 4, 3, 2, 1, 0]])

  const refused = await list(account)
  const message = expectError(refused, 429, 'APIGW.0308')
  expect(message).toBe('The throttling threshold has been reached: limit:10,time:10 second')
  expect(refused.headers).toMatchObject({ 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '0' })
  const waitSeconds = Number(refused.headers['retry-after'])
  expect(waitSeconds).toBeGreaterThan(0)
  expect(waitSeconds).toBeLessThanOrEqual(10)
  expect([(await list(other)).status, (await send(server.endpoint, { target: '/healthz' })).status]).toEqual([200, 200])

  await delay(waitSeconds * 1000 + 500)
  expect((await list(account)).status).toBe(200)
})

it('what is not signed right uses up nothing, what asks for the wrong thing does', async () => {
  const account = await newAccount(server, 'imitated')
  for (let n = 0; n < 15; n++) {
    expectError(await list({ ...account, secret_key: 'not its secret' }), 401, 'APIGW.0301')
  }
  expect(left(await list(account))).toBe(9)
  const wrong = await list(account, '?limit=x')
  expectError(wrong, 400, 'CDN.0001')
  expect(left(wrong)).toBe(8)
  const unknown = await sendSigned(server, { target: `/api/v1/export-tasks/${'0'.repeat(32)}`, key: account })
  expect([expectError(unknown, 404, 'CDN.0003'), left(unknown)]).toEqual([expect.any(String), 7])
})

it('a body that is no JSON, or not of the form, counts as soon as its key is proven', async () => {
  const account = await newAccount(server, 'garbled')
  const create = (body: string) => sendSigned(server, { method: 'POST', target, key: account, body })
  const bodies = ['not JSON', '{"start_time": 1,', '[1]', '{"a":1,"a":2}', '{"start_time": "x"}']
  const wrong = await Promise.all(bodies.map(create))
  expect(wrong.map((got) => got.status)).toEqual(Array(5).fill(400))
  expect(wrong.map(left).sort()).toEqual([5, 6, 7, 8, 9])
  for (let n = 0; n < 5; n++) await create('not JSON')
  expectError(await create('not JSON'), 429, 'APIGW.0308')

  const { ingest_token: token } = await newKey(server, { role: 'ingest' })
  const preview = () =>
    send(server.endpoint, {
      method: 'POST',
      target: '/api/v1/log-batches/preview',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: 'not JSON',
    })
  const statuses: number[] = []
  for (let n = 0; n < 11; n++) statuses.push((await preview()).status)
  expect(statuses).toEqual([...Array(10).fill(400), 429])
})

it('a token counts as its key', async () => {
  const { ingest_token: token } = await newKey(server, { role: 'ingest' })
  const push = () =>
    send(server.endpoint, {
      method: 'POST',
      target: '/api/v1/log-batches',
      headers: { Authorization: `Bearer ${token}` },
      body: 'not a log\n',
    })
  const statuses: number[] = []
  for (let n = 0; n < 11; n++) statuses.push((await push()).status)
  expect([statuses.slice(0, 10).includes(429), statuses[10]]).toEqual([false, 429])
})

it('unsigned requests are not counted', async () => {
  for (let n = 0; n < 30; n++) {
    const got = await send(server.endpoint, { target: '/healthz' })
    expect([got.status, got.headers['x-ratelimit-limit']]).toEqual([200, undefined])
  }
})
