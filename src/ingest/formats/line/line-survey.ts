/** A piece of a line whose rest follows: the stream that it was written to, and when, as text that compares as times do. */
export type OpenPiece = { stream: string; at: string }

/**
 * Facts about all lines of a content that its projection needs before it reads the first one: where columns change,
 * where clocks go back, which lines are pieces. The bytes are searched natively for `marks`; only the lines found are
 * seen here.
 */
export type LineSurvey = {
  /** Bytes that a line in question contains, in Latin-1. */
  marks: readonly string[]
  /** Lines longer than this are seen, too. */
  longerThanBytes?: number
  /** True to see the first line, too. */
  seesFirst?: boolean
  /**
   * Takes a line, in Latin-1 and without its end, cut at 1 MiB; `lineNumber` is from 1 in the whole content.
   * @returns true to see the next line, too
   * @throws AppError when the content has more of them than can be held
   */
  see: (line: string, lineNumber: number) => boolean
  /** The facts, as parameters of the projection; equal for contents that one statement may load together. */
  parameters: () => Readonly<Record<string, unknown>>
  /** Pieces at the end of the content, whose rests are in another. */
  openPieces?: () => readonly OpenPiece[]
}
