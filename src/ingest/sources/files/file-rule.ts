import type { Delivery } from '../../receive/receive-batch.ts'
import { matchesPattern } from './file-pattern.ts'

/** The delivery parameters for files that match the patterns. */
export type FileRule = {
  files: string[]
  delivery: Delivery
  /** The pattern by which a file's path tells its source; undefined: it tells none. */
  sourceInPath?: string | undefined
}

/** A directory whose files are loaded. `name` is unique among the server's sources. */
export type DirectorySettings = {
  kind: 'directory'
  name: string
  directory: string
  recursive: boolean
  followLinks: boolean
  after: 'leave' | 'move' | 'delete'
  doneDirectory: string
  lookMs: number
  /** A file that is unchanged for this long counts as finished. */
  settleMs: number
  /** Least time between two loads of a file that grows. */
  growthMs: number
  rules: FileRule[]
}

/** The rule for a file's path within its source; undefined: the file is not selected. */
export const ruleOf = (settings: { rules: readonly FileRule[] }, path: string): FileRule | undefined =>
  settings.rules.find((rule) => rule.files.some((pattern) => matchesPattern(pattern, path)))
