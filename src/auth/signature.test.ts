import { createHash, createHmac } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  equalsDigest,
  maxClockSkewMs,
  parseAuthorization,
  parseSdkDate,
  type SignedRequest,
  signatureMatches,
} from './signature.ts'

type ContractVector = {
  name: string
  method: string
  url: string
  headers: Record<string, string>
  body: string
  sk: string
  authorization: string
}

/** Vectors of the official signers; they lie beside the repository, not in it. */
const contractFile = new URL('../../../shared/contract/signing-vectors.json', import.meta.url)

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const signature = '0123456789abcdef'.repeat(4)
const header = (names: string, accessKey = 'MADEUPKEY0001') =>
  `SDK-HMAC-SHA256 Access=${accessKey}, SignedHeaders=${names}, Signature=${signature}`

const secretKey = 'made-up/secret+1=é'
const host = 'stats.example.net:8443'

/** Signed with the secret key above by `openssl dgst -sha256 -mac HMAC`, over canonical requests written by hand. */
const signedRequests: { why: string; request: SignedRequest }[] = [
  {
    why: 'a query with spaces, plus signs, bare and repeated keys',
    request: {
      method: 'GET',
      rawTarget:
        '/v1/cdn/statistics/export-tasks?task_name=%E6%9C%88%E6%8A%A5+a%20b&task_id&zone=%F0%9F%98%80&zone=%EF%BC%A1' +
        "&limit=!'()*&&limit=",
      headers: { host, 'content-type': 'application/json', 'x-sdk-date': '20260115T093000Z', accept: 'not signed' },
      payloadHash: sha256(''),
      authorization: {
        signedHeaders: ['content-type', 'host', 'x-sdk-date'],
        signature: '8e18e7fac7546b7035860aae83a68d7e7fe4feaa3036225ee4c58ae035e5a3c6',
      },
      secretKey,
    },
  },
  {
    why: 'a body and the headers of a caller',
    request: {
      method: 'POST',
      rawTarget: '/v1/cdn/statistics/export-tasks',
      headers: {
        host,
        'content-type': 'application/json; charset=utf-8',
        'user-agent': '  example-agent/1.0 ',
        'x-domain-id': 'made-up-account',
        'x-sdk-date': '20240229T235959Z',
      },
      payloadHash: sha256('{"domain_name":"例.example"}\n'),
      authorization: {
        signedHeaders: ['content-type', 'host', 'user-agent', 'x-domain-id', 'x-sdk-date'],
        signature: 'd38dc057d2439692cc5b1062df5f4f72c12f381c6ba4a5ebf992ef584cc406a0',
      },
      secretKey,
    },
  },
  {
    why: 'an unsigned body and a path with malformed escapes',
    request: {
      method: 'PUT',
      rawTarget: '/api/v1/log-batches/a%2fb%20c/%ZZ/%ff?source=edge%',
      headers: {
        host,
        'content-type': 'application/gzip',
        'x-sdk-content-sha256': 'UNSIGNED-PAYLOAD',
        'x-sdk-date': '20260701T000000Z',
      },
      payloadHash: 'UNSIGNED-PAYLOAD',
      authorization: {
        signedHeaders: ['content-type', 'host', 'x-sdk-content-sha256', 'x-sdk-date'],
        signature: '0f1702e78436ebb987eb9a6ef14b9b4d2fe92ff63f3847198d23dce31f7ee124',
      },
      secretKey,
    },
  },
  {
    why: 'a path that was signed with one leading slash more than was sent',
    request: {
      method: 'DELETE',
      rawTarget: '/api/v1/export-tasks/7',
      headers: { host, 'x-sdk-date': '20260701T000001Z' },
      payloadHash: sha256(''),
      authorization: {
        signedHeaders: ['host', 'x-sdk-date'],
        signature: '010ebd84ec4b0234c6dc27dd5915ce3ec92d9923e9fb7d4d13647f48c546e2c6',
      },
      secretKey,
    },
  },
]

