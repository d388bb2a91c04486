import type { DeliveryAttempt } from './delivery-store.ts'
import { NoAnswerInTime } from './post.ts'
import { AddressRefused } from './public-address.ts'

/**
 * What a tenant is told of an attempt. Posts are made from within the server's network: an exact error, port or status would
 * tell what there is. The server's log has them.
 */
const words = { refused: 'refused address', late: 'timeout', failed: 'no connection' } as const

/** Of a post that was answered: the class of the status, 200, 300, 400 or 500. */
export function attemptOfStatus(status: number): Pick<DeliveryAttempt, 'status' | 'error'> {
  const hundreds = Math.floor(status / 100)
  const error = hundreds === 2 ? null : `HTTP ${hundreds}xx${hundreds === 3 ? ': redirects are not followed' : ''}`
  return { status: hundreds * 100, error }
}

/** Of a post that was not. */
export function attemptErrorOf(error: unknown): string {
  if (error instanceof AddressRefused) return words.refused
  return error instanceof NoAnswerInTime ? words.late : words.failed
}

/** Attempts as a tenant sees them: earlier versions recorded the words of the machine. */
export function shownAttempt(attempt: DeliveryAttempt): DeliveryAttempt {
  const { at, status, error } = attempt
  if (status !== null) return { at, ...attemptOfStatus(status) }
  const known: readonly (string | null)[] = Object.values(words)
  if (known.includes(error)) return attempt
  if (error?.includes('is not a public address')) return { at, status, error: words.refused }
  return { at, status, error: error?.startsWith('no answer within ') ? words.late : words.failed }
}
