import { spawnSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'

/** Compressed content, honest and hostile, written here byte by byte where no program writes it. */

const packedBy =
  (command, ...flags) =>
  (content) =>
    spawnSync(command, ['-c', ...flags], { input: content, maxBuffer: 1 << 30 }).stdout

export const gzipOf = (content) => gzipSync(content)
export const zstdOf = packedBy('zstd', '-q')
export const bzip2Of = packedBy('bzip2')
export const xzOf = packedBy('xz', '-0')

/** Bombs are packed once for a size: packing one of 120 MiB takes longer than a server may take to refuse it. */
const bombs = new Map()
function packedOnce(kind, mebibytes, pack) {
  const key = `${kind} ${mebibytes}`
  if (!bombs.has(key)) bombs.set(key, pack())
  return bombs.get(key)
}

/** @param {number} mebibytes of zeros */
export const gzipBomb = (mebibytes) =>
  packedOnce('gzip', mebibytes, () => gzipSync(Buffer.alloc(mebibytes << 20), { level: 9 }))

/** @param {number} mebibytes of one letter */
export const bzip2Bomb = (mebibytes) =>
  packedOnce('bzip2', mebibytes, () => bzip2Of(Buffer.alloc(mebibytes << 20, 'a')))

/** @param {number} mebibytes of one letter */
export const xzBomb = (mebibytes) => packedOnce('xz', mebibytes, () => xzOf(Buffer.alloc(mebibytes << 20, 'a')))

/**
 * A frame of runs: `windowLog` is what it claims, each run one byte again and again, at most 128 KiB of it.
 * @param {{ windowLog: number, runs: number[] }} frame
 */
export function zstdFrame({ windowLog, runs }) {
  const blocks = runs.map((length, index) => {
    const block = Buffer.alloc(4, 'a')
    block.writeUIntLE(length * 8 + 2 + (index === runs.length - 1 ? 1 : 0), 0, 3)
    return block
  })
  return Buffer.concat([Buffer.from('28b52ffd00', 'hex'), Buffer.from([(windowLog - 10) << 3]), ...blocks])
}

/** A frame of the largest window that is allowed, in blocks of one byte: a decoder that moves its window for each is busy. */
export const slowZstd = (blocks) => zstdFrame({ windowLog: 23, runs: Array.from({ length: blocks }, () => 1) })

/** A frame of blocks that are as they are: lines behind a window of `windowLog`. */
export function rawZstd(windowLog, content) {
  const header = Buffer.alloc(3)
  header.writeUIntLE(content.length * 8 + 1, 0, 3)
  return Buffer.concat([Buffer.from('28b52ffd00', 'hex'), Buffer.from([(windowLog - 10) << 3]), header, content])
}
