import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { SecretBox } from '../../auth/secret-box.ts'
import { syncDirectory } from '../../disk/sync-directory.ts'
import { codeOf } from '../../errors.ts'
import {
  type BackupFile,
  type BackupManifest,
  digestPath,
  digestText,
  manifestPath,
  sealPath,
  sealText,
  unfinishedPath,
} from './backup-form.ts'

/** Facts about a file before it is written. */
type FileHead = Omit<BackupFile, 'bytes' | 'sha256'>

/** Writes a backup into a directory beside its final one. */
export type BackupWriter = {
  /** Writes a file, gzipped when its path says so; on disk once this resolves. */
  add(file: FileHead, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<BackupFile>
  /** Copies a file unchanged; false when it is missing. */
  addCopy(path: string, from: string): Promise<boolean>
  /** Removes the files written below a path. */
  discard(prefix: string): Promise<void>
  /** Completes the backup: writes its manifest, with a seal when there is a key, then renames the directory. */
  finish(manifest: Omit<BackupManifest, 'files'>, box: SecretBox | null): Promise<BackupManifest>
  /** Removes the written files. */
  abandon(): Promise<void>
}

/** For blocks of numbers and repeated text the first level takes a third of the time of the default one. */
const gzipLevel = 1

/**
 * @param directory final directory of the backup: missing or empty
 * @throws Error with a sentence when it is not empty
 */
export async function openBackupWriter(directory: string): Promise<BackupWriter> {
  const root = resolve(directory)
  const place = unfinishedPath(root)
  if ((await entriesOf(root)).length > 0)
    throw new Error(`${root} is not empty: a backup goes to a directory of its own`)
  await mkdir(dirname(root), { recursive: true })
  await mkdir(place, { mode: 0o700 }).catch((cause) => {
    const problem = 'is there: of a backup that runs, or was killed; if it was, remove it'
    throw new Error(`${place} ${problem}`, { cause })
  })
  let files: BackupFile[] = []
  const add: BackupWriter['add'] = async (head, chunks) => {
    const path = join(place, head.path)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const file = { ...head, ...(await writeFile(path, head.path.endsWith('.gz') ? gzipped(chunks) : chunks)) }
    files.push(file)
    return file
  }
  return {
    add,
    addCopy: async (path, from) => {
      if (!(await stat(from).catch(() => null))?.isFile()) return false
      await add({ path }, createReadStream(from))
      return true
    },
    discard: async (prefix) => {
      files = files.filter((file) => !file.path.startsWith(`${prefix}/`))
      await rm(join(place, prefix), { recursive: true, force: true })
    },
    finish: async (manifest, box) => {
      const whole: BackupManifest = { ...manifest, files }
      const text = `${JSON.stringify(whole, null, 1)}\n`
      await writeFile(digestPath(place), [Buffer.from(digestText(text))])
      if (box) await writeFile(sealPath(place), [Buffer.from(sealText(box, text))])
      await writeFile(manifestPath(place), [Buffer.from(text)])
      for (const below of new Set(files.map((file) => dirname(join(place, file.path))))) await syncDirectory(below)
      await syncDirectory(place)
      await rename(place, root) // an empty directory is replaced
      await syncDirectory(dirname(root))
      return whole
    },
    abandon: () => rm(place, { recursive: true, force: true }),
  }
}

/** Names in a directory; none when it is missing. */
export const entriesOf = (directory: string): Promise<string[]> =>
  readdir(directory).catch((error) => {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  })

const gzipped = (chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncIterable<Uint8Array> =>
  Readable.from(chunks, { objectMode: false }).compose(createGzip({ level: gzipLevel })) as AsyncIterable<Uint8Array>

async function writeFile(path: string, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
  const file = await open(path, 'wx', 0o600)
  try {
    const hash = createHash('sha256')
    let bytes = 0
    for await (const chunk of chunks) {
      hash.update(chunk)
      for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten
      bytes += chunk.length
    }
    await file.sync()
    return { bytes, sha256: hash.digest('hex') }
  } finally {
    await file.close()
  }
}
