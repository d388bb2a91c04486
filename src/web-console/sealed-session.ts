import type { SecretBox } from '../auth/secret-box.ts'

/** A session ends when the page has not renewed it for 30 minutes. */
export const sessionIdleMs = 30 * 60_000
/** A session ends 12 hours after its sign-in, however busy it is: a working day. */
export const sessionMs = 12 * 3_600_000

/** A session as it lies in the cookie. Times are unix ms. */
export type SealedSession = {
  accessKey: string
  signedInMs: number
  idleEndMs: number
  /** The key's `console_generation` at the sign-in. */
  generation: number
}

/** Names the purpose of the seal. No access key has this name, so no sealed secret opens as a session. */
const purpose = 'console session v1'
/** Longer than any session's seal. */
const sealedLengthMax = 1_000

/** Seals a session under the master key. Every call returns another text. */
export const sealSession = (box: SecretBox, session: SealedSession): string =>
  box.seal(JSON.stringify([session.accessKey, session.signedInMs, session.idleEndMs, session.generation]), purpose)

/** The session in a seal; null for any text that this server's master key did not seal as a session. */
export function openSession(box: SecretBox, sealed: string): SealedSession | null {
  if (sealed.length > sealedLengthMax) return null
  try {
    const fields = JSON.parse(box.open(sealed, purpose)) as [string, number, number, number]
    const [accessKey, signedInMs, idleEndMs, generation] = fields
    return { accessKey, signedInMs, idleEndMs, generation }
  } catch {
    return null
  }
}
