import { createReadStream } from 'node:fs'
import { codeOf } from '../../errors.ts'
import { type LogContent, WarehouseRefused } from './warehouse.ts'

/** What ClickHouse says when it reads the file itself: both ways of handing over a log fail alike. */
const contentCodes: Record<string, number> = {
  ENOENT: 107, // FILE_DOESNT_EXIST
}

/**
 * Headers of an insert whose body is `logBody`. The server undoes every compression itself, checksums and all, and takes no
 * other bytes behind it, as when it reads the file: Node's own gzip passes over zeros there.
 */
export const logBodyHeaders = (log: LogContent): Record<string, string> =>
  log.compression === 'none' ? {} : { 'Content-Encoding': log.compression }

/**
 * A log as the body of an insert, as it lies there.
 * @throws WarehouseRefused when it cannot be had whole
 */
export async function* logBody(log: LogContent): AsyncGenerator<Uint8Array> {
  const file = createReadStream(log.path, { highWaterMark: 1 << 20 })
  try {
    for await (const piece of file) yield piece as Buffer
  } catch (cause) {
    const code = codeOf(cause)
    throw new WarehouseRefused(contentCodes[code] ?? 0, `The log cannot be read whole (${code})`, cause)
  } finally {
    file.destroy()
  }
}
