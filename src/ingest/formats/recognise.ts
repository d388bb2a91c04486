import type { LogFormat } from './line/log-format.ts'
import type { Wrapping } from './line/wrapping.ts'
import { wrappings } from './wrapping/known-wrappings.ts'
import { wrappedFormat, wrappedTwice } from './wrapping/wrapping.ts'

/** Number of lines examined to recognise a format. */
const sampleLinesMax = 200

/** The format of a name, perhaps after those of wrappings: `combined`, `syslog+combined`, `syslog+docker_json+combined`. */
export function formatByName(formats: readonly LogFormat[], name: string): LogFormat | undefined {
  const names = name.split('+')
  const format = formats.find((one) => one.name === names.at(-1))
  const [outer, inner] = names.slice(0, -1).map((around) => wrappings.find((one) => one.name === around))
  if (!format || names.length === 1) return format
  if (names.length === 2) return outer && wrappedFormat(outer, format)
  return names.length === 3 && outer && inner ? wrappedFormat(wrappedTwice(outer, inner), format) : undefined
}

/**
 * The format that matches the most of a log's first lines; null when no format matches half of them. A wrapped line may
 * look like another format with its prefix in the fields, so the wrapping is looked for first. A user's own format may
 * describe a prefix itself.
 * @param formats the most particular first
 * @param own the formats among them that a user described
 * @param head the first bytes of the content, decompressed; a cut last line is skipped
 */
export function recogniseFormat(formats: readonly LogFormat[], head: Buffer, isWhole: boolean): LogFormat | null {
  const lines = sampleLines(head, isWhole)
  const own = formats.filter((format) => format.isOwn)
  const known = bestOf(own, lines) ?? bestWithin(formats, lines) ?? bestOf(formats, lines)
  if (known) return known
  const withUser = formats.flatMap((one) => (one.recognisesUser ? [{ ...one, recognises: one.recognisesUser }] : []))
  return bestWithin(withUser, lines) ?? bestOf(withUser, lines)
}

/**
 * The stated format, in the wrapping that its lines have; or the format that most lines really have, as `other`.
 * @param stated its name may begin with a wrapping's, which then is not looked for
 */
export function statedFormat(
  formats: readonly LogFormat[],
  stated: LogFormat,
  { head, isWhole }: { head: Buffer; isWhole: boolean },
): { format: LogFormat; other: LogFormat | null } {
  const lines = sampleLines(head, isWhole)
  if (stated.wrapping || lines.length === 0) return { format: stated, other: null }
  const bare = bestOf([stated], lines)
  const found = (stated.isOwn ? bare : null) ?? bestWithin([stated], lines) ?? bare
  if (found) return { format: found, other: null }
  return { format: stated, other: recogniseFormat(formats, head, isWhole) }
}

function sampleLines(head: Buffer, isWhole: boolean): string[] {
  const lines = head.toString('latin1').split('\n')
  if (!isWhole) lines.pop()
  return lines
    .map((line) => withoutMark(line.trimEnd()))
    .filter((line) => line !== '' && !isPassedOver(line))
    .slice(0, sampleLinesMax)
}

/** A byte order mark, in Latin-1. Files that were joined have one in their midst. */
const withoutMark = (line: string) => (line.startsWith('\xef\xbb\xbf') ? line.slice(3) : line)

/** NUL bytes say nothing of a format, nor do directives other than `#Fields:`, which CloudFront's log is known by. */
const isPassedOver = (line: string): boolean =>
  line.includes('\0') || /^#(Version|Software|Date|Start-Date|End-Date|Remark):/.test(line)

/**
 * The first wrappings of most lines in which a format is recognised. Two, one around the other, are looked for first: the
 * inner one's words may look like a host.
 */
function bestWithin(formats: readonly LogFormat[], lines: readonly string[]): LogFormat | null {
  const around = wrappings.filter((wrapping) => unwrappedLines(wrapping, lines) !== null)
  // kubectl's two have a name of their own.
  const pairs = around.flatMap((outer) => wrappings.map((inner) => wrappedTwice(outer, inner)))
  const twice = pairs.filter(({ name }) => name !== 'kubectl+timestamps')
  for (const wrapping of [...twice, ...around]) {
    const within = unwrappedLines(wrapping, lines)
    const format = within && bestOf(formats, within)
    if (format) return wrappedFormat(wrapping, format)
  }
  return null
}

/** The lines within; null when most lines have no such wrapping. */
function unwrappedLines(wrapping: Wrapping, lines: readonly string[]): string[] | null {
  const unwrapped = lines.map((line) => wrapping.unwrapped(line))
  const within = unwrapped.map((line) => withoutMark((line ?? '').trimEnd()))
  return unwrapped.filter((line) => line !== null).length * 2 > lines.length ? within : null
}

function bestOf(formats: readonly LogFormat[], lines: readonly string[]): LogFormat | null {
  let best: LogFormat | null = null
  let bestLines = Math.max(0, Math.floor((lines.length - 1) / 2))
  for (const format of formats) {
    if (bestLines === lines.length) break
    const matching = matchingLines(format, lines, bestLines)
    if (matching > bestLines) {
      best = format
      bestLines = matching
    }
  }
  return best
}

/** Counts the lines that a format matches, but stops once they cannot exceed `moreThan`: every file passes here. */
function matchingLines(format: LogFormat, lines: readonly string[], moreThan: number): number {
  let matching = 0
  let left = lines.length
  for (const line of lines) {
    left -= 1
    if (format.recognises.test(line)) matching += 1
    else if (matching + left <= moreThan) break
  }
  return matching
}
