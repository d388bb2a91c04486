import type { LineSurvey, OpenPiece } from '../formats/line/line-survey.ts'
import type { LogFormat } from '../formats/line/log-format.ts'

/** A longer line is seen up to here, which is the longest that counts. */
const lineBytesMax = 1 << 20
const newline = 0x0a

/**
 * The format with what its survey and that of its wrapping say of the content as parameters. Only formats that need
 * such facts read the content once more.
 * @param about `content` reads the bytes, decompressed; `openPieces` are those at the ends of earlier contents
 * @throws AppError those of the surveys, and what `content` throws
 */
export async function surveyed(
  format: LogFormat,
  about: { content: () => AsyncIterable<Buffer>; logZone: string; head: Buffer; openPieces: readonly OpenPiece[] },
): Promise<LogFormat & { openPieces: readonly OpenPiece[] }> {
  const { logZone, head, content } = about
  const ofFormat = format.survey?.({ logZone, head: headWithin(format, head) }) ?? null
  const surveys = [ofFormat && within(format, ofFormat), format.wrapping?.survey?.(about.openPieces) ?? null]
  let parameters = format.parameters ?? {}
  let openPieces: readonly OpenPiece[] = []
  for (const survey of surveys) {
    if (!survey) continue
    await surveyLines(survey, content())
    parameters = { ...parameters, ...survey.parameters() }
    openPieces = survey.openPieces?.() ?? openPieces
  }
  return { ...format, parameters, openPieces }
}

/** A format's survey gets the line within its wrapping. */
const within = ({ wrapping }: LogFormat, survey: LineSurvey): LineSurvey =>
  wrapping ? { ...survey, see: (line, lineNumber) => survey.see(wrapping.unwrapped(line) ?? line, lineNumber) } : survey

/** The first bytes of a content, each line without its wrapping. */
export function headWithin({ wrapping }: LogFormat, head: Buffer): Buffer {
  if (!wrapping) return head
  const lines = head.toString('latin1').split('\n')
  return Buffer.from(lines.map((line) => wrapping.unwrapped(line) ?? line).join('\n'), 'latin1')
}

/** Shows a survey its lines of a content. */
export async function surveyLines(survey: LineSurvey, content: AsyncIterable<Buffer>): Promise<void> {
  const lines = lineFinder(survey)
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of content) {
    const block = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const end = block.lastIndexOf(newline) + 1
    lines.find(block.subarray(0, end))
    // Bytes cut here belong to a line that does not count.
    rest = Buffer.from(block.subarray(end, end + lineBytesMax))
  }
  if (rest.length > 0) lines.find(Buffer.concat([rest, Buffer.of(newline)]))
}

/** Goes through blocks of whole lines by native searches: a line that nobody asks for costs one search for its end. */
function lineFinder({ marks, longerThanBytes = Number.POSITIVE_INFINITY, seesFirst = false, see }: LineSurvey) {
  const needles = marks.map((mark) => Buffer.from(mark, 'latin1'))
  let lineNumber = 0
  let seesNext = seesFirst
  return {
    find: (block: Buffer): void => {
      const marked = markedIn(block, needles)
      for (let start = 0; start < block.length; ) {
        const end = block.indexOf(newline, start)
        lineNumber += 1
        if (marked.isWithin(start, end) || seesNext || end - start > longerThanBytes)
          seesNext = see(block.toString('latin1', start, Math.min(end, start + lineBytesMax)), lineNumber)
        start = end + 1
      }
    },
  }
}

/** Says whether a mark stands in a part of the block; parts are asked for in their order. */
function markedIn(block: Buffer, needles: readonly Buffer[]) {
  const found = needles.map((needle) => block.indexOf(needle))
  return {
    isWithin: (start: number, end: number): boolean => {
      for (const [index, needle] of needles.entries())
        if ((found[index] as number) >= 0 && (found[index] as number) < start)
          found[index] = block.indexOf(needle, start)
      return found.some((at) => at >= 0 && at < end)
    },
  }
}
