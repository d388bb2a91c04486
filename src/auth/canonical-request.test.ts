import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalRequest, percentEncode, stringToSign } from './canonical-request.ts'

type ContractVector = {
  name: string
  method: string
  url: string
  headers: Record<string, string>
  timestamp: string
  payload_sha256: string
  canonical_request: string
  string_to_sign: string
}

/** Vectors of the official signers; they lie beside the repository, not in it. */
const contractFile = new URL('../../../shared/contract/signing-vectors.json', import.meta.url)

const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const host = 'stats.example.net:8443'

const bare = { method: 'GET', headers: {}, signedHeaders: [], payloadHash: emptyHash }
const pathOf = (rawTarget: string) => canonicalRequest({ ...bare, rawTarget }).split('\n')[1]
const queryOf = (rawQuery: string) => canonicalRequest({ ...bare, rawTarget: `/?${rawQuery}` }).split('\n')[2]

describe('the canonical request', () => {
  // Canonical texts were written by hand, hashes made with `openssl dgst -sha256`.
  it.each([
    {
      why: 'a query with spaces, plus signs, bare and repeated keys',
      request: {
        method: 'get',
        rawTarget:
          '/v1/cdn/statistics/export-tasks?task_name=%E6%9C%88%E6%8A%A5+a%20b&task_id&zone=%F0%9F%98%80&zone=%EF%BC%A1' +
          "&limit=!'()*&&limit=",
        headers: { host, 'content-type': 'application/json', 'x-sdk-date': '20260115T093000Z', accept: 'not signed' },
        signedHeaders: ['content-type', 'host', 'x-sdk-date'],
        payloadHash: emptyHash,
      },
      canonical: [
        'GET',
        '/v1/cdn/statistics/export-tasks/',
        'limit=&limit=%21%27%28%29%2A&task_id=&task_name=%E6%9C%88%E6%8A%A5%2Ba%20b&zone=%EF%BC%A1&zone=%F0%9F%98%80',
        'content-type:application/json',
        'host:stats.example.net:8443',
        'x-sdk-date:20260115T093000Z',
        '',
        'content-type;host;x-sdk-date',
        emptyHash,
      ],
      hash: 'bf5e4b4206689fbdd24f184420543ad9075cdbda170063867aacbcee45e27d12',
    },
    {
      why: 'an escaped slash, a malformed escape, a byte that is not UTF-8',
      request: {
        method: 'PUT',
        rawTarget: '/api/v1/log-batches/a%2fb%20c/%ZZ/%ff?source=edge%',
        headers: {
          host,
          'content-type': 'application/gzip',
          'x-sdk-content-sha256': 'UNSIGNED-PAYLOAD',
          'x-sdk-date': '20260701T000000Z',
        },
        signedHeaders: ['content-type', 'host', 'x-sdk-content-sha256', 'x-sdk-date'],
        payloadHash: 'UNSIGNED-PAYLOAD',
      },
      canonical: [
        'PUT',
        '/api/v1/log-batches/a%2Fb%20c/%25ZZ/%FF/',
        'source=edge%25',
        'content-type:application/gzip',
        'host:stats.example.net:8443',
        'x-sdk-content-sha256:UNSIGNED-PAYLOAD',
        'x-sdk-date:20260701T000000Z',
        '',
        'content-type;host;x-sdk-content-sha256;x-sdk-date',
        'UNSIGNED-PAYLOAD',
      ],
      hash: 'aa3aeb55aa099043723fbb4f54af4b07957d1058df467845e08295dd58b5d8e3',
    },
    {
      why: 'an extra leading slash',
      request: {
        method: 'DELETE',
        rawTarget: '/api/v1/export-tasks/7',
        headers: { host, 'x-sdk-date': '20260701T000001Z' },
        signedHeaders: ['host', 'x-sdk-date'],
        payloadHash: emptyHash,
        extraLeadingSlash: true,
      },
      canonical: [
        'DELETE',
        '//api/v1/export-tasks/7/',
        '',
        'host:stats.example.net:8443',
        'x-sdk-date:20260701T000001Z',
        '',
        'host;x-sdk-date',
        emptyHash,
      ],
      hash: '8aed6c1787c5612ee225201891ebb7d814f123bb35cb1bf008b216d0814b8c04',
    },
  ])('holds $why as computed by hand', ({ request, canonical, hash }) => {
    expect(canonicalRequest(request)).toBe(canonical.join('\n'))
    expect(stringToSign('20260115T093000Z', canonicalRequest(request))).toBe(
      `SDK-HMAC-SHA256\n20260115T093000Z\n${hash}`,
    )
  })

  it('is that of the official signers for every vector of the contract', ({ skip }) => {
    if (!existsSync(contractFile)) skip('the contract vectors are not beside this repository')
    const { vectors } = JSON.parse(readFileSync(contractFile, 'utf8')) as { vectors: ContractVector[] }
    expect(vectors.length).toBeGreaterThan(5)
    for (const vector of vectors) {
      const headers = Object.fromEntries(Object.entries(vector.headers).map(([k, v]) => [k.toLowerCase(), v]))
      const canonical = canonicalRequest({
        method: vector.method,
        rawTarget: vector.url.replace(/^https?:\/\/[^/]+/, ''),
        headers,
        signedHeaders: Object.keys(headers).sort(),
        payloadHash: vector.payload_sha256,
      })
      expect(canonical, vector.name).toBe(vector.canonical_request)
      expect(stringToSign(vector.timestamp, canonical), vector.name).toBe(vector.string_to_sign)
    }
  })
})

