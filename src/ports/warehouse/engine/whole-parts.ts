import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { syncDirectory } from '../../../disk/sync-directory.ts'
import { codeOf } from '../../../errors.ts'
import type { Logger } from '../../../logger.ts'
import { sqlFile } from '../sql-file.ts'
import { type Warehouse, WarehouseFull, WarehouseRefused } from '../warehouse.ts'

/** Files of a part that its size does not include. */
const uncounted = new Set([
  'checksums.txt',
  'columns.txt',
  'columns_substreams.txt',
  'default_compression_codec.txt',
  'metadata_version.txt',
  'txn_version.txt',
])
/** Merges run by themselves. The parts that they replaced stay on the disk for 8 minutes. */
const lookMs = 5_000
/** Merges follow writes. Ten minutes after the last one, every twelfth look remains: one a minute. */
const busyMs = 600_000
const looksLeftOut = 12

const partsSql = sqlFile(import.meta.url, './active-parts.sql')

type Part = { path: string; sizeBytes: number }

/** The engine to end. `restart` kills it at once; it is started again, as another process. */
type Engine = { processId(): number; restart(): void }

/** Comments may come first. Other statements make no parts. */
const writesSql = /^(?:\s|--[^\n]*\n|\/\*(?:[^*]|\*(?!\/))*\*\/)*(?:INSERT|ALTER)\b/

/**
 * The embedded engine ignores a failed write, for example on a full disk: chDB 3.4.0 acknowledges an insert, and
 * finishes a merge, whose files are cut or empty (docs/adr/0026-parts-that-a-full-disk-cut.md). So every part is
 * compared with its files once: after each writing statement, before it is acknowledged, and every `lookMs`, as merges
 * write too. A cut part ends the engine, which starts again without it: the parts that a merge read are still on the
 * disk. Projections of whole parts are made durable.
 */
export function withWholeParts(warehouse: Warehouse, engine: Engine, log: Pick<Logger, 'error' | 'warn'>): Warehouse {
  const assertWhole = lookAtParts(warehouse, engine, log)
  /** A statement that fails because of a cut part may succeed later, so the parts are checked first. */
  let writtenAtMs = Date.now()
  const checked = async <T>(work: Promise<T>, writes: boolean): Promise<T> => {
    if (writes) writtenAtMs = Date.now()
    const result = await work.catch(async (error) => {
      if (error instanceof WarehouseRefused) await assertWhole()
      throw error
    })
    if (writes) await assertWhole()
    return result
  }
  let looks = 0
  const timer = setInterval(() => {
    looks += 1
    if (Date.now() - writtenAtMs > busyMs && looks % looksLeftOut !== 0) return
    assertWhole().catch((error) => log.warn({ err: error }, 'engine.parts_not_checked'))
  }, lookMs)
  timer.unref()

  return {
    ...warehouse,
    rows: (sql, parameters, run) => checked(warehouse.rows(sql, parameters, run), false),
    bytes: (sql, parameters, run) => checked(warehouse.bytes(sql, parameters, run), false),
    command: (sql, parameters, run) => checked(warehouse.command(sql, parameters, run), writesSql.test(sql)),
    insertLines: (insert, log, parameters, run) => checked(warehouse.insertLines(insert, log, parameters, run), true),
    insertBytes: (insert, bytes, run) => checked(warehouse.insertBytes(insert, bytes, run), true),
    close: async () => {
      clearInterval(timer)
      await warehouse.close()
    },
  }
}

/** @returns a check that throws WarehouseFull when a part is cut, and ends the engine */
function lookAtParts(warehouse: Warehouse, engine: Engine, log: Pick<Logger, 'error'>): () => Promise<void> {
  /** Checked paths that one process listed. The next process may make other parts under the same paths. */
  let whole = { processId: 0, paths: new Set<string>() }
  /**
   * Cut parts, with the process that had them. The next process compares files with their checksums, so a part that it
   * loads is whole. It may also have set the part aside and written another one under the same path, in another
   * directory.
   */
  const cutAt = new Map<string, { directory: string; processId: number }>()

  return async () => {
    const parts = await warehouse.rows<Part>(partsSql)
    const processId = engine.processId()
    const known = whole.processId === processId ? whole.paths : new Set<string>()
    const cut = new Map<string, string>()
    for (const part of parts) {
      const directory = known.has(part.path) ? null : await directoryIfCut(part)
      const before = cutAt.get(part.path)
      const isTakenUpAgain = before?.directory === directory && before?.processId !== processId
      if (directory !== null && !isTakenUpAgain) cut.set(part.path, directory)
    }
    const paths = new Set(parts.map((part) => part.path))
    for (const path of cutAt.keys()) if (!paths.has(path)) cutAt.delete(path)
    for (const [path, directory] of cut) {
      paths.delete(path)
      cutAt.set(path, { directory, processId })
    }
    whole = { processId, paths }
    if (cut.size === 0) return
    log.error({ parts: [...cut.keys()] }, 'engine.parts_cut')
    if (engine.processId() === processId) engine.restart()
    throw new WarehouseFull(new Error(`${cut.size} parts of the engine are cut: the disk was full`))
  }
}

/** @returns an id of a cut part's directory, unique whatever its path; null for a whole part */
async function directoryIfCut(part: Part): Promise<string | null> {
  try {
    if (await isWhole(part)) {
      await syncProjections(part.path)
      return null
    }
    const { ino, birthtimeNs } = await stat(part.path, { bigint: true })
    return `${ino} ${birthtimeNs}`
  } catch (error) {
    // The part was merged or dropped meanwhile, so nothing is cut.
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

const isWhole = async ({ path, sizeBytes }: Part): Promise<boolean> => (await countedBytes(path)) >= sizeBytes

/** Bytes of a part's files that its size includes, those of its projections too; less than none if another one is empty. */
async function countedBytes(path: string): Promise<number> {
  let counted = 0
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const file = join(path, entry.name)
    // A projection lies within its part, as a part of its own.
    if (entry.isDirectory()) counted += await countedBytes(file)
    else if (!uncounted.has(entry.name)) counted += (await stat(file)).size
    else if ((await stat(file)).size === 0) return Number.NEGATIVE_INFINITY
  }
  return counted
}

/** The engine syncs the projections that a merge writes, and not those of an insert (strace, chDB 3.4.0). */
async function syncProjections(path: string): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue
    const directory = join(path, entry.name)
    for (const name of await readdir(directory)) await syncFile(join(directory, name))
    await syncDirectory(directory)
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
