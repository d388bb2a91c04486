import { open } from 'node:fs/promises'

/** Puts a directory's entries on disk: a new name, or a rename, is durable only then. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
