import { AppError } from '../../../errors.ts'
import type { LineSurvey } from '../line/line-survey.ts'

/** Most pieces of a log: they are rejected by their numbers, which a statement carries. */
const piecesMax = 100_000

/**
 * Finds the pieces of lines that a container's run time cut. A client decides where: a rest alone could be taken for a
 * line of its own, with a domain and bytes of the client's choice.
 * @param pieceOf the stream that a line belongs to, and whether its rest follows
 */
export function piecesSurvey(
  seen: Pick<LineSurvey, 'marks' | 'longerThanBytes'>,
  pieceOf: (line: string) => { stream: string; isCut: boolean } | null,
): LineSurvey {
  const pieces: number[] = []
  const open = new Set<string>()
  return {
    ...seen,
    see: (line, lineNumber) => {
      const piece = pieceOf(line)
      if (piece && (piece.isCut || open.has(piece.stream))) pieces.push(lineNumber)
      if (piece?.isCut) open.add(piece.stream)
      else if (piece) open.delete(piece.stream)
      if (pieces.length > piecesMax)
        throw new AppError('FLUXPORT.0102', `More than ${piecesMax} of its lines are pieces of longer lines`)
      return open.size > 0
    },
    parameters: () => ({ pieceLines: pieces }),
  }
}
