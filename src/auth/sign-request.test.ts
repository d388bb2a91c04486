import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type RequestToSign, signRequest } from './sign-request.ts'
import { parseAuthorization, parseSdkDate, signatureMatches } from './signature.ts'

const nowMs = Date.UTC(2026, 8, 1, 8, 5, 9, 999)
const request: RequestToSign = {
  method: 'GET',
  url: new URL('https://stats.example.net:8443/v1/cdn/statistics/export-tasks?limit=10'),
  accessKey: 'MADEUPKEY0001',
  secretKey: 'made-up/secret+1=é',
  nowMs,
}

const sha256 = (body: string | Uint8Array) => createHash('sha256').update(body).digest('hex')
const lowerCased = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

/** True if a server accepts the request, given its target, its headers in lower case and its body. */
function isAccepted(received: {
  method: string
  rawTarget: string
  headers: Record<string, string | undefined>
  body: string | Uint8Array
  secretKey: string
}) {
  const { headers, body, ...rest } = received
  const authorization = parseAuthorization(headers['authorization'] ?? '')
  if (authorization === undefined) return false
  const payloadHash = headers['x-sdk-content-sha256'] ?? sha256(body)
  return signatureMatches({ ...rest, headers, payloadHash, authorization })
}

function accepts(signed: RequestToSign, changes: { body?: string | Uint8Array; secretKey?: string } = {}) {
  const headers: Record<string, string> = { ...lowerCased(signRequest(signed)), host: signed.url.host }
  const rawTarget = signed.url.pathname + signed.url.search
  const { method, secretKey } = signed
  return isAccepted({ method, rawTarget, headers, body: signed.body ?? '', secretKey, ...changes })
}

describe('signRequest', () => {
  it('gives the headers to send, with the date in whole seconds', () => {
    const headers = signRequest(request)
    expect(Object.keys(headers).sort()).toEqual(['Authorization', 'Content-Type', 'X-Sdk-Date'])
    expect(headers['Content-Type']).toBe('application/json')
    expect(headers['X-Sdk-Date']).toBe('20260901T080509Z')
    expect(parseSdkDate(headers['X-Sdk-Date'] ?? '')).toBe(nowMs - 999)
    expect(headers['Authorization']).toMatch(
      /^SDK-HMAC-SHA256 Access=MADEUPKEY0001, SignedHeaders=content-type;host;x-sdk-date, Signature=[0-9a-f]{64}$/,
    )
  })

  // The canonical request was written by hand, the signature made with `openssl dgst -sha256 -mac HMAC`.
  it('signs as computed by hand', () => {
    const headers = signRequest({
      ...request,
      method: 'post',
      url: new URL('https://stats.example.net:8443/v1/cdn/statistics/export-tasks'),
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'User-Agent': 'example-agent/1.0',
        'X-Domain-Id': 'made-up-account',
      },
      body: '{"domain_name":"例.example"}\n',
      nowMs: Date.UTC(2024, 1, 29, 23, 59, 59),
    })
    expect(headers['Authorization']).toBe(
      'SDK-HMAC-SHA256 Access=MADEUPKEY0001, SignedHeaders=content-type;host;user-agent;x-domain-id;x-sdk-date, ' +
        'Signature=d38dc057d2439692cc5b1062df5f4f72c12f381c6ba4a5ebf992ef584cc406a0',
    )
  })

  it('leaves the body of a stream unsigned, and says so in a signed header', () => {
    const headers = signRequest({ ...request, unsignedPayload: true, headers: { 'X-Sdk-Content-Sha256': 'replaced' } })
    expect(headers['x-sdk-content-sha256']).toBe('UNSIGNED-PAYLOAD')
    expect(headers).not.toHaveProperty('X-Sdk-Content-Sha256')
    expect(parseAuthorization(headers['Authorization'] ?? '')?.signedHeaders).toContain('x-sdk-content-sha256')
    expect(accepts({ ...request, unsignedPayload: true }, { body: 'anything' })).toBe(true)
  })

  it('takes a given hash for that of the body, which it need not see', () => {
    const headers = { 'X-Sdk-Content-Sha256': sha256('a long file') }
    expect(accepts({ ...request, headers })).toBe(true)
    expect(signRequest({ ...request, headers })['Authorization']).not.toBe(signRequest(request)['Authorization'])
  })

  it('replaces a host, a date and a signature from an earlier attempt', () => {
    const earlier = { Host: 'other.example', 'x-sdk-date': '20200101T000000Z', authorization: 'Basic eDp5' }
    expect(signRequest({ ...request, headers: earlier })).toEqual(signRequest(request))
  })

  it.each([
    { why: 'an access key with a comma', changes: { accessKey: 'A,B' } },
    { why: 'an access key with a newline', changes: { accessKey: 'A\nB' } },
    { why: 'a header name with a semicolon', changes: { headers: { 'x;y': '1' } } },
    { why: 'more header names than fit', changes: { headers: { ['x'.repeat(8192)]: '1' } } },
    { why: 'a header given twice', changes: { headers: { 'X-A': '1', 'x-a': '2' } } },
    { why: 'a time that is no date', changes: { nowMs: Number.NaN } },
  ])('throws rather than sign $why', ({ changes }) => {
    expect(() => signRequest({ ...request, ...changes })).toThrow()
  })
})

