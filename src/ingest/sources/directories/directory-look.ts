import type { SourceFileRow } from '../../../ports/database/source-rows.ts'
import type { DirectorySettings } from '../files/file-rule.ts'
import type { WaitingFile } from '../files/log-place.ts'

/** A file at one look. */
export type FileStatus = { identity: string; sizeBytes: number; mtimeMs: number }

/** This process's memory of a file between looks. */
export type Seen = {
  identity: string
  /** Time since which it is unchanged. */
  sinceMs: number
  /** Time since which it exists. */
  firstMs: number
  /** Earliest time of its next look. */
  nextLookMs: number
}

/**
 * - `known`: nothing to do; `empty`: nothing in it yet
 * - `unsettled`: it has changed, and may change further
 * - `ready`: to be loaded as it is; `growing`: to be loaded up to its last whole line
 * - `put-away`: it is loaded, and should no longer lie here
 */
export type Verdict = 'known' | 'empty' | 'unsettled' | 'ready' | 'growing' | 'put-away'

/** A file that is already older than this and `settleMs` when first seen is finished, unless clocks differ by more. */
const clockSkewMsMax = 60_000

/** Longest time between two looks at an unchanged file; a file that has just changed is looked at every time. */
const lookAgainMsMax = 60_000
const retryDoublingsMax = 6

/** The memory of a file after this look. */
export function seenNow(settings: DirectorySettings, file: FileStatus, before: Seen | undefined, nowMs: number): Seen {
  if (before?.identity === file.identity) return before
  const isOld = !before && nowMs - file.mtimeMs >= settings.settleMs + clockSkewMsMax
  return {
    identity: file.identity,
    sinceMs: isOld ? 0 : nowMs,
    firstMs: isOld ? 0 : (before?.firstMs ?? nowMs),
    nextLookMs: nowMs,
  }
}

/** Decides what to do with a file. @param known its last hand-over */
export function verdictOf(
  settings: DirectorySettings,
  file: FileStatus,
  seen: Seen,
  known: SourceFileRow | undefined,
  nowMs: number,
): Verdict {
  if (file.sizeBytes === 0) return 'empty'
  if (known?.state === 'queued') return 'known'
  const isSettled = nowMs - seen.sinceMs >= settings.settleMs
  if (known?.identity === file.identity) return verdictOfUnchanged(settings, seen, known, isSettled, nowMs)
  // A file that was moved or deleted while it is written would lose its last lines, so it must settle first.
  if (settings.after !== 'leave') return isSettled ? 'ready' : 'unsettled'
  if (nowMs < earliestMs(settings, file, { ...seen, isSettled }, known)) return 'unsettled'
  return isSettled ? 'ready' : 'growing'
}

function verdictOfUnchanged(
  settings: DirectorySettings,
  seen: Seen,
  known: SourceFileRow,
  isSettled: boolean,
  nowMs: number,
): Verdict {
  if (known.state === 'failed') {
    const isDue = known.retry_at_ms !== null && nowMs >= known.retry_at_ms
    return isDue && isSettled ? 'ready' : 'known'
  }
  if (settings.after !== 'leave') return 'put-away'
  return known.end_byte !== null && isQuiet(settings, seen, nowMs) ? 'ready' : 'known'
}

/** True if a last line without a line end counts as whole: the file is unchanged for long enough. */
export const isQuiet = (settings: DirectorySettings, seen: Seen, nowMs: number): boolean =>
  nowMs - seen.sinceMs >= settings.settleMs + settings.growthMs

/** Earliest next hand-over of a file that stays in place: each hand-over reads it from its beginning. */
function earliestMs(
  { settleMs, growthMs }: DirectorySettings,
  file: FileStatus,
  seen: Seen & { isSettled: boolean },
  known: SourceFileRow | undefined,
): number {
  if (!known || !isGrowth(known, file)) return seen.firstMs + settleMs
  // A failed file that lies still again may have been replaced, written over with whole content.
  const isReplaced = known.state === 'failed' && seen.isSettled
  const pauseMs = isReplaced ? Math.min(settleMs, growthMs) : growthMs
  return known.changed_at_ms + pauseMs * 2 ** Math.min(known.tries, retryDoublingsMax)
}

/** Until when an unsettled file waits, and why. */
export function waitOf(
  settings: DirectorySettings,
  file: FileStatus,
  seen: Seen,
  known: SourceFileRow | undefined,
): Omit<WaitingFile, 'path'> {
  const settledMs = seen.sinceMs + settings.settleMs
  if (settings.after !== 'leave') return { why: 'settling', untilMs: settledMs }
  if (!known || !isGrowth(known, file)) return { why: 'settling', untilMs: seen.firstMs + settings.settleMs }
  if (known.state !== 'failed') return { why: 'growing', untilMs: earliestMs(settings, file, notSettled(seen), known) }
  // It goes as soon as it has been still, if its pause is over by then.
  const stillMs = Math.max(settledMs, earliestMs(settings, file, { ...seen, isSettled: true }, known))
  return { why: 'failed', untilMs: Math.min(stillMs, earliestMs(settings, file, notSettled(seen), known)) }
}

const notSettled = (seen: Seen) => ({ ...seen, isSettled: false })

/** True if it is the same file, perhaps longer. */
const isGrowth = (known: SourceFileRow, file: FileStatus) =>
  inodeOf(known.identity) === inodeOf(file.identity) && file.sizeBytes >= known.size_bytes

const inodeOf = (identity: string) => identity.split(':', 2).join(':')

/** Time until the file's next look is due, ms. */
export function restMs(
  settings: DirectorySettings,
  verdict: Verdict,
  file: FileStatus,
  nowMs: number,
  known?: SourceFileRow,
): number {
  if (verdict === 'put-away') return lookAgainMsMax
  if (verdict !== 'known' && verdict !== 'empty') return 0
  if (known?.state === 'failed') return settings.lookMs // somebody may replace it now
  return Math.min(lookAgainMsMax, Math.max(settings.lookMs, (nowMs - file.mtimeMs) / 10))
}
