import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { requestsOf } from '../harness/exports.ts'
import { combinedLine, huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Got, type Json, newAccount, newKey, send, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

const batchBytesMax = 200_000
const path = '/api/v1/log-batches'

let server: TestServer
let token: string
beforeAll(async () => {
  server = await startTestServer({ batchBytesMax: String(batchBytesMax), pushGroupSeconds: '0' })
  token = (await newKey(server, { role: 'ingest' })).ingest_token
})
afterAll(() => server.stop())

type Push = { query?: string; headers?: Record<string, string>; as?: string }

const push = (body: string | Buffer, { query = '', headers = {}, as = token }: Push = {}): Promise<Got> =>
  send(server.endpoint, {
    method: 'POST',
    target: `${path}${query}${query.includes('wait=') ? '' : `${query ? '&' : '?'}wait=true`}`,
    body,
    headers: { Authorization: `Bearer ${as}`, ...headers },
  })

const spooled = async () => (await readdir(join(server.dataDir, 'spool'))).length

let domains = 0
const newDomain = () => `p${++domains}.example.test`

describe('a push', () => {
  it('is a new batch each time without a name and a key: two pushes count twice', async () => {
    const domain = newDomain()
    const ids = new Set<unknown>()
    for (let n = 0; n < 2; n++) {
      const { json, status } = await push(huaweiLine({ domain }))
      expect([status, json['state'], json['requests']]).toEqual([200, 'loaded', 1])
      ids.add(json['batch_id'])
    }
    expect(ids.size).toBe(2)
    expect(await requestsOf(server, domain)).toBe(2)
  })

  it('counts once under one Idempotency-Key, however often it comes', async () => {
    const domain = newDomain()
    const headers = { 'Idempotency-Key': 'the-same' }
    const first = await push(huaweiLine({ domain }), { headers })
    const again = await push(huaweiLine({ domain }), { headers })
    expect([again.status, again.json['batch_id']]).toEqual([200, first.json['batch_id']])
    await push(huaweiLine({ domain }), { headers: { 'Idempotency-Key': 'another' } })
    expect(await requestsOf(server, domain)).toBe(2)
  })

  it('counts once under one Idempotency-Key that comes many times at once', async () => {
    for (let round = 0; round < 5; round++) {
      const domain = newDomain()
      const headers = { 'Idempotency-Key': `at once ${round}` }
      const answers = await Promise.all(Array.from({ length: 12 }, () => push(huaweiLine({ domain }), { headers })))
      for (const { status, json, text } of answers) {
        expect([status, json['state']], text).toEqual([200, 'loaded'])
        expect(json['batch_id']).toBe(answers[0]?.json['batch_id'])
      }
      expect(await requestsOf(server, domain)).toBe(1)
    }
    expect(await spooled()).toBe(0)
  })

  it('has no key when the header is empty', async () => {
    const domain = newDomain()
    for (let n = 0; n < 2; n++) {
      expect((await push(huaweiLine({ domain }), { headers: { 'Idempotency-Key': '' } })).status).toBe(200)
    }
    expect(await requestsOf(server, domain)).toBe(2)
  })

  it('may come again under its key when it failed, or was forgotten', async () => {
    const domain = newDomain()
    const headers = { 'Idempotency-Key': 'failed first' }
    expectError(await push('rubbish\n', { headers }), 422, 'FLUXPORT.0103')
    const { json } = await push(huaweiLine({ domain }), { headers })
    expect(json).toMatchObject({ state: 'loaded', requests: 1 })
    await server.call('DELETE', `${path}/${json['batch_id']}`)
    expect((await push(huaweiLine({ domain }), { headers })).json).toMatchObject({ state: 'loaded' })
    expect(await requestsOf(server, domain)).toBe(1)
  })

  it('does not share its key with another account', async () => {
    const account = await newAccount(server, 'with keys')
    const other = await newKey(server, { role: 'ingest', account_id: account.account_id })
    const domain = newDomain()
    await server.call('PUT', `/api/v1/domains/${domain}`, { account_id: account.account_id })
    const headers = { 'Idempotency-Key': 'shared' }
    const mine = await push(huaweiLine({ domain: newDomain() }), { headers })
    const theirs = await push(huaweiLine({ domain }), { headers, as: other.ingest_token })
    expect(theirs.json).toMatchObject({ state: 'loaded', requests: 1 })
    expect(theirs.json['batch_id']).not.toBe(mine.json['batch_id'])
  })

  it('is a file when it has a name: the same bytes count once, pushed or handed over by path', async () => {
    const domain = newDomain()
    const text = Array.from({ length: 60 }, (_, i) => huaweiLine({ domain, path: `/${i}` })).join('')
    const first = await push(text, { query: '?name=access.log' })
    expect(first.json).toMatchObject({ state: 'loaded', requests: 60, name: 'access.log' })
    const duplicate = { state: 'duplicate', already_loaded_as: first.json['batch_id'] }
    expect((await push(gzipSync(text), { query: '?name=access.log.1.gz' })).json).toMatchObject(duplicate)
    expect((await server.load(text, { name: 'by-path.log' })).json).toMatchObject(duplicate)
    expect(await requestsOf(server, domain)).toBe(60)
  })

  it('is answered once it is durable, before it is loaded, when nobody waits', async () => {
    const { status, json } = await push(huaweiLine({ domain: newDomain() }), { query: '?wait=false' })
    expect([status, ['queued', 'loading'].includes(String(json['state']))]).toEqual([202, true])
    const ended = await server.call('GET', `${path}/${json['batch_id']}?wait_ms=20000`)
    expect(ended.json).toMatchObject({ state: 'loaded', requests: 1 })
  })

  it('may be empty, gzip, or of another format with its domain named', async () => {
    expect((await push('')).json).toMatchObject({ state: 'loaded', lines: 0 })
    expect((await push(gzipSync(huaweiLine()))).json).toMatchObject({ state: 'loaded', requests: 1 })
    const combined = await push(combinedLine(), { query: '?domain=WWW.example.test&format=combined' })
    expect(combined.json).toMatchObject({ state: 'loaded', requests: 1, domain: 'www.example.test' })
  })

  it('may be many on one connection, without a warning', async () => {
    const warnings: Error[] = []
    const listen = (warning: Error) => warnings.push(warning)
    process.on('warning', listen)
    const body = huaweiLine({ domain: newDomain() })
    const headers = { Authorization: `Bearer ${token}`, Connection: 'keep-alive' }
    // fetch keeps its connection; `send` opens one each time.
    for (let n = 0; n < 15; n++)
      await (await fetch(`${server.endpoint}${path}?wait=true`, { method: 'POST', headers, body })).text()
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', listen)
    expect(warnings.map((warning) => warning.name)).not.toContain('MaxListenersExceededWarning')
  })
})

describe('a push over the limit', () => {
  it('gets 413 CDN.0005 and leaves no file behind', async () => {
    const body = huaweiLine().repeat(Math.ceil((batchBytesMax * 2) / huaweiLine().length))
    const got = await push(body)
    expect(expectError(got, 413, 'CDN.0005')).toContain(String(batchBytesMax))
    expect(await spooled()).toBe(0)
  })

  it('is refused in chunks of unsaid length too, and when it is signed', async () => {
    const body = 'a'.repeat(batchBytesMax + 1)
    const headers = { Authorization: `Bearer ${token}` }
    const stream = new Blob([body]).stream()
    const chunked = await fetch(server.endpoint + path, { method: 'POST', headers, body: stream, duplex: 'half' })
    expect(chunked.status).toBe(413)
    const hash = createHash('sha256').update(body).digest('hex')
    const signed = { method: 'POST', target: path, body, headers: { 'X-Sdk-Content-Sha256': hash } }
    expectError(await sendSigned(server, signed), 413, 'CDN.0005')
    expect(await spooled()).toBe(0)
  })

  it('leaves a connection on which the next request is answered', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    try {
      for (let n = 0; n < 5; n++) {
        const body = Buffer.alloc(5 << 20, 'a')
        const sent = { method: 'POST', target: path, body, headers: { Authorization: `Bearer ${token}` } }
        expectError(await send(server.endpoint, { ...sent, agent }), 413, 'CDN.0005')
        expectError(await send(server.endpoint, { target: '/api/v1/accounts', body, agent }), 401, 'APIGW.0301')
        const signed = { target: '/api/v1/accounts', body: body.toString(), agent }
        expectError(await sendSigned(server, signed), 413, 'APIGW.0201')
        expect((await send(server.endpoint, { target: '/healthz', agent })).status).toBe(200)
      }
    } finally {
      agent.destroy()
    }
  })

  it('is refused when it is short, but long once decompressed; nothing of it counts', async () => {
    const domain = newDomain()
    const content = gzipSync(huaweiLine({ domain }).repeat(20_000))
    expect(content.length).toBeLessThan(batchBytesMax)
    expect(expectError(await push(content), 413, 'CDN.0005')).toContain(String(batchBytesMax))
    expect(await spooled()).toBe(0)
    const { json } = await server.call('GET', '/api/v1/domains')
    expect(JSON.stringify(json)).not.toContain(domain)
  })

  it('does not say 413 of one that is exactly as long as allowed', async () => {
    const line = huaweiLine()
    const body = line.repeat(Math.floor(batchBytesMax / line.length)).padEnd(batchBytesMax, '\n')
    expect((await push(body)).json).toMatchObject({ state: 'loaded' })
  })
})

