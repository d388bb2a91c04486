import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { headText, type OpenConnection, openConnection } from '../harness/half-request.ts'
import { expectError, newAccount, newKey, send, sendSigned, signHeaders } from '../harness/requests.ts'
import { serve } from '../harness/served.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

const creates = '/v1/cdn/statistics/export-tasks'
const preview = '/api/v1/log-batches/preview'
const pushes = '/api/v1/log-batches'
const nobody = { access_key: 'FLX00000000000000000', secret_key: 'not-a-secret' }
const mebibyte = 1 << 20
const sha256 = (body: string) => createHash('sha256').update(body).digest('hex')

let server: TestServer
let account: Key
let ingest: Key & { ingest_token: string }
beforeAll(async () => {
  server = await startTestServer({ bodyBytesMax: String(64 * mebibyte), refusalsPerSecond: '100000' })
  account = await newAccount(server, 'customer')
  ingest = await newKey(server, { role: 'ingest' })
})
afterAll(() => server.stop())

/** A head that announces a body of which nothing comes. */
const headOf = (target: string, headers: Record<string, string>, bytes = 1000) =>
  headText('POST', target, { Host: new URL(server.endpoint).host, ...headers, 'Content-Length': String(bytes) })
const signedHead = (target: string, key: Key, headers: Record<string, string>, nowMs = Date.now()) =>
  signHeaders(server, { method: 'POST', target, headers, key, nowMs })
const codeOf = (answer: { body: string }) => String(JSON.parse(answer.body).error_code)

describe('a head that is not in order is answered before its body comes', () => {
  const hash = { 'X-Sdk-Content-Sha256': sha256('x') }
  const heads: [string, string, () => Record<string, string>, string][] = [
    ['no key', creates, () => ({}), 'APIGW.0301'],
    ['no key, on the preview', preview, () => ({}), 'APIGW.0301'],
    ['a token that nobody has, on the preview', preview, () => ({ Authorization: 'Bearer a.b' }), 'APIGW.0301'],
    ['a token that nobody has, on a push', pushes, () => ({ Authorization: 'Bearer a.b' }), 'APIGW.0301'],
    ['a scheme that there is not', creates, () => ({ Authorization: 'Digest x' }), 'APIGW.0301'],
    ['a date of yesterday', creates, () => signedHead(creates, account, {}, Date.now() - 86_400_000), 'APIGW.0303'],
    ['an unknown key that signs the hash', creates, () => signedHead(creates, nobody, hash), 'APIGW.0301'],
    [
      'a wrong secret that signs the hash',
      creates,
      () => signedHead(creates, { ...account, secret_key: 'x' }, hash),
      'APIGW.0301',
    ],
    ['a role that may not, that signs the hash', creates, () => signedHead(creates, ingest, hash), 'CDN.0004'],
    ['a push without a hash', pushes, () => signedHead(pushes, ingest, {}), 'APIGW.0301'],
    ['an import of geographic data without a hash', '/api/v1/geo/imports?name=x', () => ({}), 'APIGW.0301'],
    ['a path that there is not', '/nowhere', () => ({}), 'APIGW.0101'],
  ]
  it.each(heads)('%s', async (_name, target, headers, code) => {
    const connection = await openConnection(server.endpoint, headOf(target, headers()))
    expect(codeOf(await connection.answer())).toBe(code)
  })

  it('and what comes of its body is passed over: the connection serves the next request', async () => {
    const connection = await openConnection(server.endpoint, headOf(creates, {}, 100_000))
    expect((await connection.answer()).status).toBe(401)
    connection.socket.write(Buffer.alloc(100_000, 'a'))
    connection.socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
    expect((await connection.answer()).status).toBe(200)
  })

  it('and a body that goes on and on ends its connection', async () => {
    const connection = await openConnection(server.endpoint, headOf(creates, {}, 2 ** 40))
    expect((await connection.answer()).status).toBe(401)
    const piece = Buffer.alloc(mebibyte, 'a')
    for (let sent = 0; sent < 200 && !connection.isEnded(); sent++) {
      connection.socket.write(piece)
      await delay(20)
    }
    expect(connection.isEnded()).toBe(true)
  })

  it('of a public route takes no body at all', async () => {
    const head = headText('GET', '/healthz', { Host: 'x', 'Content-Length': '1000000' })
    expect((await (await openConnection(server.endpoint, head)).answer()).status).toBe(200)
  })
})

describe('a client that asks before it sends', () => {
  const expects = { Expect: '100-continue' }
  it('is asked for its body once its head is in order', async () => {
    const body = '{"language":"en"}'
    const headers = signHeaders(server, { method: 'POST', target: creates, body, key: account })
    const head = headOf(creates, { ...headers, ...expects }, body.length)
    const connection = await openConnection(server.endpoint, head)
    expect((await connection.answer()).status).toBe(100)
    connection.socket.write(body)
    expect((await connection.answer()).status).toBe(200)
  })

  it('is told no without its body, and that the connection ends', async () => {
    const connection = await openConnection(server.endpoint, headOf(creates, expects))
    const answer = await connection.answer()
    expect([answer.status, answer.headers['connection']]).toEqual([401, 'close'])
  })
})

