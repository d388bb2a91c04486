import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, constants, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { syncDirectory } from '../../disk/sync-directory.ts'
import { codeOf } from '../../errors.ts'
import { type Artifacts, assertKey, keyTaken } from './artifacts.ts'

/** Bytes gathered before a write: the engine sends pieces of 64 KiB. */
const writeBytes = 1 << 20

/** Stores artifacts as files below `root`; only their owner may read them. */
export async function openArtifactDirectory(directory: string): Promise<Artifacts> {
  const root = resolve(directory)
  await mkdir(root, { recursive: true, mode: 0o700 })
  const pathOf = (key: string) => {
    assertKey(key)
    const path = resolve(root, key)
    if (!path.startsWith(root + sep)) throw new Error(`bad artifact key ${key}`)
    return path
  }
  return {
    kind: 'directory',
    requests: null,
    put: async (key, chunks, signal) => {
      const path = pathOf(key)
      const assertFree = async () => {
        if ((await sizeOf(path)) !== null) throw keyTaken(key)
      }
      return await putFile(root, path, chunks, { signal, assertFree })
    },
    open: async (key, range) => {
      const bytes = await sizeOf(pathOf(key))
      if (bytes === null) return null
      if (range && range.from >= range.to) return { stream: Readable.from([]), bytes }
      const options = range ? { start: range.from, end: range.to - 1 } : {}
      return { stream: createReadStream(pathOf(key), options), bytes }
    },
    size: async (key) => await sizeOf(pathOf(key)),
    remove: async (key) => {
      await rm(pathOf(key), { force: true })
      await rm(unfinishedPath(pathOf(key)), { force: true })
    },
    removeUnder: async (prefix) => await rm(pathOf(prefix), { recursive: true, force: true }),
    link: async () => null,
    removeAbandoned: async () => 0,
    isEmpty: async () => (await readdir(root)).length === 0,
    problem: () =>
      access(root, constants.R_OK | constants.W_OK).then(
        () => null,
        () => 'cannot be read and written',
      ),
    close: () => undefined,
  }
}

/** No key begins with a dot, so an unfinished file cannot be opened. */
const unfinishedPath = (path: string) => join(dirname(path), `.${basename(path)}.unfinished`)

/** @param options.assertFree the key has one writer, so a look before the rename is enough */
async function putFile(
  root: string,
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  { signal, assertFree }: { signal: AbortSignal; assertFree: () => Promise<void> },
) {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const unfinished = unfinishedPath(path)
  const file = await open(unfinished, 'w', 0o600)
  try {
    const hash = createHash('sha256')
    let bytes = 0
    for await (const pieces of gathered(chunks)) {
      signal.throwIfAborted()
      for (const piece of pieces) hash.update(piece)
      bytes += await writeAll(file, pieces)
    }
    await file.sync()
    await file.close()
    signal.throwIfAborted()
    await assertFree()
    await rename(unfinished, path)
    for (let at = dirname(path); at.startsWith(root); at = dirname(at)) await syncDirectory(at)
    return { bytes, sha256: hash.digest('hex') }
  } catch (error) {
    await file.close()
    await rm(unfinished, { force: true })
    throw error
  }
}

async function* gathered(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array[]> {
  let waiting: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    waiting.push(chunk)
    size += chunk.length
    if (size < writeBytes) continue
    yield waiting
    waiting = []
    size = 0
  }
  if (size > 0) yield waiting
}

/** Writes the pieces without copying them together. One write may take only a part of them. */
async function writeAll(file: Awaited<ReturnType<typeof open>>, pieces: Uint8Array[]): Promise<number> {
  let total = 0
  let left = pieces
  while (left.length > 0) {
    let { bytesWritten } = await file.writev(left)
    total += bytesWritten
    const whole = left.findIndex((piece) => {
      const isWhole = piece.length <= bytesWritten
      if (isWhole) bytesWritten -= piece.length
      return !isWhole
    })
    left = whole < 0 ? [] : left.slice(whole)
    if (bytesWritten > 0) left = left.map((piece, i) => (i === 0 ? piece.subarray(bytesWritten) : piece))
  }
  return total
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}
