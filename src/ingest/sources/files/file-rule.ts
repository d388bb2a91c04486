import type { Delivery } from '../../receive/receive-batch.ts'
import { matchesPattern } from './file-pattern.ts'

/** As what the files of a pattern are delivered. */
export type FileRule = { files: string[]; delivery: Delivery }

/** A directory whose files are loaded. `name` is its own among the server's sources. */
export type DirectorySettings = {
  kind: 'directory'
  name: string
  directory: string
  recursive: boolean
  followLinks: boolean
  after: 'leave' | 'move' | 'delete'
  doneDirectory: string
  lookMs: number
  /** A file that is unchanged for this long is taken for finished. */
  settleMs: number
  /** Least time between two loads of a file that grows. */
  growthMs: number
  rules: FileRule[]
}

/** The rule of a file's path within its place, or undefined: it is not meant. */
export const ruleOf = (settings: { rules: readonly FileRule[] }, path: string): FileRule | undefined =>
  settings.rules.find((rule) => rule.files.some((pattern) => matchesPattern(pattern, path)))
