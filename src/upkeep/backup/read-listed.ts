import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readdir, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOf } from '../../errors.ts'
import { BackupDamaged } from './backup-damaged.ts'

/** A file as a manifest lists it. */
type Listed = { path: string; bytes: number; sha256: string }

/** Deepest level of directories that a walk enters. */
const depthMax = 12

/** The backup's own directory, links on the way there resolved, because the operator named it. @throws BackupDamaged */
export async function backupRoot(directory: string): Promise<string> {
  return await realpath(directory).catch((cause) => {
    const problem = `${directory} is no backup, or one that was not finished`
    throw new BackupDamaged(`${join(directory, 'manifest.json')} cannot be read: ${problem}`, { cause })
  })
}

/**
 * Opens a file of a backup for reading. It must be a plain file, and neither it nor a directory above it a link: a pipe
 * would block a restore for ever, and a link could lead to a file that the backup's maker may not read.
 * @throws BackupDamaged naming the file
 */
async function openListed(root: string, path: string): Promise<FileHandle> {
  const whole = join(root, path)
  const place = await realpath(dirname(whole)).catch(() => null)
  if (place === null) throw new BackupDamaged(`${whole} is missing`)
  if (place !== dirname(whole)) throw new BackupDamaged(`${whole} lies behind a link: a backup has none`)
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(whole, flags).catch((cause) => {
    const code = codeOf(cause)
    if (code === 'ENOENT') throw new BackupDamaged(`${whole} is missing`, { cause })
    if (code === 'ELOOP') throw new BackupDamaged(`${whole} is a link: a backup has none`, { cause })
    throw new BackupDamaged(`${whole} cannot be read (${code})`, { cause })
  })
  if ((await file.stat()).isFile()) return file
  await file.close()
  throw new BackupDamaged(`${whole} is no file`)
}

/**
 * The bytes of a listed file, compared with its SHA-256 once more as they are read: somebody who may write there could
 * exchange a file after its check.
 * @throws BackupDamaged after the last byte, when they differ
 */
export async function* listedBytes(root: string, listed: Listed): AsyncGenerator<Buffer> {
  const whole = join(root, listed.path)
  const file = await openListed(root, listed.path)
  try {
    const { size } = await file.stat()
    if (size !== listed.bytes)
      throw new BackupDamaged(`${whole} is damaged: it has ${size} bytes instead of ${listed.bytes}`)
    const hash = createHash('sha256')
    for await (const piece of file.createReadStream({ autoClose: false, highWaterMark: 1 << 18 })) {
      hash.update(piece as Buffer)
      yield piece as Buffer
    }
    if (hash.digest('hex') !== listed.sha256) throw new BackupDamaged(`${whole} is damaged: its SHA-256 is another`)
  } finally {
    await file.close()
  }
}

/** Reads a small file whole. @throws BackupDamaged when it is longer than `bytesMax` */
export async function readListed(root: string, path: string, bytesMax: number): Promise<string> {
  const file = await openListed(root, path)
  try {
    const { size } = await file.stat()
    if (size > bytesMax) throw new BackupDamaged(`${join(root, path)} has over ${bytesMax} bytes: a backup has less`)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/** @throws BackupDamaged naming the first entry in a backup that is a link, a pipe, or not in `expected` */
export async function assertNothingElse(root: string, expected: ReadonlySet<string>): Promise<void> {
  const look = async (below: string, depth: number): Promise<void> => {
    for (const name of await readdir(join(root, below))) {
      const path = below === '' ? name : `${below}/${name}`
      const found = await lstat(join(root, path))
      if (found.isSymbolicLink()) throw new BackupDamaged(`${shown(path)} is a link: a backup has none`)
      if (found.isDirectory() && depth < depthMax) await look(path, depth + 1)
      else if (!found.isFile() || !expected.has(path))
        throw new BackupDamaged(`${shown(path)} is not of this backup: remove it, or do not trust the rest`)
    }
  }
  await look('', 1)
}

/** A name from outside for a terminal, without characters that a terminal would act on. */
const shown = (path: string): string => JSON.stringify(path).replaceAll(/[\u007f-\u009f]/g, '?')
