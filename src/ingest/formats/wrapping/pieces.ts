import { AppError } from '../../../errors.ts'
import type { LineSurvey, OpenPiece } from '../line/line-survey.ts'

/** Most pieces of a log: they are rejected by their numbers, which a statement carries. */
const piecesMax = 100_000

/**
 * Most pieces that a log ends in, and most signs of a stream's name: the ledger keeps them, and each later look at the
 * source reads those of up to 1,000 batches. Run times have two streams, or names of 32 signs.
 */
const openMax = 64
const streamSignsMax = 64

/** A run time writes the pieces of a line one after the other: a rest comes within this time. */
const restSeconds = 2

/** The stream that a line belongs to, whether its rest follows, and when the run time wrote it (`instantOf`). */
export type Piece = OpenPiece & { isCut: boolean }

/**
 * Finds the pieces of lines that a container's run time cut. A client decides where: a rest alone could be taken for a
 * line of its own, with a domain and bytes of the client's choice.
 * @param before pieces at the ends of earlier contents of the source, whose rests may begin this one
 */
export function piecesSurvey(
  seen: Pick<LineSurvey, 'marks' | 'longerThanBytes'>,
  before: readonly OpenPiece[],
  pieceOf: (line: string) => Piece | null,
): LineSurvey {
  const pieces: number[] = []
  const open = new Map<string, OpenPiece>()
  const awaited = new Map<string, OpenPiece[]>()
  for (const cut of before) {
    const same = awaited.get(cut.stream) ?? []
    same.push(cut)
    awaited.set(cut.stream, same)
  }
  const lastSeconds = before.reduce((last, { at }) => Math.max(last, Number(at)), 0)
  return {
    ...seen,
    seesFirst: awaited.size > 0,
    see: (line, lineNumber) => {
      const piece = pieceOf(line)
      if (!piece) return open.size + awaited.size > 0
      const { at, isCut } = piece
      const stream = piece.stream.slice(0, streamSignsMax)
      const isRest = open.has(stream) || (awaited.get(stream) ?? []).some((cut) => isRestOf(cut, at))
      awaited.delete(stream)
      if (Number(at) - lastSeconds > restSeconds) awaited.clear()
      if (isCut || isRest) pieces.push(lineNumber)
      if (isCut) open.set(stream, { stream, at })
      else open.delete(stream)
      if (pieces.length > piecesMax)
        throw new AppError('FLUXPORT.0102', `More than ${piecesMax} of its lines are pieces of longer lines`)
      return open.size + awaited.size > 0
    },
    parameters: () => ({ pieceLines: pieces }),
    openPieces: () => {
      if (open.size > openMax)
        throw new AppError('FLUXPORT.0102', `It ends in more than ${openMax} pieces of longer lines`)
      return [...open.values()]
    },
  }
}

/** Times are compared to the nanosecond: a content that is read again has its own lines before its last piece. */
const isRestOf = (cut: OpenPiece, at: string): boolean => cut.at < at && Number(at) - Number(cut.at) <= restSeconds

/** A line is a piece where it is one of either. */
export function bothSurveys(outer: LineSurvey, inner: LineSurvey): LineSurvey {
  const both = [outer, inner]
  const linesOf = ({ parameters }: LineSurvey) => parameters()['pieceLines'] as number[]
  return {
    marks: both.flatMap(({ marks }) => marks),
    longerThanBytes: Math.min(...both.map(({ longerThanBytes = Number.POSITIVE_INFINITY }) => longerThanBytes)),
    seesFirst: both.some(({ seesFirst }) => seesFirst),
    see: (...line) => both.map((survey) => survey.see(...line)).includes(true),
    parameters: () => ({ pieceLines: [...new Set(both.flatMap(linesOf))] }),
    openPieces: () => both.flatMap((survey) => survey.openPieces?.() ?? []),
  }
}

/** A time of RFC 3339 as text of seconds with nine digits behind the point; such texts compare as the times do. */
export function instantOf(time: string): string {
  const [, clock = '', fraction = '', zone = ''] = /^(.{19})[.,]?(\d*)(Z|[+-]\d\d:?\d\d)$/.exec(time) ?? []
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone
  const seconds = Math.max(0, Date.parse(`${clock}${offset}`) / 1000 || 0)
  return `${String(seconds).padStart(10, '0')}.${fraction.slice(0, 9).padEnd(9, '0')}`
}
