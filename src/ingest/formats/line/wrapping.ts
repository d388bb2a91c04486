import type { LineSurvey, OpenPiece } from './line-survey.ts'

/**
 * Text of a transport around each line of a log: a prefix, or a JSON object with the line in it. It is taken off
 * before a format reads the line: as SQL when a log is loaded, in JavaScript for the few lines of a sample alone.
 */
export type Wrapping = {
  /** Stands before the format's name: `syslog+combined`. */
  name: string
  title: string
  /** Wraps a line as in real life, for the documentation and tests. */
  example: (line: string) => string
  /** The line within, in Latin-1 as samples are; null for a line that is not wrapped so. */
  unwrapped: (line: string) => string | null
  /** SQL of the line within `line`; a line that is not wrapped so stays as it is. */
  withinSql: string
  /**
   * Finds the lines that are pieces of longer lines, where the transport cuts them: parameter `pieceLines`. `before` are
   * pieces at the ends of earlier contents.
   */
  survey?: (before: readonly OpenPiece[]) => LineSurvey
}
