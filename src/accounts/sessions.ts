import { createHmac } from 'node:crypto'
import type { SecretBox } from '../auth/secret-box.ts'
import { equalsDigest } from '../auth/signature.ts'

/** A session token is good for a day, as the contract's are, unless its key ends before. */
export const sessionMs = 86_400_000

/** A token that stands for a key where a client cannot sign. The key is looked up at each use: a token ends with it. */
export type Sessions = {
  /** @param untilMs unix ms; rounded down to a whole second */
  make(accessKey: string, untilMs: number): string
  /** The key of a token that this server made; null for any other text. The time does not depend on where they differ. */
  read(token: string): { accessKey: string; untilMs: number } | null
}

const tokenPattern = /^([A-Za-z0-9]{1,128})\.(\d{1,12})\.([0-9a-f]{64})$/
const tokenLengthMax = 220

/** Signs tokens with HMAC-SHA256, under a key of this purpose alone. Nothing is stored. */
export function createSessions(box: SecretBox): Sessions {
  const key = box.derive('session tokens')
  const sign = (accessKey: string, untilSeconds: string) =>
    createHmac('sha256', key)
      .update(JSON.stringify(['session', accessKey, untilSeconds]))
      .digest()
  return {
    make: (accessKey, untilMs) => {
      const untilSeconds = String(Math.floor(untilMs / 1000))
      return `${accessKey}.${untilSeconds}.${sign(accessKey, untilSeconds).toString('hex')}`
    },
    read: (token) => {
      if (token.length > tokenLengthMax) return null
      const [, accessKey = '', untilSeconds = '', signature = ''] = tokenPattern.exec(token) ?? []
      if (!equalsDigest(signature, sign(accessKey, untilSeconds))) return null
      return { accessKey, untilMs: Number(untilSeconds) * 1000 }
    },
  }
}
