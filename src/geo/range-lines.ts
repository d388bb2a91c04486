import { ReaderLost, ReadFailed, ReadRefused } from '../readers/jobs.ts'
import type { GeoFile } from './geo-file.ts'
import { GeoFileError } from './geo-file-error.ts'
import type { Range } from './ranges.ts'
import type { Said } from './source-places.ts'

/**
 * Lines in which a reader process passes on a file of geographic data. The first line is the source as JSON. Each
 * further line is a range, `FIRST LAST` in hexadecimal, and the number of its words; the line of a new number adds the
 * words as JSON.
 */

/** Bound on ranges: no real data has this many, so a file with more is damaged or hostile. */
const rangesMax = 20_000_000
const pieceCharacters = 65_536

export async function* rangeLines({ source, ranges }: GeoFile): AsyncGenerator<Uint8Array> {
  const numbers = new Map<Said, number>()
  let text = `${JSON.stringify(source)}\n`
  let count = 0
  for await (const { first, last, value } of ranges) {
    if (++count > rangesMax) throw new GeoFileError(`it has more than ${rangesMax} networks`)
    const number = numbers.get(value)
    const words = number === undefined ? ` ${JSON.stringify(value)}` : ''
    text += `${first.toString(16)} ${last.toString(16)} ${number ?? numbers.size}${words}\n`
    if (number === undefined) numbers.set(value, numbers.size)
    if (text.length < pieceCharacters) continue
    yield Buffer.from(text)
    text = ''
  }
  yield Buffer.from(text)
}

/** Reads the lines of a reader process. @throws GeoFileError at once or while the ranges are read */
export async function readRangeLines(pieces: AsyncIterable<Buffer>): Promise<GeoFile> {
  const lines = linesOf(pieces)
  const { value, done } = await lines.next()
  if (done) throw new GeoFileError('nothing can be read of it')
  return { source: JSON.parse(value) as GeoFile['source'], ranges: rangesOf(lines) }
}

async function* rangesOf(lines: AsyncIterable<string>): AsyncGenerator<Range<Said>> {
  const said: Said[] = []
  for await (const line of lines) {
    const [first, last, number] = line.split(' ', 3)
    const words = line.indexOf('{')
    if (words >= 0) said.push(JSON.parse(line.slice(words)) as Said)
    const value = said[Number(number)]
    if (!value) throw new Error('a reader process named words that it did not say')
    yield { first: BigInt(`0x${first}`), last: BigInt(`0x${last}`), value }
  }
}

async function* linesOf(pieces: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let pending: Buffer[] = []
  try {
    for await (const piece of pieces) {
      const end = piece.lastIndexOf(0x0a)
      if (end < 0) {
        pending.push(piece)
        continue
      }
      const whole = Buffer.concat([...pending, piece.subarray(0, end)]).toString()
      pending = [piece.subarray(end + 1)]
      yield* whole.split('\n')
    }
  } catch (error) {
    throw asGeoFileError(error)
  }
}

/** A file that crashes its reader, or exceeds a limit, is unusable. */
export function asGeoFileError(error: unknown): unknown {
  if (error instanceof ReadRefused) return new GeoFileError(`it ${error.message}`)
  if (error instanceof ReaderLost) return new GeoFileError('the process that read it ended over it')
  if (error instanceof ReadFailed && error.name === 'GeoFileError') return new GeoFileError(error.message)
  return error
}
