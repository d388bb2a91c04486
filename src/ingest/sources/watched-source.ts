import type { SourceFileRow } from '../../ports/database/source-rows.ts'
import type { FileCounts, SourceKey } from './files/file-store.ts'
import type { LogPlace, WaitingFile } from './files/log-place.ts'
import type { SourceSettings } from './source-settings.ts'

/** A watched source with its known files, in memory as in the database. */
export type WatchedSource = {
  settings: SourceSettings
  place: LogPlace
  key: SourceKey
  known: Map<string, SourceFileRow>
  counts: FileCounts
  /** Null before the first look. */
  lastLookMs: number | null
  /** The reason why the last look saw nothing; null if it saw the source. */
  problem: string | null
  /** Seen files that wait. */
  waiting: WaitingFile[]
}
