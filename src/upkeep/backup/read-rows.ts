import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { parseExactJson } from '../../exact-json.ts'
import { BackupDamaged } from './backup-damaged.ts'
import type { BackupFile } from './backup-form.ts'
import { listedBytes } from './read-listed.ts'

/** A row has at most this many bytes as JSON: a task of 1 MiB and its manifest take 10. */
const rowBytesMax = 64 * 1024 ** 2

/**
 * The rows of a table's file, one JSON value a line.
 * @throws BackupDamaged when a line is no JSON, or longer than 64 MiB, or when the file is not the listed one
 */
export async function* rowsOf(root: string, file: BackupFile): AsyncGenerator<unknown> {
  const gunzip = createGunzip()
  const unpacking = pipeline(Readable.from(listedBytes(root, file), { objectMode: false }), gunzip)
  unpacking.catch(() => undefined) // the loop below throws its error
  try {
    for await (const line of linesOf(gunzip, file.path)) yield parsed(line, file.path)
    await unpacking
  } catch (error) {
    if (isOfZlib(error)) throw new BackupDamaged(`${file.path} is damaged: it cannot be unpacked`, { cause: error })
    throw error
  } finally {
    gunzip.destroy()
  }
}

const isOfZlib = (error: unknown) => error instanceof Error && 'code' in error && /^Z_/.test(String(error.code))

async function* linesOf(bytes: AsyncIterable<unknown>, path: string): AsyncGenerator<string> {
  let pieces: Buffer[] = []
  let held = 0
  for await (const chunk of bytes) {
    let rest = chunk as Buffer
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      yield Buffer.concat([...pieces, rest.subarray(0, end)]).toString('utf8')
      pieces = []
      held = 0
      rest = rest.subarray(end + 1)
    }
    held += rest.length
    if (held > rowBytesMax) throw new BackupDamaged(`${path} has a row of over ${rowBytesMax} bytes`)
    if (rest.length > 0) pieces.push(rest)
  }
  if (held > 0) yield Buffer.concat(pieces).toString('utf8')
}

function parsed(line: string, path: string): unknown {
  try {
    return parseExactJson(line)
  } catch (cause) {
    throw new BackupDamaged(`${path} has a row that is no JSON`, { cause })
  }
}
