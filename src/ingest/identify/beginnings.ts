import { createHash } from 'node:crypto'

/** Content is compared by this many first bytes before anything is hashed whole. */
export const headBytes = 4096

/** What identifies the first `endByte` bytes of a content: the first 32 hexadecimal digits of their SHA-256. */
export type KnownBeginning = readonly [endByte: number, digest: string]

/** What is known of a content from its first bytes alone. */
export type Head = {
  /** SHA-256 of the first 4,096 bytes; null when the content is shorter. */
  sha256: string | null
  /** SHA-256 up to the end of the first line that is neither a comment nor blank; null when it has no end in the sample. */
  firstLineSha256: string | null
  /** Ends of whole lines within the first 4,096 bytes, from that line on: 128 at most. */
  lineEnds: KnownBeginning[]
}

/** Lines of 32 bytes that fill the head; no access log's are shorter. */
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
    // Headers are alike in every file of a format: two files that share them have no line in common.
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

/** Whether one of the beginnings is that of `endByte` bytes with this SHA-256. */
export const hasBeginning = (known: readonly KnownBeginning[], endByte: number, sha256: string): boolean =>
  known.some(([end, digest]) => end === endByte && digest === shortened(sha256))

/** Earlier deliveries of a log that grows, as many as are remembered: its newest ones. */
const grownMax = 64

/**
 * What is to be remembered of a content: the line ends of its head, and the loaded contents that it begins with, so that
 * one of them is known again when it comes after it was forgotten.
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
