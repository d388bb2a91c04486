import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Got } from '../harness/requests.ts'
import { push, type Sender, type Two, twoAccounts, until } from './two-accounts.ts'

/** Drives a server to a limit: the greedy account is answered as the table says, and the other served meanwhile. */
export type Driver = () => Promise<void>

const isTaken = (got: Got) => expect(got.status, got.text).toBe(202)
const isRefused = (got: Got) => {
  expectError(got, 503, 'FLUXPORT.0105')
  expect(Number(got.headers['retry-after'])).toBeGreaterThan(0)
  expect(got.text).not.toMatch(/other/i)
}

/** Begins a push, sends so many bytes of its body, and no more. */
async function slowPush({ server }: Two, { token }: Sender, bytes: number): Promise<Socket> {
  const { hostname, port } = new URL(server.endpoint)
  const socket = connect({ host: hostname, port: Number(port) })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  const head = [
    'POST /api/v1/log-batches HTTP/1.1',
    'Host: a',
    `Authorization: Bearer ${token}`,
    'Content-Length: 9000',
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n${'x'.repeat(bytes)}`)
  return socket
}

const connections: Driver = async () => {
  const two = await twoAccounts({ connectionsMax: '10' })
  const greedy = []
  for (let n = 0; n < 12; n++) greedy.push(await keptConnection(two, two.greedy))
  isTaken(await push(two, two.other))
  expect((await two.server.raw('/healthz')).status).toBe(200)
  expect((await two.server.call('GET', '/api/v1/accounts')).status).toBe(200)
  expect(greedy.filter((socket) => !socket.closed && !socket.destroyed).length).toBeLessThanOrEqual(5)
}

/** A connection on which the account's token was shown, and that stays. */
async function keptConnection({ server }: Two, { token }: Sender): Promise<Socket> {
  const { hostname, port } = new URL(server.endpoint)
  const socket = connect({ host: hostname, port: Number(port) })
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => undefined)
  socket.write(`GET /api/v1/log-batches/999999 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`)
  const [answer] = await once(socket, 'data')
  expect(String(answer)).toMatch(/^HTTP\/1\.1 404/)
  return socket
}

const bodies: Driver = async () => {
  const two = await twoAccounts({ bodiesAtOnceMax: '8' })
  for (let n = 0; n < 4; n++) await slowPush(two, two.greedy, 1)
  isRefused(await until(503, 1, () => push(two, two.greedy)))
  isTaken(await push(two, two.other))
}

const stalledBodies: Driver = async () => {
  const two = await twoAccounts({ bodyStallSeconds: '1' })
  const socket = await slowPush(two, two.greedy, 1)
  isTaken(await push(two, two.other))
  const pieces: Buffer[] = []
  socket.on('data', (piece) => pieces.push(piece))
  await once(socket, 'close')
  expect(Buffer.concat(pieces).toString()).toMatch(/^HTTP\/1\.1 408 .*APIGW\.0201/s)
}

const pushBytes: Driver = async () => {
  const two = await twoAccounts({ pushBytesMax: '8000' })
  for (let n = 0; n < 3; n++) await slowPush(two, two.greedy, 1_300)
  const longer = Array.from({ length: 20 }, (_, n) => huaweiLine({ domain: two.greedy.domain, path: `/${n}` })).join('')
  isRefused(await until(503, 1, () => push(two, two.greedy, { body: longer })))
  isTaken(await push(two, two.other))
}

const pushes: Driver = async () => {
  const two = await twoAccounts({ pushesAtOnceMax: '2' })
  const refused = until(503, 20, () => push(two, two.greedy))
  isTaken(await push(two, two.other))
  isRefused(await refused)
  isTaken(await push(two, two.other))
}

const spoolBytes: Driver = async () => {
  const two = await twoAccounts({ spoolBytesPerAccountMax: '2000', pushGroupSeconds: '3600' })
  expect((await until(503, 1, () => push(two, two.greedy))).text).toContain('--spool-bytes-per-account-max')
  isRefused(await push(two, two.greedy))
  isRefused(await push(two, two.greedy, { query: '?name=a.log' }))
  isTaken(await push(two, two.other))
  const whole = await twoAccounts({ spoolBytesMax: '4000', pushGroupSeconds: '3600' })
  isRefused(await until(503, 1, () => push(whole, whole.greedy)))
  isTaken(await push(whole, whole.other))
}

const batchBytes: Driver = async () => {
  const two = await twoAccounts({ batchBytesMax: '100000' })
  const long = huaweiLine({ domain: two.greedy.domain }).repeat(1_000)
  for (const [query, body] of [
    ['', long],
    ['?name=a.log', long],
    ['?name=a.log.gz', gzipSync(long)],
  ] as const) {
    expectError(await push(two, two.greedy, { query, body }), 413, 'CDN.0005')
  }
  isTaken(await push(two, two.other))
}

/** Lines that are rejected one by one: they keep the engine busy for many seconds. */
const longLines = 6_000_000

const loads: Driver = async () => {
  const two = await twoAccounts({})
  const state = async (got: Got) => (await two.server.call('GET', `/api/v1/log-batches/${got.json['batch_id']}`)).json
  const long = (name: string) => {
    const text = huaweiLine({ domain: two.greedy.domain, path: `/${name}` }) + 'a\n'.repeat(longLines)
    const query = `?name=${name}.log.gz&wait=false&format=huawei_offline`
    return push(two, two.greedy, { query, body: gzipSync(text, { level: 1 }) })
  }
  const first = await long('first')
  while ((await state(first))['state'] === 'queued');
  const second = await long('second')
  for (const query of ['?wait=true', '?wait=true&name=a.log']) {
    const got = await push(two, two.other, { query })
    expect(got.json, got.text).toMatchObject({ state: 'loaded', requests: 1 })
  }
  expect([(await state(first))['state'], (await state(second))['state']]).toEqual(['loading', 'queued'])
}

const keyPushes: Driver = async () => {
  const two = await twoAccounts({ pushesPerSecond: '1' })
  expectError(await until(429, 20, () => push(two, two.greedy)), 429, 'APIGW.0308')
  isTaken(await push(two, two.other))
}

const accountPushes: Driver = async () => {
  const two = await twoAccounts({ accountPushesPerSecond: '1' })
  const got = await until(429, 20, () => push(two, two.greedy))
  expect(expectError(got, 429, 'APIGW.0308')).toContain('of the account')
  isTaken(await push(two, two.other))
}

/** By the names in the table. */
export const receiving: Record<string, Driver> = {
  connections,
  bodies,
  'stalled-bodies': stalledBodies,
  'push-bytes': pushBytes,
  pushes,
  'spool-bytes': spoolBytes,
  'batch-bytes': batchBytes,
  loads,
  'key-pushes': keyPushes,
  'account-pushes': accountPushes,
}
