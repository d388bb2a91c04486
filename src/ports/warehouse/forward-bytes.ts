import { open } from 'node:fs/promises'
import { Damaged } from './bit-reader.ts'

/** Bytes read forwards from the beginning; most of them are skipped. */
export type ForwardBytes = {
  /** @throws Damaged when fewer are left @param count at most 4,096 */
  take(count: number): Promise<Buffer>
  /** Skips bytes, present or not; the next `take` or `isAtEnd` notices the end. */
  skip(count: number): void
  isAtEnd(): Promise<boolean>
}

const windowBytes = 1 << 16

/** Opens bytes of a buffer, or of a file, which is closed when `work` ends. */
export async function withForwardBytes<T>(
  from: Buffer | string,
  work: (bytes: ForwardBytes) => Promise<T>,
): Promise<T> {
  if (typeof from !== 'string') return await work(createForwardBytes(async (at) => from.subarray(at, at + windowBytes)))
  const file = await open(from, 'r')
  try {
    const buffer = Buffer.alloc(windowBytes)
    return await work(
      createForwardBytes(async (at) => {
        const { bytesRead } = await file.read(buffer, 0, windowBytes, at)
        return buffer.subarray(0, bytesRead)
      }),
    )
  } finally {
    await file.close()
  }
}

function createForwardBytes(read: (at: number) => Promise<Buffer>): ForwardBytes {
  let held: Buffer = Buffer.alloc(0)
  let heldFrom = 0
  let at = 0
  const hold = async (count: number): Promise<boolean> => {
    if (at >= heldFrom && at + count <= heldFrom + held.length) return true
    held = await read(at)
    heldFrom = at
    return held.length >= count
  }
  return {
    take: async (count) => {
      if (!(await hold(count))) throw new Damaged('it is cut')
      const taken = held.subarray(at - heldFrom, at - heldFrom + count)
      at += count
      return taken
    },
    skip: (count) => {
      at += count
    },
    isAtEnd: async () => !(await hold(1)),
  }
}
