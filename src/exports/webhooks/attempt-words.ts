import type { DeliveryAttempt } from './delivery-store.ts'
import { NoAnswerInTime } from './post.ts'
import { AddressRefused } from './public-address.ts'

/**
 * Texts of an attempt for tenants. Posts come from within the server's network, so an exact error, port or status would
 * reveal its hosts. The server's log has them.
 */
const words = { refused: 'refused address', late: 'timeout', failed: 'no connection' } as const

/** For an answered post: the class of the status, 200, 300, 400 or 500. */
export function attemptOfStatus(status: number): Pick<DeliveryAttempt, 'status' | 'error'> {
  const hundreds = Math.floor(status / 100)
  const error = hundreds === 2 ? null : `HTTP ${hundreds}xx${hundreds === 3 ? ': redirects are not followed' : ''}`
  return { status: hundreds * 100, error }
}

/** For a post without an answer. */
export function attemptErrorOf(error: unknown): string {
  if (error instanceof AddressRefused) return words.refused
  return error instanceof NoAnswerInTime ? words.late : words.failed
}

/** Attempts as tenants see them: earlier versions recorded exact errors. */
export function shownAttempt(attempt: DeliveryAttempt): DeliveryAttempt {
  const { at, status, error } = attempt
  if (status !== null) return { at, ...attemptOfStatus(status) }
  const known: readonly (string | null)[] = Object.values(words)
  if (known.includes(error)) return attempt
  if (error?.includes('is not a public address')) return { at, status, error: words.refused }
  return { at, status, error: error?.startsWith('no answer within ') ? words.late : words.failed }
}