const segment = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }).map(encodeURIComponent),
  fc.constantFrom('%', '%zZ', '%2f', '+', ''),
)
const target = fc
  .tuple(
    fc.array(segment, { maxLength: 4 }),
    fc.array(fc.tuple(segment, fc.constantFrom('=', ''), segment), { maxLength: 5 }),
  )
  .map(([path, query]) => `/${path.join('/')}?${query.map((pair) => pair.join('')).join('&')}`)

const headers = fc.dictionary(
  fc.stringMatching(/^[Xx]-[A-Za-z]{3}-[a-z0-9]{1,8}$/),
  fc.stringMatching(/^[ -~]{0,20}$/),
  { maxKeys: 4 },
)

const randomRequest = fc.record(
  {
    method: fc.constantFrom('GET', 'post', 'PUT', 'DELETE', 'PATCH'),
    url: target.map((path) => new URL(`http://user@127.0.0.1:8080${path}#fragment`)),
    headers: headers.filter((given) => new Set(Object.keys(lowerCased(given))).size === Object.keys(given).length),
    body: fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array()),
    accessKey: fc.stringMatching(/^[A-Z0-9]{1,32}$/),
    secretKey: fc.string({ unit: 'binary', minLength: 1 }),
    nowMs: fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) }),
    unsignedPayload: fc.boolean(),
  },
  { requiredKeys: ['method', 'url', 'accessKey', 'secretKey', 'nowMs'] },
)

describe('any request', () => {
  it('that was signed is accepted', () => {
    fc.assert(
      fc.property(randomRequest, (signed) => {
        expect(accepts(signed)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it('is refused with another secret key, or with another body unless that is unsigned', () => {
    fc.assert(
      fc.property(randomRequest, (signed) => {
        expect(accepts(signed, { secretKey: `${signed.secretKey}x` })).toBe(false)
        const longer = Buffer.concat([Buffer.from(signed.body ?? ''), Buffer.from('x')])
        expect(accepts(signed, { body: longer })).toBe(signed.unsignedPayload === true)
      }),
    )
  })
})

describe('a request over the wire', () => {
  const received = async (message: IncomingMessage) => ({
    method: message.method ?? '',
    rawTarget: message.url ?? '',
    headers: Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)])),
    body: await buffer(message),
  })

  it.each([
    { why: 'with a query in need of escapes', method: 'GET', path: "/a%20b/%E6%97%A5/?q=é '()*!&bare&p=a+b&n=%ZZ" },
    { why: 'with a body', method: 'POST', path: '/v1/x', body: '{"name":"日报"}' },
    {
      why: 'with headers around white space',
      method: 'PUT',
      path: '/',
      headers: { 'X-A': ' 1 ', 'User-Agent': 'test/1' },
    },
  ])('is what was signed: $why', async ({ path, ...sent }) => {
    const accepted: boolean[] = []
    const server = createServer(async (message, response) => {
      accepted.push(isAccepted({ ...(await received(message)), secretKey: request.secretKey }))
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const url = new URL(path, `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
      await fetch(url, { ...sent, headers: signRequest({ ...request, ...sent, url }) })
    } finally {
      server.close()
    }
    expect(accepted).toEqual([true])
  })
})
