import { createHash } from 'node:crypto'

/** Contents are compared by this many first bytes before one is hashed whole. */
export const headBytes = 4096

/** Identifies the first `endByte` bytes of a content: the first 32 hexadecimal digits of their SHA-256. */
export type KnownBeginning = readonly [endByte: number, digest: string]

/** Facts about a content from its first bytes. */
export type Head = {
  /** SHA-256 of the first 4,096 bytes; null when the content is shorter. */
  sha256: string | null
  /**
   * SHA-256 up to the end of the first line that is neither a comment nor blank; null when that line does not end in
   * the sample.
   */
  firstLineSha256: string | null
  /** Ends of whole lines within the first 4,096 bytes, from that line on; at most 128. */
  lineEnds: KnownBeginning[]
}

/** Number of 32-byte lines that fill the head; no access log has shorter lines. */
const lineEndsMax = 128
const newline = 0x0a
const carriageReturn = 0x0d
const comment = 0x23

/** @param sample the first 64 KiB of the content, decompressed, or all of it */
export function headOf(sample: Buffer): Head {
  const hash = createHash('sha256')
  const lineEnds: KnownBeginning[] = []
  let firstLineSha256: string | null = null
  let start = 0
  for (let at = sample.indexOf(newline); at >= 0; at = sample.indexOf(newline, start)) {
    const end = at + 1
    if (lineEnds.length === lineEndsMax || (firstLineSha256 !== null && end > headBytes)) break
    hash.update(sample.subarray(start, end))
    // All files of a format share their header lines, so a shared header proves no common line.
    if (firstLineSha256 !== null || !isSkipped(sample, start)) {
      const digest = hash.copy().digest('hex')
      firstLineSha256 ??= digest
      if (end <= headBytes) lineEnds.push([end, shortened(digest)])
    }
    start = end
  }
  const sha256 = sample.length < headBytes ? null : sha256Of(sample.subarray(0, headBytes))
  return { sha256, firstLineSha256, lineEnds }
}

function isSkipped(sample: Buffer, start: number): boolean {
  const first = sample[start]
  return first === comment || first === newline || first === carriageReturn
}

export const sha256Of = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

const shortened = (sha256: string) => sha256.slice(0, 32)

/** True if a known beginning has `endByte` bytes and this SHA-256. */
export const hasBeginning = (known: readonly KnownBeginning[], endByte: number, sha256: string): boolean =>
  known.some(([end, digest]) => end === endByte && digest === shortened(sha256))

/** Most remembered earlier deliveries of a growing log: the newest ones. */
const grownMax = 64

/**
 * Beginnings to remember of a content: the line ends of its head, and the loaded contents that it begins with. One of
 * those is recognised again when it is delivered after it was forgotten.
 */
export function beginningsToKeep(
  head: Head,
  loaded: readonly { endByte: number; contentSha256: string; beginnings: readonly KnownBeginning[] }[],
): KnownBeginning[] {
  const ends = new Map<number, string>(head.lineEnds.map(([end, digest]) => [end, digest]))
  const grown = new Map<number, string>()
  for (const { endByte, contentSha256, beginnings } of loaded) {
    for (const [end, digest] of beginnings) if (!ends.has(end)) grown.set(end, digest)
    if (!ends.has(endByte)) grown.set(endByte, shortened(contentSha256))
  }
  const newest = [...grown].sort((a, b) => b[0] - a[0]).slice(0, grownMax)
  return [...ends, ...newest].sort((a, b) => a[0] - b[0])
}