describe('the canonical path', () => {
  it.each([
    { why: 'keeps the root a single slash', rawTarget: '/', path: '/' },
    { why: 'makes the root of an empty target', rawTarget: '', path: '/' },
    { why: 'adds a slash at the end', rawTarget: '/a', path: '/a/' },
    { why: 'does not add a second one', rawTarget: '/a/', path: '/a/' },
    { why: 'keeps empty and dot segments', rawTarget: '//a/./../b', path: '//a/./../b/' },
    { why: 'turns hex to upper case', rawTarget: '/%e6%97%a5', path: '/%E6%97%A5/' },
    { why: 'decodes what need not be escaped', rawTarget: '/%61%7E%2d', path: '/a~-/' },
    { why: 'decodes once only', rawTarget: '/%2561', path: '/%2561/' },
    { why: 'keeps a plus a plus', rawTarget: '/a+b', path: '/a%2Bb/' },
    {
      why: 'encodes the percent sign of a malformed escape',
      rawTarget: '/%G0/%0g/%4/%',
      path: '/%25G0/%250g/%254/%25/',
    },
    { why: 'keeps different bytes that are not UTF-8 apart', rawTarget: '/%fe%C3', path: '/%FE%C3/' },
  ])('$why', ({ rawTarget, path }) => {
    expect(pathOf(rawTarget)).toBe(path)
  })
})

describe('the canonical query', () => {
  it.each([
    { why: 'is empty without pairs', rawQuery: '', query: '' },
    { why: 'leaves out empty parts', rawQuery: '&a=1&&b=2&', query: 'a=1&b=2' },
    { why: 'gives a bare key an equals sign', rawQuery: 'b&a', query: 'a=&b=' },
    { why: 'splits at the first equals sign', rawQuery: 'a=b=c', query: 'a=b%3Dc' },
    { why: 'takes the second question mark as part of the value', rawQuery: 'a=b?c', query: 'a=b%3Fc' },
    { why: 'sorts the values of one key', rawQuery: 'a=2&a=10&a=1', query: 'a=1&a=10&a=2' },
    { why: 'sorts by decoded keys, before encoding', rawQuery: '%7Ea=1&%C3%A9=2&_=3', query: '_=3&~a=1&%C3%A9=2' },
    { why: 'sorts a key before a longer one', rawQuery: 'a.b=1&a=2', query: 'a=2&a.b=1' },
    {
      why: 'sorts by code point, where UTF-16 puts U+1F600 before U+FF21',
      rawQuery: '%F0%9F%98%80=1&%EF%BC%A1=2',
      query: '%EF%BC%A1=2&%F0%9F%98%80=1',
    },
  ])('$why', ({ rawQuery, query }) => {
    expect(queryOf(rawQuery)).toBe(query)
  })
})

describe('the canonical headers', () => {
  it('are trimmed, in the order signed, and empty when absent', () => {
    const canonical = canonicalRequest({
      ...bare,
      rawTarget: '/',
      headers: { host: ' a.example\t', 'x-b': '1  2' },
      signedHeaders: ['x-b', 'host', 'x-absent'],
    })
    expect(canonical).toBe(`GET\n/\n\nx-b:1  2\nhost:a.example\nx-absent:\n\nx-b;host;x-absent\n${emptyHash}`)
  })

  it('take a name that every object inherits for an absent header', () => {
    const request = { ...bare, rawTarget: '/', signedHeaders: ['constructor', '__proto__'] }
    expect(canonicalRequest(request)).toContain('\nconstructor:\n__proto__:\n\n')
  })
})

describe('any target at all', () => {
  const target = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.string({
      unit: fc.constantFrom('%', '2', 'f', 'F', 'Z', '/', '?', '&', '=', '+', 'é', '\ud800', '😀'),
      maxLength: 80,
    }),
  )

  it('has a canonical form that is canonical already', () => {
    fc.assert(
      fc.property(target, (rawTarget) => {
        const [, path, query] = canonicalRequest({ ...bare, rawTarget }).split('\n')
        const [, pathAgain, queryAgain] = canonicalRequest({ ...bare, rawTarget: `${path}?${query}` }).split('\n')
        expect(path).toMatch(/^([A-Za-z0-9._~/-]|%[0-9A-F]{2})*\/$/)
        expect(query).toMatch(/^([A-Za-z0-9._~=&-]|%[0-9A-F]{2})*$/)
        expect([pathAgain, queryAgain]).toEqual([path, query])
      }),
    )
  })

  it('has the same canonical form when every byte of its values is escaped', () => {
    const escapeAll = (text: string) => Buffer.from(text).toString('hex').replace(/../g, '%$&')
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ unit: 'binary' }), (key, value) => {
        expect(queryOf(`${escapeAll(key)}=${escapeAll(value)}`)).toBe(`${percentEncode(key)}=${percentEncode(value)}`)
        expect(pathOf(`/${escapeAll(key)}`)).toBe(`/${percentEncode(key)}/`)
      }),
    )
  })
})

describe('percentEncode', () => {
  it('encodes as encodeURIComponent does, and the marks that it leaves raw', () => {
    const marks: Record<string, string> = { '!': '%21', "'": '%27', '(': '%28', ')': '%29', '*': '%2A' }
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(percentEncode(text)).toBe(encodeURIComponent(text).replace(/[!'()*]/g, (mark) => marks[mark] ?? ''))
      }),
    )
  })

  it('does not throw at half a surrogate pair', () => {
    expect(percentEncode('a\ud83d')).toBe('a%EF%BF%BD')
  })
})
