import { createReadStream } from 'node:fs'
import { decompressed } from './decompress.ts'
import { type LogContent, WarehouseRefused } from './warehouse.ts'

/** What ClickHouse says when it reads the file itself: both ways of handing over a log fail alike. */
const contentCodes: Record<string, number> = {
  ENOENT: 107, // FILE_DOESNT_EXIST
  Z_BUF_ERROR: 354, // ZLIB_INFLATE_FAILED: it ends too early
  Z_DATA_ERROR: 354, // ZLIB_INFLATE_FAILED
}

/** Compressions that a server undoes itself, checksums and all. */
const encodings: readonly LogContent['compression'][] = ['zstd', 'xz']

/** Headers of an insert whose body is `logBody`. */
export const logBodyHeaders = (log: LogContent): Record<string, string> =>
  encodings.includes(log.compression) ? { 'Content-Encoding': log.compression } : {}

/**
 * A log as the body of an insert: its lines, or compressed bytes that the server undoes.
 * @throws WarehouseRefused when it cannot be had whole
 */
export async function* logBody(log: LogContent): AsyncGenerator<Uint8Array> {
  const file = createReadStream(log.path, { highWaterMark: 1 << 20 })
  try {
    yield* decompressed(file, encodings.includes(log.compression) ? 'none' : log.compression)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    throw new WarehouseRefused(contentCodes[code] ?? 0, `The log cannot be read whole (${code})`, cause)
  } finally {
    file.destroy()
  }
}