describe('a signature that covers the body', () => {
  it('has one answer at one moment, of an unknown key and of a wrong secret', async () => {
    const body = '{"language":"en"}'
    const answers: [number, string][] = []
    for (const key of [nobody, { ...account, secret_key: 'x' }, { ...ingest, secret_key: 'x' }]) {
      const headers = signHeaders(server, { method: 'POST', target: creates, body, key })
      const connection = await openConnection(server.endpoint, headOf(creates, headers, body.length))
      await delay(200)
      expect(connection.received()).toBe('')
      connection.socket.write(body)
      const answer = await connection.answer()
      answers.push([answer.status, JSON.parse(answer.body).error_msg])
    }
    expect(new Set(answers.map(String)).size).toBe(1)
    expect(answers[0]).toEqual([401, expect.stringMatching(/verify aksk signature fail$/)])
  })

  it('of a role that may not is told so after it was checked', async () => {
    const sent = { method: 'POST', target: creates, body: '{}', key: ingest }
    expect((await sendSigned(server, sent)).json['error_code']).toBe('CDN.0004')
  })
})

/** Bodies of previews that all but end. */
async function openBodies(count: number, bytes: number, headers: () => Record<string, string>) {
  const connections: OpenConnection[] = []
  const body = Buffer.alloc(bytes - 1, 'a')
  for (let n = 0; n < count; n++) {
    const connection = await openConnection(server.endpoint, headOf(preview, headers(), bytes))
    connection.socket.write(body)
    connections.push(connection)
  }
  return connections
}

describe('the budget of bodies on their way', () => {
  it('refuses long bodies for a known key from a stranger, and nobody else’s', async () => {
    // Whoever knows a key's name sends 13 × 12 MiB under it.
    const bodies = await openBodies(13, 12 * mebibyte, () => signedHead(preview, { ...ingest, secret_key: 'x' }, {}))
    const codes: string[] = []
    while (codes.length < 12) {
      const done = bodies.filter((one) => one.received().includes('\r\n\r\n'))
      codes.length = 0
      codes.push(...(await Promise.all(done.map(async (one) => one.received().slice(9, 12)))))
      await delay(50)
    }
    expect(codes).toEqual(Array(12).fill('503'))
    const refused = await bodies.find((one) => one.received() !== '')?.answer()
    expect([codeOf(refused ?? { body: '{}' }), refused?.headers['retry-after']]).toEqual(['FLUXPORT.0003', '1'])

    const created = await sendSigned(server, { method: 'POST', target: creates, body: '{}', key: account })
    expect([created.status, created.text]).toEqual([200, created.text])
    const lines = JSON.stringify({ lines: Array(5).fill('a'.repeat(60_000)), format: 'combined', domain: 'a.test' })
    const token = { Authorization: `Bearer ${ingest.ingest_token}` }
    const got = await send(server.endpoint, { method: 'POST', target: preview, headers: token, body: lines })
    expect([got.status, got.text.slice(0, 200)]).toEqual([200, got.text.slice(0, 200)])
  })

  it('gives back what a connection held that is gone', async () => {
    const [held] = await openBodies(1, 12 * mebibyte, () => signedHead(preview, { ...ingest, secret_key: 'y' }, {}))
    await delay(1_000)
    held?.socket.destroy()
    await delay(200)
    const body = JSON.stringify({ lines: ['a'], padding: 'a'.repeat(12 * mebibyte) })
    const got = await sendSigned(server, { method: 'POST', target: preview, body, key: ingest })
    expect(got.json['error_code']).toBe('FLUXPORT.0103')
  })
})

describe('many refusals of one address', () => {
  it('are told to come later, in the same shape; a valid key is served all the while', async () => {
    const strict = await startTestServer({ refusalsPerSecond: '1' })
    onTestFinished(strict.stop)
    const refuse = () => send(strict.endpoint, { target: creates, headers: { Authorization: 'Bearer x' } })
    const first = await refuse()
    expect(first.status).toBe(401)
    let last = first
    for (let n = 0; n < 200 && last.status === 401; n++) last = await refuse()
    const message = expectError(last, 429, 'APIGW.0308')
    expect(message).toBe('The throttling threshold has been reached: limit:10,time:10 second')
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(0)
    expect((await sendSigned(strict, { target: creates })).status).toBe(200)
    expect((await sendSigned(strict, { method: 'POST', target: creates, body: '{}' })).status).toBe(200)
  })
})

describe('a server in a process of its own', () => {
  const residentMebibytes = async (processId: number) => {
    const status = await readFile(`/proc/${processId}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
  }

  it('holds nothing of 100 bodies of 12 MiB from keys that there are not', async () => {
    const directory = await temporaryDirectory()
    onTestFinished(directory.remove)
    const served = await serve(join(directory.path, 'data'))
    onTestFinished(served.kill)
    const { endpoint } = served.client
    const host = new URL(endpoint).host
    const heads = [
      { Authorization: 'Bearer nobody.nothing' },
      signHeaders({ ...server, endpoint }, { method: 'POST', target: preview, key: nobody }),
    ]
    const before = await residentMebibytes(served.processId)
    const body = Buffer.alloc(12 * mebibyte - 1, 'a')
    const connections: OpenConnection[] = []
    for (let n = 0; n < 100; n++) {
      const headers = { Host: host, ...heads[n % 2], 'Content-Length': String(12 * mebibyte) }
      const connection = await openConnection(endpoint, headText('POST', preview, headers))
      await new Promise<void>((resolve) => {
        connection.socket.write(body, () => resolve())
      })
      connections.push(connection)
    }
    const grown = (await residentMebibytes(served.processId)) - before
    expect(grown, 'MiB of growth').toBeLessThan(100)
    expect(connections.filter((one) => one.received().startsWith('HTTP/1.1 401')).length).toBeGreaterThanOrEqual(50)
    // 1.2 GB go over the wire, and half of it is hashed.
  }, 400_000)
})