describe('signatureMatches', () => {
  it.each(signedRequests)('accepts $why', ({ request }) => {
    expect(signatureMatches(request)).toBe(true)
  })

  it.each(signedRequests)('refuses any change to $why', ({ request }) => {
    const { headers, authorization } = request
    const changed: Record<string, SignedRequest> = {
      method: { ...request, method: 'PATCH' },
      path: { ...request, rawTarget: `/x${request.rawTarget}` },
      query: { ...request, rawTarget: `${request.rawTarget}${request.rawTarget.includes('?') ? '&' : '?'}x=1` },
      host: { ...request, headers: { ...headers, host: 'other.example' } },
      'absent host': { ...request, headers: { ...headers, host: undefined } },
      date: { ...request, headers: { ...headers, 'x-sdk-date': '20260115T093001Z' } },
      'absent date': { ...request, headers: { ...headers, 'x-sdk-date': undefined } },
      body: { ...request, payloadHash: sha256('other') },
      'a header fewer': { ...request, authorization: { ...authorization, signedHeaders: ['host', 'x-sdk-date', 'x'] } },
      secret: { ...request, secretKey: `${request.secretKey}x` },
      signature: { ...request, authorization: { ...authorization, signature } },
      'short signature': {
        ...request,
        authorization: { ...authorization, signature: authorization.signature.slice(2) },
      },
    }
    for (const [what, request] of Object.entries(changed)) expect(signatureMatches(request), what).toBe(false)
  })

  it('accepts every vector of the contract', ({ skip }) => {
    if (!existsSync(contractFile)) skip('the contract vectors are not beside this repository')
    const { vectors } = JSON.parse(readFileSync(contractFile, 'utf8')) as { vectors: ContractVector[] }
    expect(vectors.length).toBeGreaterThan(5)
    for (const vector of vectors) {
      const authorization = parseAuthorization(vector.authorization)
      if (authorization === undefined) throw new Error(`cannot parse the header of ${vector.name}`)
      const request = {
        method: vector.method,
        rawTarget: vector.url.replace(/^https?:\/\/[^/]+/, ''),
        headers: Object.fromEntries(Object.entries(vector.headers).map(([k, v]) => [k.toLowerCase(), v])),
        payloadHash: sha256(vector.body),
        authorization,
        secretKey: vector.sk,
      }
      expect(signatureMatches(request), vector.name).toBe(true)
      expect(signatureMatches({ ...request, payloadHash: sha256('x') }), vector.name).toBe(false)
    }
  })

  it('never matches an empty secret key, though anyone can sign with one', () => {
    const toSign = `GET\n/\n\nhost:a.example\nx-sdk-date:20260701T000000Z\n\nhost;x-sdk-date\n${sha256('')}`
    const text = `SDK-HMAC-SHA256\n20260701T000000Z\n${sha256(toSign)}`
    const signedWith = (key: string) => ({
      method: 'GET',
      rawTarget: '/',
      headers: { host: 'a.example', 'x-sdk-date': '20260701T000000Z' },
      payloadHash: sha256(''),
      authorization: {
        signedHeaders: ['host', 'x-sdk-date'],
        signature: createHmac('sha256', key).update(text).digest('hex'),
      },
      secretKey: key,
    })
    expect(signatureMatches(signedWith('k'))).toBe(true)
    expect(signatureMatches(signedWith(''))).toBe(false)
  })
})

describe('parseAuthorization', () => {
  it.each([
    { why: 'the form of the SDKs', text: header('content-type;host;x-sdk-date') },
    { why: 'what the Go SDK signs', text: header('user-agent;x-sdk-date') },
    { why: 'an order that is not alphabetical', text: header('x-sdk-date;host') },
    { why: 'members without a space between', text: header('host;x-sdk-date').replaceAll(', ', ',') },
    { why: 'names with all marks of a token', text: header("host;x-sdk-date;!#$%&'*+.^_`|~-9") },
    { why: 'an access key of 128 characters with marks', text: header('host;x-sdk-date', '+/='.padEnd(128, 'K')) },
    { why: 'exactly 8 KiB', text: header(`host;x-sdk-date;${'x'.repeat(8192 - header('host;x-sdk-date;').length)}`) },
  ])('reads $why', ({ text }) => {
    const [, accessKey, names] = /Access=([^,]+), ?SignedHeaders=([^,]+),/.exec(text) ?? []
    expect(parseAuthorization(text)).toEqual({ accessKey, signedHeaders: names?.split(';'), signature })
  })

  const good = header('host;x-sdk-date')
  it.each([
    { why: 'nothing', text: '' },
    { why: 'another scheme', text: good.replace('SDK-HMAC-SHA256', 'SDK-HMAC-SM3') },
    { why: 'a scheme in lower case', text: good.replace('SDK-HMAC-SHA256', 'sdk-hmac-sha256') },
    { why: 'a derived key', text: good.replace('SDK-HMAC-SHA256 Access', 'V11-HMAC-SHA256 Credential') },
    { why: 'text before', text: ` ${good}` },
    { why: 'text after', text: `${good}, Extra=1` },
    { why: 'a newline after', text: `${good}\n` },
    { why: 'no access key', text: header('host;x-sdk-date', '') },
    { why: 'an access key with a space', text: header('host;x-sdk-date', 'A B') },
    { why: 'an access key of 129 characters', text: header('host;x-sdk-date', 'K'.repeat(129)) },
    { why: 'an access key that is not ASCII', text: header('host;x-sdk-date', 'KÉ') },
    { why: 'no x-sdk-date', text: header('content-type;host') },
    { why: 'no signed headers', text: header('') },
    { why: 'an upper-case name', text: header('host;x-sdk-date;X-Domain-Id') },
    { why: 'an empty name', text: header('host;;x-sdk-date') },
    { why: 'a repeated name', text: header('host;host;x-sdk-date') },
    { why: 'a name that is no token', text: header('host;x-sdk-date;x:y') },
    { why: 'a signature of 63 digits', text: good.slice(0, -1) },
    { why: 'a signature of 65 digits', text: `${good}0` },
    { why: 'an upper-case signature', text: good.replace(signature, signature.toUpperCase()) },
    { why: 'a signature that is not hex', text: good.replace(signature, 'g'.repeat(64)) },
    {
      why: '8 KiB and a byte',
      text: header(`host;x-sdk-date;${'x'.repeat(8193 - header('host;x-sdk-date;').length)}`),
    },
  ])('refuses $why', ({ text }) => {
    expect(parseAuthorization(text)).toBeUndefined()
  })

  it('gives an answer to any text', () => {
    const unit = fc.constantFrom(
      'SDK-HMAC-SHA256 ',
      'Access=',
      ', ',
      'SignedHeaders=',
      'host',
      ';',
      'x-sdk-date',
      'Signature=',
      'K',
    )
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit }), fc.string({ unit: 'binary' })), (text) => {
        expect(parseAuthorization(text)).toBeUndefined() // no signature among the units
      }),
    )
  })
})

