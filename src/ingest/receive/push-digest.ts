import { createHash } from 'node:crypto'
import { AppError } from '../../errors.ts'
import type { Caller } from '../../http/caller.ts'

/**
 * What came under an idempotency key, 64 hexadecimal digits: the lines of a push that is read whole, however it was compressed,
 * or the bytes of a longer body; and the domains that its key is limited to, as other lines of it would count under others.
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

/** A push that came before under a key. What it was is not known of those that are older than digests. */
export type EarlierPush = { batchId: number; loadedBy: string; pushedSha256: string | null }

/** Whether what came before is what comes now: what is of older date may be anything. */
export const isSamePush = ({ pushedSha256: before }: EarlierPush, now: string | null): boolean =>
  before === null || before === now

/** Something else came under the key: nothing may be dropped for it, and nothing taken. */
export const otherPush = () =>
  new AppError(
    'FLUXPORT.0203',
    'The header Idempotency-Key was used with another body for this source; nothing of this one was taken',
  )
