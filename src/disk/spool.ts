import { createHash, randomUUID } from 'node:crypto'
import { type FileHandle, open, readdir, rm, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../errors.ts'
import { syncDirectory } from './sync-directory.ts'

/**
 * Writes a streamed body to a file of its own. File and directory entry are on disk once the promise resolves.
 * @returns its path and digest
 * @throws AppError CDN.0005 over `bytesMax`, and any error of `body`; the file is removed then
 */
export async function spoolBody(
  body: AsyncIterable<Uint8Array>,
  options: { directory: string; bytesMax: number; onBegun?: (path: string) => void },
): Promise<{ path: string; sha256: Buffer }> {
  const path = join(options.directory, `${randomUUID()}.upload`)
  const file = await open(path, 'wx', 0o600)
  options.onBegun?.(path)
  try {
    const sha256 = await writePieces(file, body, options.bytesMax)
    await file.sync()
    await file.close()
    await syncDirectory(options.directory)
    return { path, sha256 }
  } catch (error) {
    await file.close()
    await unlink(path)
    throw error
  }
}

async function writePieces(file: FileHandle, body: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Buffer> {
  const hash = createHash('sha256')
  let size = 0
  for await (const piece of body) {
    size += piece.length
    if (size > bytesMax) throw tooLong(bytesMax)
    hash.update(piece)
    for (let at = 0; at < piece.length; ) at += (await file.write(piece, at)).bytesWritten
  }
  return hash.digest()
}

/**
 * Removes every entry that `keep` does not name: a killed process left files without a batch, and links to other files.
 */
export async function clearSpool(directory: string, keep: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name)
    if (!keep.has(path)) await rm(path, { recursive: true })
  }
}
export const tooLong = (bytesMax: number) =>
  new AppError('CDN.0005', `The log is longer than ${bytesMax} bytes, decompressed (--batch-bytes-max)`, {
    status: 413,
  })
