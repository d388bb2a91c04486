import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Got, newAccount, newKey, send, sendSigned, signHeaders } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

const target = '/v1/cdn/statistics/export-tasks'
const pushTarget = '/api/v1/log-batches'
const minuteMs = 60_000

let server: TestServer
let account: Key & { account_id: string }
let ingest: Key & { ingest_token: string }
beforeAll(async () => {
  server = await startTestServer()
  account = await newAccount(server, 'customer')
  ingest = await newKey(server, { role: 'ingest', account_id: account.account_id })
  await server.call('PUT', '/api/v1/domains/www.example.test', { account_id: account.account_id })
})
afterAll(() => server.stop())

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
const sha256 = (body: string) => createHash('sha256').update(body).digest('hex')
/** The answer without what differs from one request to the next. */
const withoutId = (got: Got) => ({ ...got.json, request_id: '' })

/** A signed list, with its headers changed after signing. */
function sendChanged(
  change: (headers: Record<string, string>) => Record<string, string>,
  key = server.credentials as Key,
) {
  return send(server.endpoint, { target, headers: change(signHeaders(server, { target, key })) })
}

const authorization = (headers: Record<string, string>) => headers['Authorization'] ?? ''

describe('a request that is not signed', () => {
  const schemes: [string, string | undefined, RegExp][] = [
    ['no Authorization', undefined, /Authorization is missing/],
    ['an empty one', '', /not an SDK-HMAC-SHA256/],
    ['a basic one', basic('user', 'password'), /not an SDK-HMAC-SHA256/],
    ['a bearer one', 'Bearer abc.def', /not an SDK-HMAC-SHA256/],
    ['AWS’s scheme', 'AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=00', /not an SDK-HMAC-SHA256/],
    ['SDK-HMAC-SM3', `SDK-HMAC-SM3 Access=a, SignedHeaders=host;x-sdk-date, Signature=${'0'.repeat(64)}`, /not an SDK/],
    ['V11-HMAC-SHA256', `V11-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=host, Signature=00`, /not an SDK/],
    ['the scheme alone', 'SDK-HMAC-SHA256', /not an SDK-HMAC-SHA256/],
    ['no signature in it', 'SDK-HMAC-SHA256 Access=a, SignedHeaders=host;x-sdk-date', /not an SDK-HMAC-SHA256/],
    ['a very long one', `SDK-HMAC-SHA256 Access=${'a'.repeat(10_000)}`, /not an SDK-HMAC-SHA256/],
  ]
  it.each(schemes)('is refused: %s', async (_name, value, says) => {
    const headers: Record<string, string> = value === undefined ? {} : { Authorization: value }
    const message = expectError(await send(server.endpoint, { target, headers }), 401, 'APIGW.0301')
    expect(message).toMatch(/^Incorrect IAM authentication information: /)
    expect(message).toMatch(says)
  })

  it('is refused on every route but those that are public', async () => {
    const { json } = await server.call('GET', '/openapi.json')
    const paths = json['paths'] as Record<string, Record<string, { operationId: string }>>
    const open: string[] = []
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, { operationId }] of Object.entries(methods)) {
        const got = await send(server.endpoint, {
          method: method.toUpperCase(),
          target: path.replaceAll(/\{\w+\}/g, '1'),
        })
        if (got.status !== 401) open.push(operationId)
        else expectError(got, 401, 'APIGW.0301')
      }
    }
    expect(open.sort()).toEqual([
      ...[
        'createToken',
        'download',
        'health',
        'metrics',
        'ready',
        'showBranding',
        'startConsoleSession',
        'usageMetrics',
      ],
    ])
  })
})

