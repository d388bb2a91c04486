import { open } from 'node:fs/promises'

/** Syncs a directory's entries to disk: only then is a new name, or a rename, durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
