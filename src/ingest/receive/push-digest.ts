import { createHash } from 'node:crypto'
import { AppError } from '../../errors.ts'
import type { Caller } from '../../http/caller.ts'

/**
 * A digest of a push under an idempotency key, 64 hexadecimal digits. It covers the lines of a push that is read whole,
 * whatever its compression, or the bytes of a longer body. It also covers the key's list of domains: with another list
 * other lines count.
 */
export function pushDigest(content: Buffer | { sha256: Buffer }, { domains }: Pick<Caller, 'domains'>): string {
  const isLines = Buffer.isBuffer(content)
  const digest = isLines ? createHash('sha256').update(content).digest() : content.sha256
  const limit = domains === null ? null : [...new Set(domains)].sort()
  return createHash('sha256')
    .update(JSON.stringify([isLines ? 'lines' : 'body', limit]))
    .update(digest)
    .digest('hex')
}

/** An earlier push under a key. Its digest is null if it is older than digests. */
export type EarlierPush = { batchId: number; loadedBy: string; pushedSha256: string | null }

/** True if the earlier push equals the present one; an earlier push without a digest may be any. */
export const isSamePush = ({ pushedSha256: before }: EarlierPush, now: string | null): boolean =>
  before === null || before === now

/** The error for a key that had another body; nothing is taken. */
export const otherPush = () =>
  new AppError(
    'FLUXPORT.0203',
    'The header Idempotency-Key was used with another body for this source; nothing of this one was taken',
  )