describe('what a push with wrong parameters leaves', () => {
  it('is nothing: no file, no batch', async () => {
    const before = (await server.call('GET', path)).json['total']
    for (const query of ['?format=w4c', '?service_area=mars', '?domain=a%20b', '?name=a&name=b', '?force=2']) {
      const { status } = await push(huaweiLine(), { query })
      expect([query, status]).toEqual([query, 400])
    }
    const account = await newAccount(server, `refused ${domains}`)
    for (const as of ['x', `${account.access_key}.${account.secret_key}`]) {
      expect((await push(huaweiLine(), { as })).status).toBe(401)
    }
    expect((await server.call('GET', path)).json['total']).toBe(before)
    expect(await spooled()).toBe(0)
  })
})

describe('an ingest key that is limited', () => {
  const rejectedOf = async (batch: Json, key: Key) => {
    const shown = await sendSigned(server, { target: `${path}/${batch['batch_id']}`, key })
    return shown.json['rejected'] as { by_reason: unknown; first_lines: Json[] }
  }

  it('to domains has the lines of others rejected, as if they were none', async () => {
    const [own, foreign] = [newDomain(), newDomain()]
    const key = await newKey(server, { role: 'ingest', domains: [own] })
    const content = huaweiLine({ domain: own }) + huaweiLine({ domain: foreign }) + huaweiLine({ domain: own })
    const { json } = await push(content, { as: key.ingest_token })
    expect(json).toMatchObject({ state: 'loaded', requests: 2, rejected_lines: 1 })
    expect(await rejectedOf(json, key)).toMatchObject({
      by_reason: [{ reason: 'domain_not_allowed', lines: 1 }],
      first_lines: [{ line_number: 2, reason: 'domain_not_allowed' }],
    })
    const named = await push(combinedLine(), { as: key.ingest_token, query: `?domain=${foreign}` })
    expect(expectError(named, 422, 'FLUXPORT.0110')).toContain('1 domain_not_allowed')
    expect((await push(huaweiLine({ domain: own.toUpperCase() }), { as: key.ingest_token })).json).toMatchObject({
      requests: 1,
    })
  })

  it('to a source names no other', async () => {
    const key = await newKey(server, { role: 'ingest', source: 'edge-1' })
    const as = key.ingest_token
    expect((await push(huaweiLine(), { as })).json).toMatchObject({ source: 'edge-1' })
    expect((await push(huaweiLine(), { as, query: '?source=edge-1' })).json).toMatchObject({ source: 'edge-1' })
    for (const source of ['edge-2', 'default', '']) {
      expect(expectError(await push(huaweiLine(), { as, query: `?source=${source}` }), 403, 'CDN.0004')).toMatch(
        /edge-1/,
      )
    }
    expect(await spooled()).toBe(0)
  })
})
