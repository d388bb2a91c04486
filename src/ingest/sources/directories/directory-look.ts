import type { SourceFileRow } from '../../../ports/database/source-rows.ts'
import type { DirectorySettings } from '../files/file-rule.ts'

/** A file as it was looked at. */
export type FileStatus = { identity: string; sizeBytes: number; mtimeMs: number }

/** What this process remembers of a file between looks. */
export type Seen = {
  identity: string
  /** Since when it has been as it is. */
  sinceMs: number
  /** Since when it has been there. */
  firstMs: number
  /** Not before this is it looked at again. */
  nextLookMs: number
}

/**
 * - `known`: nothing to do; `empty`: nothing in it yet
 * - `unsettled`: it has changed, and may go on to
 * - `ready`: to be loaded as it is; `growing`: to be loaded up to its last whole line
 * - `put-away`: it is loaded, and does not belong here any more
 */
export type Verdict = 'known' | 'empty' | 'unsettled' | 'ready' | 'growing' | 'put-away'

/** A file that was unchanged for this long when first seen is finished, unless two machines' clocks differ by more. */
const clockSkewMsMax = 60_000

/** A file that nothing happens to is looked at this often; one that has just changed, at every look. */
const lookAgainMsMax = 60_000
const retryDoublingsMax = 6

/** What is remembered of a file after this look at it. */
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

/** What is to be done with a file. @param known how it was handed over last */
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
  // One that was moved or deleted while it is written would lose its last lines: it has to settle.
  if (settings.after !== 'leave') return isSettled ? 'ready' : 'unsettled'
  if (nowMs < earliestMs(settings, file, seen, known)) return 'unsettled'
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

/** A last line without a line end is whole after this time without a change. */
export const isQuiet = (settings: DirectorySettings, seen: Seen, nowMs: number): boolean =>
  nowMs - seen.sinceMs >= settings.settleMs + settings.growthMs

/** When a left file may be handed over next: each time it is read from its beginning. */
function earliestMs(settings: DirectorySettings, file: FileStatus, seen: Seen, known: SourceFileRow | undefined) {
  if (!known || !isGrowth(known, file)) return seen.firstMs + settings.settleMs
  return known.changed_at_ms + settings.growthMs * 2 ** Math.min(known.tries, retryDoublingsMax)
}

/** The same file, longer. */
const isGrowth = (known: SourceFileRow, file: FileStatus) =>
  inodeOf(known.identity) === inodeOf(file.identity) && file.sizeBytes >= known.size_bytes

const inodeOf = (identity: string) => identity.split(':', 2).join(':')

/** How long a file need not be looked at. */
export function restMs(settings: DirectorySettings, verdict: Verdict, file: FileStatus, nowMs: number): number {
  if (verdict === 'put-away') return lookAgainMsMax
  if (verdict !== 'known' && verdict !== 'empty') return 0
  return Math.min(lookAgainMsMax, Math.max(settings.lookMs, (nowMs - file.mtimeMs) / 10))
}
