import { createHash, randomUUID } from 'node:crypto'
import { type FileHandle, open, readdir, rm, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { unsignedPayloadHash } from '../auth/sign-request.ts'
import { equalsDigest } from '../auth/signature.ts'
import { AppError } from '../errors.ts'
import { syncDirectory } from '../sync-directory.ts'
import { tooLong } from './content.ts'

/**
 * Writes a streamed body to a file of its own, piece by piece, on disk with its directory once this resolves.
 * @param payloadHash the signed hash of the body, checked against what came; null or UNSIGNED-PAYLOAD: none was signed
 * @returns where it lies, and its digest
 * @throws AppError CDN.0005 over `bytesMax`, APIGW.0301 when the body is not the signed one; nothing is left then
 */
export async function spoolBody(
  body: AsyncIterable<Uint8Array>,
  options: { directory: string; bytesMax: number; payloadHash: string | null },
): Promise<{ path: string; sha256: Buffer }> {
  const path = join(options.directory, `${randomUUID()}.upload`)
  const file = await open(path, 'wx', 0o600)
  try {
    const digest = await writePieces(file, body, options.bytesMax)
    const { payloadHash } = options
    if (
      payloadHash !== null &&
      payloadHash !== unsignedPayloadHash &&
      !equalsDigest(payloadHash.toLowerCase(), digest)
    ) {
      throw new AppError('APIGW.0301', 'Incorrect IAM authentication information: the body is not the signed one')
    }
    await file.sync()
    await file.close()
    await syncDirectory(options.directory)
    return { path, sha256: digest }
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

/** Removes what a killed process left: files that no batch names, and links to others. */
export async function clearSpool(directory: string, keep: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name)
    if (!keep.has(path)) await rm(path, { recursive: true })
  }
}
