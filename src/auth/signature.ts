import { createHmac, timingSafeEqual } from 'node:crypto'
import { type CanonicalRequestParts, canonicalRequest, signatureScheme, stringToSign } from './canonical-request.ts'

/**
 * Largest difference of `X-Sdk-Date` from the server's clock, either way, inclusive. The contract's gateway has the
 * same.
 */
export const maxClockSkewMs = 15 * 60_000

/** The longest accepted `Authorization` header. Headers are Latin-1 text: a character is a byte. */
const authorizationBytesMax = 8 * 1024

/** The three members of an `Authorization` header. */
export type Authorization = {
  /** 1 to 128 visible ASCII characters without a comma. */
  accessKey: string
  /**
   * Lower-case, distinct, in the order of the header; `x-sdk-date` is among them. Every SDK but Go's includes `host`.
   */
  signedHeaders: string[]
  /** 64 lower-case hex digits. */
  signature: string
}

const authorizationPattern = new RegExp(
  `^${signatureScheme} Access=([\\x21-\\x2b\\x2d-\\x7e]{1,128}), *SignedHeaders=([^, ]+), *Signature=([0-9a-f]{64})$`,
)

/** A token of RFC 9110 without upper-case letters. */
const headerNamePattern = /^[a-z0-9!#$%&'*+.^_`|~-]+$/

/**
 * Reads `SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…`. Undefined for anything else: another scheme, another
 * order of members, more than 8 KiB, an upper-case or repeated header name, `x-sdk-date` not signed, a signature that is not
 * 64 lower-case hex digits. The official Go SDK signs neither `host` nor `content-type`.
 */
export function parseAuthorization(header: string): Authorization | undefined {
  if (header.length > authorizationBytesMax) return undefined
  const [, accessKey, names, signature] = authorizationPattern.exec(header) ?? []
  if (accessKey === undefined || names === undefined || signature === undefined) return undefined

  const signedHeaders = names.split(';')
  const distinct = new Set(signedHeaders)
  if (distinct.size !== signedHeaders.length || !distinct.has('x-sdk-date')) return undefined
  if (!signedHeaders.every((name) => headerNamePattern.test(name))) return undefined
  return { accessKey, signedHeaders, signature }
}

/**
 * Unix ms of an `X-Sdk-Date`, `YYYYMMDDTHHMMSSZ` in UTC. Undefined for any other form and for a moment that does not
 * exist: 30 February, 24:00:00, a leap second.
 */
export function parseSdkDate(text: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  if (parts === null) return undefined
  const [, year, month, day, hour, minute, second] = parts
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`
  const timeMs = Date.parse(iso)
  // Date.parse rolls 30 February over to March and 24:00 to the next day; only a date that comes back unchanged was
  // real.
  return !Number.isNaN(timeMs) && new Date(timeMs).toISOString() === iso ? timeMs : undefined
}

/** True if lower-case hex from outside equals an own digest. The time does not depend on where they differ. */
export function equalsDigest(receivedHex: string, expected: Buffer): boolean {
  if (receivedHex.length !== expected.length * 2 || !/^[0-9a-f]+$/.test(receivedHex)) return false
  return timingSafeEqual(Buffer.from(receivedHex, 'hex'), expected)
}

/**
 * The signature of a request as 32 bytes: HMAC-SHA256 with the secret key's UTF-8 bytes, without key derivation.
 * @param sdkDate the value of `X-Sdk-Date` as it is sent
 */
export function requestSignature(request: CanonicalRequestParts, sdkDate: string, secretKey: string): Buffer {
  return createHmac('sha256', secretKey)
    .update(stringToSign(sdkDate, canonicalRequest(request)), 'utf8')
    .digest()
}

/** A received request with the secret key of its access key. */
export type SignedRequest = Omit<CanonicalRequestParts, 'signedHeaders' | 'extraLeadingSlash'> & {
  authorization: Pick<Authorization, 'signedHeaders' | 'signature'>
  /**
   * An empty secret matches nothing. For an unknown access key pass a random secret, so that the check takes as long.
   */
  secretKey: string
}

/**
 * True if the request was signed with the secret key. The caller must check its age, `parseSdkDate` of `x-sdk-date`
 * against `maxClockSkewMs`, and any `x-sdk-content-sha256` against the body.
 */
export function signatureMatches(signed: SignedRequest): boolean {
  const { authorization, secretKey, ...received } = signed
  const sdkDate = received.headers['x-sdk-date']
  if (sdkDate === undefined || secretKey === '') return false

  const request = { ...received, signedHeaders: authorization.signedHeaders }
  const matches = (extraLeadingSlash: boolean) =>
    equalsDigest(authorization.signature, requestSignature({ ...request, extraLeadingSlash }, sdkDate, secretKey))
  // The Node SDK signs `//v1/…` and sends `/v1/…` when its endpoint ends in a slash.
  return matches(false) || matches(true)
}
