import { Damaged } from './bit-reader.ts'
import type { ForwardBytes } from './forward-bytes.ts'

const magic = 0xfd2fb528
const blockBytesMax = 128 * 1024
const checksumBytes = 4
const kinds = { raw: 0, run: 1, coded: 2 } as const

/** A frame demands a larger window than is allowed. */
export class WindowTooLarge extends Error {
  readonly windowBytes: number
  constructor(windowBytes: number) {
    super(`a window of ${windowBytes} bytes`)
    this.windowBytes = windowBytes
  }
}

/**
 * Checks the header of every frame, and walks every block to find the next frame. Nothing is decoded: a frame's claim
 * is known before memory is reserved for it.
 * @throws WindowTooLarge, or Damaged when these are no frames
 */
export async function assertZstdWindows(bytes: ForwardBytes, windowBytesMax: number): Promise<void> {
  while (!(await bytes.isAtEnd())) {
    const found = (await bytes.take(4)).readUInt32LE()
    if (found >>> 4 === 0x184d2a5) {
      bytes.skip((await bytes.take(4)).readUInt32LE())
    } else if (found === magic) {
      const { windowBytes, hasChecksum } = await frameHeader(bytes)
      if (windowBytes > windowBytesMax) throw new WindowTooLarge(windowBytes)
      await passBlocks(bytes)
      if (hasChecksum) await bytes.take(checksumBytes)
    } else {
      throw new Damaged('there are other bytes where a frame has to begin')
    }
  }
}

async function frameHeader(bytes: ForwardBytes): Promise<{ windowBytes: number; hasChecksum: boolean }> {
  const [flags = 0] = await bytes.take(1)
  if ((flags & 8) !== 0) throw new Damaged('a frame’s header is none')
  const isSingleSegment = (flags & 32) !== 0
  const [exponents = 0] = isSingleSegment ? [] : await bytes.take(1)
  bytes.skip([0, 1, 2, 4][flags & 3] ?? 0)
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0
  const size = sizeBytes === 0 ? 0 : contentBytes(await bytes.take(sizeBytes))
  const base = 2 ** (10 + (exponents >> 3))
  return {
    // A frame of one segment is its own window.
    windowBytes: isSingleSegment ? size : base + (base / 8) * (exponents & 7),
    hasChecksum: (flags & 4) !== 0,
  }
}

function contentBytes(field: Buffer): number {
  if (field.length === 8) return Number(field.readBigUInt64LE())
  return field.readUIntLE(0, field.length) + (field.length === 2 ? 256 : 0)
}

async function passBlocks(bytes: ForwardBytes): Promise<void> {
  for (let isLast = false; !isLast; ) {
    const header = (await bytes.take(3)).readUIntLE(0, 3)
    isLast = (header & 1) === 1
    const [kind, size] = [(header >> 1) & 3, header >> 3]
    if (kind > kinds.coded || size > blockBytesMax) throw new Damaged('a block’s header is none')
    bytes.skip(kind === kinds.run ? 1 : size)
  }
}
