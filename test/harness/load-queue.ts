import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { createDiskRoom } from '../../src/disk/disk-room.ts'
import { logFormats } from '../../src/ingest/formats/known-formats.ts'
import { createLooks } from '../../src/ingest/identify/looks.ts'
import { startLoadLoop } from '../../src/ingest/load/load-loop.ts'
import type { NewBatch } from '../../src/ledger/batches.ts'
import { openArtifactDirectory } from '../../src/ports/artifacts/directory.ts'
import { migrateWarehouse } from '../../src/ports/warehouse/migrate.ts'
import { noPrivacy } from '../../src/privacy/load-privacy.ts'
import { untimed } from '../../src/stage-times.ts'
import { createLimitCounts } from '../../src/turns/limit-counts.ts'
import { batchForTest, createSqlitePlace, databaseForTest } from './database.ts'
import { silentLog, temporaryDirectory } from './directory.ts'
import { huaweiLine } from './log-lines.ts'
import { readersForTest } from './readers.ts'
import type { WarehouseServer } from './warehouse.ts'

const owner = 'this-process'

/** Queued batches, and a loader that begins when all of them wait. */
export async function openQueue(server: WarehouseServer) {
  const { database } = await databaseForTest(createSqlitePlace)
  const warehouse = await server.open()
  await migrateWarehouse(warehouse)
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const spoolDirectory = join(directory.path, 'spool')
  await mkdir(spoolDirectory)
  const room = { dataDir: directory.path, spoolDirectory, diskReserveBytes: 0, spoolBytesMax: 1e9 }
  const queue = async (name: string, content: string | Buffer, batch: Partial<NewBatch> = {}) => {
    const path = join(directory.path, name)
    await writeFile(path, content)
    const compression = name.endsWith('.gz') ? 'gzip' : 'none'
    return await batchForTest(database, { name, owner, content: { path, compression }, ...batch })
  }
  const batch = (id: number) =>
    database.queries.selectFrom('batch').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  const readers = readersForTest()
  const parts = {
    ...{ database, warehouse, spoolDirectory, owner, loadsAtOnce: 3 },
    geo: { version: async () => null },
    privacy: noPrivacy,
    unknownClientArea: 'mainland_china' as const,
    log: silentLog,
    contentBytesMax: 1e9,
    diskRoom: createDiskRoom(room),
    spoolShares: { own: () => undefined, receive: () => undefined },
    artifacts: await openArtifactDirectory(join(directory.path, 'artifacts')),
    storedBytesMax: 1e9,
    assertArtifactRoom: async () => undefined,
    limitCounts: createLimitCounts(),
    formats: logFormats,
    readers,
    looks: createLooks({ database, formats: logFormats, readers }),
    stages: untimed,
    nowMs: () => Date.parse('2026-11-22T00:00:00Z'),
  }
  /** Starts the loader, with other parts where wanted, and stops it when every batch has ended. */
  const loadAll = async (instead: Partial<Parameters<typeof startLoadLoop>[0]> = {}) => {
    const loop = await startLoadLoop({ ...parts, ...instead })
    const rows = await database.queries.selectFrom('batch').select('id').execute()
    for (const { id } of rows) await loop.ended(id, AbortSignal.timeout(60_000))
    await loop.stop()
    expect(await readdir(spoolDirectory)).toEqual([])
  }
  return { database, warehouse, parts, queue, batch, loadAll }
}

export type Queue = Awaited<ReturnType<typeof openQueue>>

/** Lines that no other file has: each of 1,000 bytes and 1 more for each line before. */
export const linesOf = (file: string, count: number) =>
  Array.from({ length: count }, (_, n) => huaweiLine({ path: `/${file}/${n}`, bytes: 1_000 + n })).join('')
export const fluxOf = (count: number) => count * 1_000 + (count * (count - 1)) / 2