describe('a signature that is not right', () => {
  const nobody = { access_key: 'FLX00000000000000000', secret_key: 'not-a-secret' }

  it('gets one answer, whether the key is unknown, revoked, of another secret, or the signature altered', async () => {
    const revoked = await newKey(server, { role: 'account' })
    await server.call('DELETE', `/api/v1/access-keys/${revoked.access_key}`)
    const answers = [
      await sendSigned(server, { target, key: nobody }),
      await sendSigned(server, { target, key: { ...nobody, access_key: server.credentials.access_key } }),
      await sendSigned(server, { target, key: { ...account, access_key: account.access_key.toLowerCase() } }),
      await sendSigned(server, { target, key: revoked }),
      await sendChanged((headers) => ({
        ...headers,
        Authorization: authorization(headers).replace(/.$/, (digit) => (digit === '0' ? '1' : '0')),
      })),
    ]
    for (const got of answers) {
      expect(expectError(got, 401, 'APIGW.0301')).toMatch(/: verify aksk signature fail$/)
      expect(withoutId(got)).toEqual(withoutId(answers[0] as Got))
      expect(Object.keys(got.headers).sort()).toEqual(Object.keys(answers[0]?.headers ?? {}).sort())
    }
  })

  it('is one of a request that was altered on its way: path, query, body, method, host, content type', async () => {
    const body = '{"language":"en"}'
    const headers = signHeaders(server, { method: 'POST', target, body })
    const altered = [
      { method: 'POST', target, body: '{"language":"zh"}', headers },
      { method: 'POST', target, body: `${body} `, headers },
      { method: 'POST', target: `${target}?limit=1`, body, headers },
      { method: 'POST', target: '/api/v1/accounts', body, headers },
      { method: 'PUT', target: '/api/v1/domains/a.example.test', body, headers },
      { method: 'POST', target, body, headers: { ...headers, Host: 'elsewhere.example.test' } },
      { method: 'POST', target, body, headers: { ...headers, 'Content-Type': 'text/plain' } },
    ]
    for (const sent of altered) {
      expect(expectError(await send(server.endpoint, sent), 401, 'APIGW.0301')).toMatch(/signature fail$/)
    }
    expect((await send(server.endpoint, { method: 'POST', target, body, headers })).status).toBe(200)
  })

  it('is one of a query with another value, one more, or one less', async () => {
    const signed = `${target}?limit=1&offset=0`
    const headers = signHeaders(server, { target: signed })
    for (const query of ['?limit=2&offset=0', '?limit=1&offset=0&task_id=x', '?limit=1', '']) {
      expectError(await send(server.endpoint, { target: target + query, headers }), 401, 'APIGW.0301')
    }
    expect((await send(server.endpoint, { target: `${target}?offset=0&limit=1`, headers })).status).toBe(200)
  })

  it('has x-sdk-date among its headers, each once, or is none', async () => {
    for (const names of ['content-type;host', 'content-type', 'host;host;x-sdk-date']) {
      const got = await sendChanged((headers) => ({
        ...headers,
        Authorization: authorization(headers).replace(/SignedHeaders=[^,]+/, `SignedHeaders=${names}`),
      }))
      expect(expectError(got, 401, 'APIGW.0301')).toMatch(/not an SDK-HMAC-SHA256 signature/)
    }
  })
})

describe('the date of a signature', () => {
  it.each([-16 * minuteMs, 16 * minuteMs, -86_400_000, 20 * 365 * 86_400_000])('is refused %i ms away', async (ms) => {
    const got = await sendSigned(server, { target, nowMs: Date.now() + ms })
    expect(expectError(got, 401, 'APIGW.0303')).toMatch(/15 minutes/)
  })

  it.each([-14 * minuteMs, 14 * minuteMs])('is taken %i ms away', async (ms) => {
    expect((await sendSigned(server, { target, nowMs: Date.now() + ms })).status).toBe(200)
  })

  it.each(['', 'yesterday', '2026-09-01T00:00:00Z', '20260230T000000Z', '20260901T000000', '1788192000'])(
    'is refused in another form: %j',
    async (date) => {
      const got = await sendChanged((headers) => ({ ...headers, 'X-Sdk-Date': date }))
      expect(expectError(got, 401, 'APIGW.0301')).toMatch(/X-Sdk-Date is missing or not YYYYMMDDTHHMMSSZ/)
    },
  )

  it('is refused when it is missing, and when it is another than the signed one', async () => {
    const missing = await sendChanged(({ 'X-Sdk-Date': _, ...headers }) => headers)
    expect(expectError(missing, 401, 'APIGW.0301')).toMatch(/X-Sdk-Date/)
    const other = new Date(Date.now() - minuteMs).toISOString().replaceAll(/[-:]|\.\d+/g, '')
    expectError(await sendChanged((headers) => ({ ...headers, 'X-Sdk-Date': other })), 401, 'APIGW.0301')
  })
})

