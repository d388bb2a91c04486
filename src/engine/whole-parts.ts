import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from '../logger.ts'
import { type Warehouse, WarehouseFull, WarehouseRefused } from '../warehouse/warehouse.ts'

/** Files of a part that its size does not count. */
const uncounted = new Set([
  'checksums.txt',
  'columns.txt',
  'columns_substreams.txt',
  'default_compression_codec.txt',
  'metadata_version.txt',
  'txn_version.txt',
])
/** Merges happen by themselves. What they replaced stays on the disk for 8 minutes. */
const lookMs = 5_000

const partsSql = `SELECT path, bytes_on_disk AS sizeBytes FROM system.parts WHERE active AND database = currentDatabase()`

type Part = { path: string; sizeBytes: number }

/**
 * The embedded engine takes no notice of a write that fails, on a full disk say: chDB 3.4.0 answers an insert, and finishes
 * a merge, of which files are cut or empty (docs/adr/0026-parts-that-a-full-disk-cut.md). So every part is held against its
 * files once: after each statement that writes, before it is taken for done, and now and then, as merges write too. When one
 * is cut the engine is ended, and starts again without it: what the part was merged out of still lies there.
 * @param engine.restart ends the engine at once; it is started again, as another process
 */
export function withWholeParts(
  warehouse: Warehouse,
  engine: { processId(): number; restart(): void },
  log: Pick<Logger, 'error' | 'warn'>,
): Warehouse {
  let whole = new Set<string>()
  /** In which process a part was cut. The next one has compared files with their checksums: what it took up is whole. */
  const cutIn = new Map<string, number>()

  /** @throws WarehouseFull when a part is cut */
  const assertWhole = async () => {
    const processId = engine.processId()
    const parts = await warehouse.rows<Part>(partsSql)
    const cut: string[] = []
    for (const part of parts) {
      const isTakenUpAgain = (cutIn.get(part.path) ?? processId) !== processId
      if (whole.has(part.path) || isTakenUpAgain) continue
      if (!(await isWhole(part))) cut.push(part.path)
    }
    whole = new Set(parts.map((part) => part.path).filter((path) => !cut.includes(path)))
    if (cut.length === 0) return
    for (const path of cut) cutIn.set(path, processId)
    log.error({ parts: cut }, 'engine.parts_cut')
    if (engine.processId() === processId) engine.restart()
    throw new WarehouseFull(new Error(`${cut.length} parts of the engine are cut: the disk was full`))
  }
  /** A statement that fails because of a cut part is none that fails again. */
  const checked = async <T>(work: Promise<T>, writes: boolean): Promise<T> => {
    const result = await work.catch(async (error) => {
      if (error instanceof WarehouseRefused) await assertWhole()
      throw error
    })
    if (writes) await assertWhole()
    return result
  }
  const timer = setInterval(() => {
    assertWhole().catch((error) => log.warn({ err: error }, 'engine.parts_not_checked'))
  }, lookMs)
  timer.unref()

  return {
    ...warehouse,
    rows: (sql, parameters, run) => checked(warehouse.rows(sql, parameters, run), false),
    bytes: (sql, parameters, run) => checked(warehouse.bytes(sql, parameters, run), false),
    command: (sql, parameters, run) =>
      checked(warehouse.command(sql, parameters, run), /^\s*(INSERT|ALTER)\b/.test(sql)),
    insertLines: (insert, log, parameters, run) => checked(warehouse.insertLines(insert, log, parameters, run), true),
    insertBytes: (insert, bytes, run) => checked(warehouse.insertBytes(insert, bytes, run), true),
    close: async () => {
      clearInterval(timer)
      await warehouse.close()
    },
  }
}

async function isWhole({ path, sizeBytes }: Part): Promise<boolean> {
  try {
    let countedBytes = 0
    for (const name of await readdir(path)) {
      const { size } = await stat(join(path, name))
      if (!uncounted.has(name)) countedBytes += size
      else if (size === 0) return false
    }
    return countedBytes >= sizeBytes
  } catch (error) {
    // A merge has taken it up meanwhile, and the table was dropped or the part is gone: there is nothing to be cut.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return true
    throw error
  }
}
