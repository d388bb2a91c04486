import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { type LogContent, WarehouseRefused } from './warehouse.ts'

/** What ClickHouse says when it reads the file itself: both ways of handing over a log fail alike. */
const contentCodes: Record<string, number> = {
  ENOENT: 107, // FILE_DOESNT_EXIST
  Z_BUF_ERROR: 354, // ZLIB_INFLATE_FAILED: it ends too early
  Z_DATA_ERROR: 354, // ZLIB_INFLATE_FAILED
}

/**
 * The lines of a log, decompressed, as the body of an insert.
 * @throws WarehouseRefused when they cannot be had whole
 */
export async function* logBody(log: LogContent): AsyncGenerator<Buffer> {
  const file = createReadStream(log.path, { highWaterMark: 1 << 20 })
  const bytes = log.compression === 'gzip' ? file.pipe(createGunzip({ chunkSize: 1 << 18 })) : file
  file.on('error', (error) => bytes.destroy(error))
  try {
    for await (const chunk of bytes) yield chunk as Buffer
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    throw new WarehouseRefused(contentCodes[code] ?? 0, `The log cannot be read whole (${code})`, cause)
  } finally {
    file.destroy()
  }
}
