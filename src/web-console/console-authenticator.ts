import { findKey } from '../accounts/accounts.ts'
import { createKeyCheck, holderOfKey } from '../accounts/authenticate.ts'
import type { SecretBox } from '../auth/secret-box.ts'
import { AppError } from '../errors.ts'
import type { Caller, ConsoleAuthenticator, ConsoleSession } from '../http/caller.ts'
import type { Database } from '../ports/database/database.ts'
import type { AccessKeyRow } from '../ports/database/schema.ts'
import { openSession, type SealedSession, sessionMs } from './sealed-session.ts'
import { readSignIn } from './sign-in-body.ts'
import { keyOfLink } from './sign-in-links.ts'

/** @property publicUrl the URL that people open, without a slash at its end */
export type ConsoleAuthenticatorDeps = {
  database: Database
  box: SecretBox
  nowMs: () => number
  publicUrl: () => string
}

const refused = (reason: string) => new AppError('APIGW.0301', `Incorrect IAM authentication information: ${reason}`)

/** Any session of an ended key, a foreign master key or an earlier count gets this one answer. */
const notASession = () => refused('the console session is not valid; sign in again')

/** One answer for a link that was used, has expired, or never was. */
export const notALink = (): AppError =>
  refused('the sign-in link is not valid: it works once, within 10 minutes; make another one')

/** Checks sessions and sign-ins of the console. The key is looked up at each use, so that a session ends with it. */
export function createConsoleAuthenticator(deps: ConsoleAuthenticatorDeps): ConsoleAuthenticator {
  const { database, box, nowMs, publicUrl } = deps
  const checkKey = createKeyCheck(deps)
  return {
    session: async (sealed) => {
      const session = openSession(box, sealed)
      if (!session) throw notASession()
      const key = await findKey(database, session.accessKey)
      if (!key || key.console_generation !== session.generation) throw notASession()
      const ends = endsOf(session, key)
      if (nowMs() >= Math.min(ends.idleEndMs, ends.endMs))
        throw new AppError('APIGW.0307', 'The console session has ended; sign in again')
      return { ...holderOfKey(key), session: ends }
    },
    signIn: async (body) => {
      const claimed = readSignIn(body)
      return 'linkToken' in claimed ? await holderOfLink(database, claimed.linkToken) : await checkKey(claimed)
    },
    publicUrl,
  }
}

async function holderOfLink(database: Database, token: string): Promise<Caller> {
  const accessKey = await keyOfLink(database, token)
  const key = accessKey === null ? undefined : await findKey(database, accessKey)
  if (!key) throw notALink()
  return holderOfKey(key)
}

/** Ends of a session: 12 hours after its sign-in, and no later than its key's. */
export function endsOf({ signedInMs, idleEndMs, generation }: SealedSession, key: AccessKeyRow): ConsoleSession {
  const endMs = Math.min(signedInMs + sessionMs, key.expires_at_ms ?? Number.POSITIVE_INFINITY)
  return { signedInMs, idleEndMs: Math.min(idleEndMs, endMs), endMs, generation }
}