describe('parseSdkDate', () => {
  it.each([
    { text: '20260901T000000Z', timeMs: Date.UTC(2026, 8, 1) },
    { text: '20240229T235959Z', timeMs: Date.UTC(2024, 1, 29, 23, 59, 59) },
    { text: '19700101T000001Z', timeMs: 1000 },
    { text: '00500101T000000Z', timeMs: Date.parse('0050-01-01T00:00:00Z') },
    { text: '99991231T235959Z', timeMs: Date.UTC(9999, 11, 31, 23, 59, 59) },
  ])('reads $text', ({ text, timeMs }) => {
    expect(parseSdkDate(text)).toBe(timeMs)
  })

  it.each([
    { why: 'a day that does not exist', text: '20260230T000000Z' },
    { why: '29 February of a common year', text: '20260229T000000Z' },
    { why: '31 April', text: '20260431T000000Z' },
    { why: 'month 0', text: '20260001T000000Z' },
    { why: 'month 13', text: '20261301T000000Z' },
    { why: 'day 0', text: '20260100T000000Z' },
    { why: '24:00:00', text: '20260101T240000Z' },
    { why: 'minute 60', text: '20260101T006000Z' },
    { why: 'a leap second', text: '20261231T235960Z' },
    { why: 'the extended form', text: '2026-09-01T00:00:00Z' },
    { why: 'fractions', text: '20260901T000000.000Z' },
    { why: 'another zone', text: '20260901T000000+0800' },
    { why: 'no zone', text: '20260901T000000' },
    { why: 'lower case', text: '20260901t000000z' },
    { why: 'a space around', text: ' 20260901T000000Z' },
    { why: 'a newline after', text: '20260901T000000Z\n' },
    { why: 'digits of another script', text: '２0260901T000000Z' },
    { why: 'nothing', text: '' },
  ])('refuses $why', ({ text }) => {
    expect(parseSdkDate(text)).toBeUndefined()
  })

  it('is to be held against a quarter of an hour', () => {
    expect(maxClockSkewMs).toBe(900_000)
  })
})

describe('equalsDigest', () => {
  it.each([
    { why: 'the same digest', receivedHex: '00ff', equal: true },
    { why: 'another digest', receivedHex: '00fe', equal: false },
    { why: 'fewer digits', receivedHex: '00', equal: false },
    { why: 'more digits', receivedHex: '00ff00', equal: false },
    { why: 'nothing', receivedHex: '', equal: false },
    { why: 'upper case', receivedHex: '00FF', equal: false },
    { why: 'no hex', receivedHex: '00fg', equal: false },
    { why: 'characters of two bytes', receivedHex: '00éé', equal: false },
  ])('$why: $equal', ({ receivedHex, equal }) => {
    expect(equalsDigest(receivedHex, Buffer.from('00ff', 'hex'))).toBe(equal)
  })
})