describe('the hash of a body', () => {
  const body = '{"language":"en"}'
  const post = (hash: string, sent = body) =>
    sendSigned(server, { method: 'POST', target, body: sent, headers: { 'X-Sdk-Content-Sha256': hash } })

  it('is checked against the body', async () => {
    expect((await post(sha256(body))).status).toBe(200)
    for (const hash of [sha256('{}'), sha256(''), 'abc', '0'.repeat(64)]) {
      expect(expectError(await post(hash), 401, 'APIGW.0301')).toMatch(/X-Sdk-Content-Sha256/)
    }
  })

  it('must be there for JSON: UNSIGNED-PAYLOAD is refused', async () => {
    expect(expectError(await post('UNSIGNED-PAYLOAD'), 401, 'APIGW.0301')).toMatch(/X-Sdk-Content-Sha256/)
  })

  it('is that of the empty body, or of what a GET carries', async () => {
    expect((await sendSigned(server, { target, body: '{}' })).status).toBe(200)
    expect((await sendSigned(server, { target: '/v3/auth/domains', body: '{}' })).status).toBe(200)
    const headers = signHeaders(server, { target })
    expectError(await send(server.endpoint, { target, headers, body: '{}' }), 401, 'APIGW.0301')
    const signedBody = signHeaders(server, { target, body: '{}' })
    expectError(await send(server.endpoint, { target, headers: signedBody }), 401, 'APIGW.0301')
  })

  it('is that of a pushed log, or nothing is loaded', async () => {
    const log = huaweiLine()
    const push = (headers: Record<string, string>) =>
      sendSigned(server, { method: 'POST', target: `${pushTarget}?wait=true`, body: log, headers, key: ingest })
    expect(expectError(await push({ 'X-Sdk-Content-Sha256': sha256('else') }), 401, 'APIGW.0301')).toMatch(/body/)
    expect(expectError(await push({}), 401, 'APIGW.0301')).toMatch(/X-Sdk-Content-Sha256/)
    expect((await server.call('GET', pushTarget)).json['total']).toBe(0)
    expect((await push({ 'X-Sdk-Content-Sha256': sha256(log) })).json).toMatchObject({ state: 'loaded', requests: 1 })
    expect((await push({ 'X-Sdk-Content-Sha256': 'UNSIGNED-PAYLOAD' })).json).toMatchObject({ state: 'loaded' })
  })
})

describe('the wire forms of the official SDKs', () => {
  it('bare keys, as Go sends them', async () => {
    const headers = signHeaders(server, { target: `${target}?limit=10&task_id=&task_name=` })
    const got = await send(server.endpoint, { target: `${target}?limit=10&task_id&task_name`, headers })
    expect(got.status, got.text).toBe(200)
  })

  it('raw marks in a query, as Node sends them', async () => {
    const headers = signHeaders(server, { target: `${target}?task_name=%21%27%28%29%2A~` })
    const got = await send(server.endpoint, { target: `${target}?task_name=!'()*~`, headers })
    expect(got.status, got.text).toBe(200)
  })

  it('a user agent that is signed, as Python and Java do', async () => {
    const headers = { 'User-Agent': 'huaweicloud-usdk-python/3.0', 'X-Domain-Id': '0123456789abcdef' }
    expect((await sendSigned(server, { target, headers })).status).toBe(200)
    const signed = signHeaders(server, { target, headers })
    const altered = { ...signed, 'User-Agent': 'another' }
    expectError(await send(server.endpoint, { target, headers: altered }), 401, 'APIGW.0301')
  })
})

describe('GET /v3/auth/domains', () => {
  it('answers the account of the key, as the SDKs look for it', async () => {
    for (const key of [account, ingest]) {
      expect((await sendSigned(server, { target: '/v3/auth/domains', key })).json).toEqual({
        domains: [
          {
            id: account.account_id,
            name: 'customer',
            enabled: true,
            links: { self: `/v3/domains/${account.account_id}` },
          },
        ],
        links: { self: '/v3/auth/domains' },
      })
    }
    const { json } = await sendSigned(server, { target: '/v3/auth/domains' })
    expect(json['domains']).toMatchObject([{ id: server.credentials.account_id, name: 'default' }])
  })
})
