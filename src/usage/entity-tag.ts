import { createHash } from 'node:crypto'
import { programVersion } from '../version.ts'
import type { PinnedData } from './pinned.ts'

/**
 * The entity tag of an answer: equal data, as the account sees them, and an equal question give an equal one.
 * @param question everything else that the answer depends on
 */
export function entityTag({ domains, version }: PinnedData, question: object): string {
  const said = JSON.stringify([programVersion, version.shownVersion, domains, question])
  return `"${createHash('sha256').update(said).digest('base64url').slice(0, 32)}"`
}

/** True if the client has the answer already, by the header If-None-Match. */
export const isHeld = (ifNoneMatch: string, tag: string): boolean =>
  ifNoneMatch.split(',').some((held) => ['*', tag].includes(held.trim().replace(/^W\//, '')))
