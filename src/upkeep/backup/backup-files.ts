import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncDirectory } from '../../disk/sync-directory.ts'

/** Writes a new file that only its owner may read; on disk with its directory once this resolves. */
export async function writeDurably(to: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  const file = await open(to, 'wx', 0o600)
  try {
    await file.chmod(0o600)
    for await (const chunk of chunks)
      for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten
    await file.sync()
  } finally {
    await file.close()
  }
  await syncDirectory(dirname(to))
}
