import type { SourceFileRow } from '../../ports/database/source-rows.ts'
import type { FileCounts, SourceKey } from './files/file-store.ts'
import type { LogPlace } from './files/log-place.ts'
import type { SourceSettings } from './source-settings.ts'

/** One source, watched: what is known of it, in memory as in the database. */
export type WatchedSource = {
  settings: SourceSettings
  place: LogPlace
  key: SourceKey
  known: Map<string, SourceFileRow>
  counts: FileCounts
  /** Null before the first look. */
  lastLookMs: number | null
  /** Why the last look saw nothing, or null. */
  problem: string | null
  /** Files that were seen and wait: to settle, or for their turn. */
  waiting: number
}
