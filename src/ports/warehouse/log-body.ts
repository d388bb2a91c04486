import { createReadStream } from 'node:fs'
import { codeOf } from '../../errors.ts'
import { type LogContent, WarehouseRefused } from './warehouse.ts'

/** ClickHouse's codes for a file that it cannot read: both ways of delivering a log fail alike. */
const contentCodes: Record<string, number> = {
  ENOENT: 107, // FILE_DOESNT_EXIST
}

/**
 * Headers of an insert whose body is `logBody`. The server itself undoes every compression, checks checksums, and
 * refuses trailing bytes, as when it reads the file: Node's own gzip ignores trailing zeros.
 */
export const logBodyHeaders = (log: LogContent): Record<string, string> =>
  log.compression === 'none' ? {} : { 'Content-Encoding': log.compression }

/**
 * A log as the body of an insert, in its stored form.
 * @throws WarehouseRefused when it cannot be read whole
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
