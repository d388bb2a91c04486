import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { WarehouseUnavailable } from '../../ports/warehouse/warehouse.ts'
import type { Slice } from '../reports/report.ts'

export type SliceResult = { stream: Readable; rows: number }

/**
 * Slices that the engine makes while an earlier one is written to disk: one for each core of the smallest supported
 * machine.
 */
const slicesAhead = 2

/** Runs the slices in order, some ahead of the one that is read; only those are in memory. */
export async function* slicesInOrder(
  slices: AsyncGenerator<Slice>,
  run: (slice: Slice) => Promise<SliceResult>,
): AsyncGenerator<{ stream: AsyncGenerator<Buffer>; rows: number }> {
  const running: Promise<SliceResult>[] = []
  try {
    for await (const slice of slices) {
      const result = run(slice)
      result.catch(() => undefined) // awaited below; until then its failure must not end the process
      running.push(result)
      const first = running.length > slicesAhead ? running.shift() : undefined
      if (first) yield readable(await first)
    }
    for (let first = running.shift(); first; first = running.shift()) yield readable(await first)
  } finally {
    await Promise.allSettled(running.map((result) => result.then(({ stream }) => discard(stream))))
  }
}

const readable = (result: SliceResult) => ({ stream: bytesOf(result.stream), rows: result.rows })

/** @throws WarehouseUnavailable when the engine fails while its answer is read: the next attempt starts anew */
async function* bytesOf(stream: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stream) yield chunk as Buffer
  } catch (error) {
    throw new WarehouseUnavailable(error)
  }
}

async function discard(stream: Readable) {
  if (stream.closed) return
  stream.destroy()
  await once(stream, 'close')
}
