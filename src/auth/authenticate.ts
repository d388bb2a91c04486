import { createHash, randomBytes } from 'node:crypto'
import { findKey, type Role } from '../accounts/accounts.ts'
import type { Database } from '../database/database.ts'
import { AppError } from '../errors.ts'
import type { SecretBox } from './secret-box.ts'
import { unsignedPayloadHash } from './sign-request.ts'
import { equalsDigest, maxClockSkewMs, parseAuthorization, parseSdkDate, signatureMatches } from './signature.ts'

/** Who asks. `source` and `domains` limit an ingest key; null means no limit. */
export type Caller = {
  accessKey: string
  accountId: string
  role: Role
  source: string | null
  domains: string[] | null
}

/** What of a request is signed. `body` is null when it is streamed: its hash is checked by who reads it. */
export type RequestToCheck = {
  method: string
  rawTarget: string
  headers: Record<string, string | undefined>
  body: Uint8Array | null
}

export type Authenticator = {
  /** Checks a signature. @throws AppError APIGW.0301 or APIGW.0303 */
  signed(request: RequestToCheck): Promise<Caller>
  /** Checks an ingest token in a bearer or basic header. @throws AppError APIGW.0301 */
  token(authorization: string): Promise<Caller>
}

const refused = (reason: string) => new AppError('APIGW.0301', `Incorrect IAM authentication information: ${reason}`)
/** One answer for an unknown key and a wrong signature: whether a key exists is nobody's business. */
const signatureFails = () => refused('verify aksk signature fail')

export function createAuthenticator(deps: { database: Database; box: SecretBox; nowMs: () => number }): Authenticator {
  const { database, box, nowMs } = deps
  // An unknown key is checked against this secret, so that it takes as long as a wrong signature.
  const nobodysSecret = randomBytes(30).toString('base64url')

  const callerOf = async (accessKey: string) => {
    const key = await findKey(database, accessKey)
    const secretKey = key ? box.open(key.secret_sealed, key.access_key) : nobodysSecret
    if (!key) return { secretKey, caller: null }
    const domains = key.domains_json === null ? null : (JSON.parse(key.domains_json) as string[])
    const caller: Caller = { accessKey, accountId: key.account_id, role: key.role, source: key.source, domains }
    return { secretKey, caller }
  }

  return {
    signed: async ({ method, rawTarget, headers, body }) => {
      const header = headers['authorization']
      if (header === undefined) throw refused('the header Authorization is missing')
      const authorization = parseAuthorization(header)
      if (!authorization) throw refused('the header Authorization is not an SDK-HMAC-SHA256 signature')
      const payloadHash = payloadHashOf(headers['x-sdk-content-sha256'], body)
      checkDate(headers['x-sdk-date'], nowMs())
      const { secretKey, caller } = await callerOf(authorization.accessKey)
      const matches = signatureMatches({ method, rawTarget, headers, payloadHash, authorization, secretKey })
      if (!matches || !caller) throw signatureFails()
      return caller
    },
    token: async (authorization) => {
      const given = tokenOf(authorization)
      const dot = given.indexOf('.')
      const [accessKey, secret] = [given.slice(0, Math.max(0, dot)), given.slice(dot + 1)]
      const { secretKey, caller } = await callerOf(accessKey)
      const matches = equalsDigest(sha256Of(secret), Buffer.from(sha256Of(secretKey), 'hex'))
      if (!matches || caller?.role !== 'ingest') throw refused('the ingest token is not valid')
      return caller
    },
  }
}

function checkDate(sdkDate: string | undefined, nowMs: number) {
  const signedAtMs = sdkDate === undefined ? undefined : parseSdkDate(sdkDate)
  if (signedAtMs === undefined) throw refused('the header X-Sdk-Date is missing or not YYYYMMDDTHHMMSSZ')
  if (Math.abs(nowMs - signedAtMs) > maxClockSkewMs) {
    const now = new Date(nowMs).toISOString()
    throw new AppError('APIGW.0303', `The signature expired: X-Sdk-Date is over 15 minutes from the server's ${now}`)
  }
}

/** @throws AppError when the body is not what the header says, or a streamed body is not covered by one */
function payloadHashOf(header: string | undefined, body: Uint8Array | null): string {
  if (body === null) {
    if (header === undefined) throw refused('a log batch is signed with the header X-Sdk-Content-Sha256')
    return header
  }
  const actual = sha256Of(body)
  if (header === undefined) return actual
  if (header === unsignedPayloadHash || header.toLowerCase() !== actual) {
    throw refused('the header X-Sdk-Content-Sha256 is not the hash of the body')
  }
  return header
}

/** The token of a bearer header, or the password of a basic one, whose user does not matter. */
function tokenOf(authorization: string): string {
  const [scheme = '', value = ''] = authorization.split(' ', 2)
  if (scheme.toLowerCase() === 'bearer') return value
  const decoded = Buffer.from(value, 'base64').toString('utf8')
  return decoded.slice(decoded.indexOf(':') + 1)
}

/** How an ingest key is written as one token. */
export const ingestToken = (key: { accessKey: string; secretKey: string }) => `${key.accessKey}.${key.secretKey}`

const sha256Of = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')
