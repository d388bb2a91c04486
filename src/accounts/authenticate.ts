import { createHash, randomBytes } from 'node:crypto'
import type { SecretBox } from '../auth/secret-box.ts'
import { unsignedPayloadHash } from '../auth/sign-request.ts'
import { equalsDigest, maxClockSkewMs, parseAuthorization, parseSdkDate, signatureMatches } from '../auth/signature.ts'
import { AppError } from '../errors.ts'
import type { Authenticator, Caller } from '../http/caller.ts'
import type { Database } from '../ports/database/database.ts'
import type { AccessKeyRow } from '../ports/database/schema.ts'
import { findKey } from './accounts.ts'
import { type ClaimedKey, keyInBody } from './key-in-body.ts'
import { createSessions, type Sessions } from './sessions.ts'

const refused = (reason: string) => new AppError('APIGW.0301', `Incorrect IAM authentication information: ${reason}`)

/** An unknown key and a wrong signature get the same answer, which reveals no key's existence. */
const signatureFails = () => refused('verify aksk signature fail')

type AuthenticatorDeps = { database: Database; box: SecretBox; nowMs: () => number }

/** Look-ups of keys, of which an unknown one takes as long as a known one. */
function keyHolders({ database, box }: Pick<AuthenticatorDeps, 'database' | 'box'>) {
  // An unknown key takes the path of a known one: this seal is opened in place of the missing one.
  const nobody = { access_key: 'nobody', secret_sealed: box.seal(randomBytes(30).toString('base64url'), 'nobody') }
  const holderOf = async (accessKey: string) => {
    const key = await findKey(database, accessKey)
    const opened = key ?? nobody
    const secretKey = box.open(opened.secret_sealed, opened.access_key)
    return { secretKey, holder: key ? holderOfKey(key) : null }
  }
  /** The holder of a key; null without one, or with another secret. */
  const holderWith = async (accessKey: string, secret: string) => {
    const { secretKey, holder } = await holderOf(accessKey)
    return equalsDigest(sha256Of(secret), Buffer.from(sha256Of(secretKey), 'hex')) ? holder : null
  }
  return { holderOf, holderWith }
}

/**
 * Checks a key with its secret.
 * @throws AppError APIGW.0301, the same for an unknown key as for a wrong secret, after the same time
 */
export function createKeyCheck(deps: Omit<AuthenticatorDeps, 'nowMs'>): (claimed: ClaimedKey) => Promise<Caller> {
  const { holderWith } = keyHolders(deps)
  return async ({ accessKey, secretKey }) => {
    const holder = await holderWith(accessKey, secretKey)
    if (!holder) throw refused('the access key or its secret is wrong')
    return holder
  }
}

/** The authenticator of signatures and tokens; the console's part is another room's. */
export function createAuthenticator(deps: AuthenticatorDeps): Omit<Authenticator, 'console'> {
  const { box, nowMs } = deps
  const sessions = createSessions(box)
  const { holderOf, holderWith } = keyHolders(deps)
  const checkKey = createKeyCheck(deps)
  return {
    head: async ({ method, rawTarget, headers, isStreamed }) => {
      const header = headers['authorization']
      if (header === undefined) throw refused('the header Authorization is missing')
      const authorization = parseAuthorization(header)
      if (!authorization) throw refused('the header Authorization is not an SDK-HMAC-SHA256 signature')
      const signedHash = signedHashOf(headers['x-sdk-content-sha256'], isStreamed)
      checkDate(headers['x-sdk-date'], nowMs())
      const { accessKey } = authorization
      const { secretKey, holder } = await holderOf(accessKey)
      const check = (payloadHash: string): Caller => {
        const matches = signatureMatches({ method, rawTarget, headers, payloadHash, authorization, secretKey })
        if (!matches || !holder) throw signatureFails()
        return holder
      }
      if (signedHash === null) return { accessKey, holder, isProven: false, prove: check }
      const caller = check(signedHash)
      const prove = (bodySha256: string) => {
        if (signedHash !== unsignedPayloadHash && signedHash.toLowerCase() !== bodySha256) throw anotherBody()
        return caller
      }
      return { accessKey, holder, isProven: true, prove }
    },
    token: async (authorization) => {
      const given = tokenOf(authorization)
      const dot = given.indexOf('.')
      const [accessKey, secret] = [given.slice(0, Math.max(0, dot)), given.slice(dot + 1)]
      const holder = await holderWith(accessKey, secret)
      if (holder?.role !== 'ingest') throw refused('the ingest token is not valid')
      return holder
    },
    session: (token) => holderOfSession(deps, sessions.read(token)),
    keyInBody: async (body) => await checkKey(keyInBody(body)),
  }
}

async function holderOfSession({ database, nowMs }: AuthenticatorDeps, session: ReturnType<Sessions['read']>) {
  if (!session) throw refused('decrypt token fail')
  if (nowMs() >= session.untilMs) throw new AppError('APIGW.0307')
  const key = await findKey(database, session.accessKey)
  if (!key) throw refused('decrypt token fail')
  return holderOfKey(key)
}

/** The holder of a key's row. */
export function holderOfKey(key: AccessKeyRow): Caller {
  const domains = key.domains_json === null ? null : (JSON.parse(key.domains_json) as string[])
  return { accessKey: key.access_key, accountId: key.account_id, role: key.role, source: key.source, domains }
}

function checkDate(sdkDate: string | undefined, nowMs: number) {
  const signedAtMs = sdkDate === undefined ? undefined : parseSdkDate(sdkDate)
  if (signedAtMs === undefined) throw refused('the header X-Sdk-Date is missing or not YYYYMMDDTHHMMSSZ')
  if (Math.abs(nowMs - signedAtMs) > maxClockSkewMs) {
    const now = new Date(nowMs).toISOString()
    throw new AppError('APIGW.0303', `The signature expired: X-Sdk-Date is over 15 minutes from the server's ${now}`)
  }
}

/**
 * The hash in the header X-Sdk-Content-Sha256; null without it, when the body itself is signed.
 * @throws AppError APIGW.0301 when it is no hash, or a streamed body has none
 */
function signedHashOf(header: string | undefined, isStreamed: boolean): string | null {
  if (header === undefined && isStreamed)
    throw refused('a streamed body is signed with the header X-Sdk-Content-Sha256')
  if (header === undefined || (header === unsignedPayloadHash && isStreamed)) return header ?? null
  if (!/^[0-9a-fA-F]{64}$/.test(header)) throw anotherBody()
  return header
}

const anotherBody = () => refused('the header X-Sdk-Content-Sha256 is not the hash of the body')

/** The token of a bearer header, or the password of a basic one, whose user name is ignored. */
function tokenOf(authorization: string): string {
  const [scheme = '', value = ''] = authorization.split(' ', 2)
  if (scheme.toLowerCase() === 'bearer') return value
  const decoded = Buffer.from(value, 'base64').toString('utf8')
  return decoded.slice(decoded.indexOf(':') + 1)
}

/** Writes an ingest key as one token. */
export const ingestToken = (key: { accessKey: string; secretKey: string }) => `${key.accessKey}.${key.secretKey}`

const sha256Of = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')
