import { createHash } from 'node:crypto'

/** The only accepted signature scheme, as written in `Authorization` and in the string to sign. */
export const signatureScheme = 'SDK-HMAC-SHA256'

/** The parts of a request that a signature covers. */
export type CanonicalRequestParts = {
  /** Any case; signed in upper case. */
  method: string
  /**
   * Path and query as on the request line (`/path?query`), still percent-encoded. The HTTP parser bounds the length.
   */
  rawTarget: string
  /** Lower-case name to value. A signed header that is absent counts as empty, as in the official signers. */
  headers: Readonly<Record<string, string | undefined>>
  /** Lower-case names in the order of `SignedHeaders`; signers sort them, and the order is itself signed. */
  signedHeaders: readonly string[]
  /** Hex SHA-256 of the body bytes, or the value of `X-Sdk-Content-Sha256` where the request carries that header. */
  payloadHash: string
  /** Signs `//path` for `/path`, as the Node SDK does when its endpoint ends in a slash. Default false. */
  extraLeadingSlash?: boolean
}

const percentSign = 0x25
const unreserved = new Set(Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~'))

const encodedBytes: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  unreserved.has(byte) ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
)

/**
 * Percent-encodes all but `A-Z a-z 0-9 - . _ ~`, with upper-case hex. Text is encoded as UTF-8. A lone surrogate
 * becomes U+FFFD, so no text makes it throw, unlike `encodeURIComponent`.
 */
export function percentEncode(value: string | Uint8Array): string {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value
  let encoded = ''
  for (const byte of bytes) encoded += encodedBytes[byte] ?? ''
  return encoded
}

/** The value of an ASCII hex digit, or -1. */
function hexDigitValue(byte: number | undefined): number {
  if (byte === undefined) return -1
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lowerCased = byte | 0x20
  return lowerCased >= 0x61 && lowerCased <= 0x66 ? lowerCased - 0x57 : -1
}

/**
 * Decodes `%XX` to bytes, not to text, so that bytes outside UTF-8 keep distinct canonical forms instead of all
 * becoming U+FFFD. A `%` without two hex digits stays as it is, and `+` is a plus.
 */
function percentDecode(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8')
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    const high = byte === percentSign ? hexDigitValue(bytes[at + 1]) : -1
    const low = high < 0 ? -1 : hexDigitValue(bytes[at + 2])
    bytes[length++] = low < 0 ? byte : high * 16 + low
    if (low >= 0) at += 2
  }
  return bytes.subarray(0, length)
}

/** Ends the path with a slash, whatever was received; `/` alone stays `/`. */
function canonicalPath(rawPath: string): string {
  const path = rawPath
    .split('/')
    .map((segment) => percentEncode(percentDecode(segment)))
    .join('/')
  return path.endsWith('/') ? path : `${path}/`
}

/** Pairs are sorted by decoded key, then value, as UTF-8 bytes, which is the order of code points. */
function canonicalQuery(rawQuery: string): string {
  return rawQuery
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=')
      const key = percentDecode(equals < 0 ? pair : pair.slice(0, equals))
      return { key, value: percentDecode(equals < 0 ? '' : pair.slice(equals + 1)) }
    })
    .sort((a, b) => Buffer.compare(a.key, b.key) || Buffer.compare(a.value, b.value))
    .map(({ key, value }) => `${percentEncode(key)}=${percentEncode(value)}`)
    .join('&')
}

/** Reads only an own property: a signed header may be called `constructor`. */
function headerValue(headers: CanonicalRequestParts['headers'], name: string): string {
  return (Object.hasOwn(headers, name) ? headers[name] : undefined)?.trim() ?? ''
}

/**
 * The canonical text of a request, without a newline at its end. The official SDKs encode the same request in different
 * ways on the wire (bare keys, raw `!'()*`), so path and query are decoded and encoded again. Never throws, whatever the
 * target and headers hold. Values are text to be hashed as UTF-8.
 */
export function canonicalRequest(request: CanonicalRequestParts): string {
  const { method, rawTarget, headers, signedHeaders, payloadHash, extraLeadingSlash = false } = request
  const question = rawTarget.indexOf('?')
  const path = canonicalPath(question < 0 ? rawTarget : rawTarget.slice(0, question))
  return [
    method.toUpperCase(),
    extraLeadingSlash ? `/${path}` : path,
    canonicalQuery(question < 0 ? '' : rawTarget.slice(question + 1)),
    signedHeaders.map((name) => `${name}:${headerValue(headers, name)}\n`).join(''),
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n')
}

/**
 * The text that the secret key signs: scheme, date and the lower-case hex SHA-256 of the canonical request, without a
 * newline at its end.
 * @param sdkDate the value of `X-Sdk-Date` as it was sent, `YYYYMMDDTHHMMSSZ`
 */
export function stringToSign(sdkDate: string, canonical: string): string {
  const hash = createHash('sha256').update(canonical, 'utf8').digest('hex')
  return [signatureScheme, sdkDate, hash].join('\n')
}
