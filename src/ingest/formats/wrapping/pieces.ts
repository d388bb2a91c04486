import { AppError } from '../../../errors.ts'
import type { LineSurvey, OpenPiece } from '../line/line-survey.ts'

/** Most pieces of a log: they are rejected by their numbers, which a statement carries. */
const piecesMax = 100_000

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
  const awaited = new Set(before.map(({ stream }) => stream))
  return {
    ...seen,
    seesFirst: awaited.size > 0,
    see: (line, lineNumber) => {
      const piece = pieceOf(line)
      if (!piece) return open.size + awaited.size > 0
      const { stream, at, isCut } = piece
      const isRest = open.has(stream) || (awaited.has(stream) && before.some((cut) => isRestOf(cut, piece)))
      awaited.delete(stream)
      if (before.every((cut) => secondsBetween(cut, piece) > restSeconds)) awaited.clear()
      if (isCut || isRest) pieces.push(lineNumber)
      if (isCut) open.set(stream, { stream, at })
      else open.delete(stream)
      if (pieces.length > piecesMax)
        throw new AppError('FLUXPORT.0102', `More than ${piecesMax} of its lines are pieces of longer lines`)
      return open.size + awaited.size > 0
    },
    parameters: () => ({ pieceLines: pieces }),
    openPieces: () => [...open.values()],
  }
}

/** Times are compared to the nanosecond: a content that is read again has its own lines before its last piece. */
const isRestOf = (cut: OpenPiece, { stream, at }: OpenPiece): boolean =>
  cut.stream === stream && cut.at < at && secondsBetween(cut, { stream, at }) <= restSeconds

const secondsBetween = (cut: OpenPiece, { at }: OpenPiece): number => Number(at) - Number(cut.at)

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
