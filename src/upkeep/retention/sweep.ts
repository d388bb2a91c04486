import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import { requestOf } from '../../exports/request/stored-request.ts'
import { raiseFloor, readFloors } from '../../ledger/floors.ts'
import { firstKeptMs, type KeepDays, keptSources, type Source } from '../../ledger/kept-data.ts'
import { pinsHeld } from '../../ledger/pins-held.ts'
import type { Logger } from '../../logger.ts'
import type { Database } from '../../ports/database/database.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import type { Warehouse } from '../../ports/warehouse/warehouse.ts'
import { type Partition, partitionsBefore, readPartitions } from './partitions.ts'

export type SweepDeps = { database: Database; warehouse: Warehouse; keepDays: KeepDays; log: Logger }

const dropPartition = sqlFile(import.meta.url, './drop-partition.sql')

const lookAgainMs = 500

/**
 * Drops data that are too old. The order makes it safe to be killed at any point, repeated, and run by several servers
 * at once (docs/adr). First the floors are written; from then on nothing below them is loaded or promised. Then it
 * waits for loads that began before and for their roll-up, because rollups are made from requests. Then it waits for
 * exports and backups that began before. Then whole partitions are dropped.
 * @returns the dropped partitions
 */
export async function sweep(deps: SweepDeps, signal: AbortSignal): Promise<(Partition & { source: Source })[]> {
  const { database, warehouse } = deps
  const nowMs = await databaseNowMs(database)
  for (const source of keptSources) {
    const wantedMs = firstKeptMs(source, deps.keepDays[source], nowMs)
    if (wantedMs > 0) await raiseFloor(database, source, wantedMs)
  }
  const due = await duePartitions(database, warehouse)
  if (due.length === 0) return []
  await untilLoadsAreDone(deps, signal)
  await untilExportsAreDone(deps, Math.max(...due.map((partition) => partition.endMs)), signal)
  await untilBackupsAreDone(deps, signal)
  for (const { source, id } of due) {
    signal.throwIfAborted()
    await warehouse.command(
      dropSql(source, id),
      {},
      { queryId: `fluxport-retention-${randomUUID()}`, signal, settings },
    )
  }
  return due
}

/** A server refuses to drop more than 50 GB without this setting. */
const settings = { max_partition_size_to_drop: 0 }

/** Neither name can be bound; one is of a closed set, the other digits (partitionEndMs). */
const dropSql = (source: Source, id: string) => fillSlots(dropPartition, { source, id })

/** Partitions below the floors: of this sweep, and of an earlier one that was killed. */
async function duePartitions(database: Database, warehouse: Warehouse) {
  const floors = await readFloors(database.queries)
  const due: (Partition & { source: Source })[] = []
  for (const source of keptSources) {
    if (floors[source] === 0) continue
    const found = partitionsBefore(await readPartitions(warehouse, source), floors[source])
    due.push(...found.map((partition) => ({ ...partition, source })))
  }
  return due
}

/**
 * A load takes its id before it reads the floors, so one with an id above the present highest reads the new floors.
 * Earlier loads must end, and be rolled up, before their requests are dropped.
 */
async function untilLoadsAreDone({ database, log }: SweepDeps, signal: AbortSignal): Promise<void> {
  const highest = await database.queries
    .selectFrom('counter')
    .select('value')
    .where('name', '=', 'load')
    .executeTakeFirst()
  const loadIdMax = highest?.value ?? 0
  await untilNone(
    () => unfinishedLoads(database, loadIdMax),
    signal,
    (loadIds) => log.info({ loadIds: loadIds.slice(0, 10) }, 'retention.waits_for_loads'),
  )
}

/** Loads up to an id that will still be written to, or read for their roll-up. */
export async function unfinishedLoads(database: Database, loadIdMax: number): Promise<number[]> {
  const rows = await database.queries
    .selectFrom('load')
    .select('load_id')
    .where('load_id', '<=', loadIdMax)
    .where((eb) =>
      eb.or([eb('state', '=', 'pending'), eb.and([eb('state', '=', 'visible'), eb('roll_up', '<>', 'done')])]),
    )
    .orderBy('load_id')
    .execute()
  return rows.map((row) => row.load_id)
}

/**
 * An export reads the floors after its claim: one claimed from now on fails if it needs dropped data, and one in
 * progress is waited for.
 */
async function untilExportsAreDone({ database, log }: SweepDeps, firstKept: number, signal: AbortSignal) {
  const before = (await runningExports(database)).filter((task) => task.startTimeMs < firstKept)
  const still = async () => {
    const now = await runningExports(database)
    return before.filter((task) => now.some((other) => other.id === task.id && other.leaseToken === task.leaseToken))
  }
  await untilNone(still, signal, (tasks) =>
    log.info({ taskIds: tasks.map((task) => task.id) }, 'retention.waits_for_exports'),
  )
}

/** As `untilExportsAreDone`, for backups: one that begins now leaves out the dropped data. */
async function untilBackupsAreDone({ database, log }: SweepDeps, signal: AbortSignal): Promise<void> {
  const before = (await pinsHeld(database)).ids
  const still = async () => {
    const now = (await pinsHeld(database)).ids
    return before.filter((id) => now.includes(id))
  }
  await untilNone(still, signal, () => log.info({}, 'retention.waits_for_backup'))
}

async function runningExports(database: Database) {
  const rows = await database.queries
    .selectFrom('export_task')
    .select(['id', 'lease_token', 'request_json'])
    .where('state', '=', 'processing')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    leaseToken: row.lease_token,
    startTimeMs: requestOf(row).startTimeMs,
  }))
}

async function untilNone<T>(left: () => Promise<T[]>, signal: AbortSignal, tell: (left: T[]) => void): Promise<void> {
  for (let look = 0; ; look++) {
    const found = await left()
    if (found.length === 0) return
    if (look === 0) tell(found)
    await delay(lookAgainMs, undefined, { signal })
  }
}

/** The database's clock, on which several servers agree. */
export async function databaseNowMs(database: Database): Promise<number> {
  const { rows } = await sql<{ now: number }>`select ${database.nowMs} as now`.execute(database.queries)
  return Number(rows[0]?.now)
}
