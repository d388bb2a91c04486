import { type Static, Type } from 'typebox'
import { Nullable, UnixMs } from '../../http/schemas.ts'
import { readFloors } from '../../ledger/floors.ts'
import { firstKeptMs, type KeepDays, keptSources, type Source } from '../../ledger/kept-data.ts'
import type { Database } from '../../ports/database/database.ts'
import type { Warehouse } from '../../ports/warehouse/warehouse.ts'
import { type Partition, partitionsBefore, readPartitions } from './partitions.ts'
import { databaseNowMs } from './sweep.ts'

const Amount = { rows: Type.Integer(), bytes: Type.Integer({ description: 'On disk' }) }

/** Kept and dropped data of one table. */
export const KeptTable = Type.Object({
  table: Type.Enum([...keptSources]),
  keep_days: Nullable(Type.Integer({ description: 'Days; null: for ever' })),
  kept_from: Nullable(UnixMs('Rows before this time are dropped, or about to be; null: none are')),
  ...Amount,
  due: Type.Object(
    { ...Amount, until: Nullable(UnixMs('Exclusive')) },
    { description: 'Partitions that are dropped now' },
  ),
  next: Nullable(
    Type.Object(
      { ...Amount, until: UnixMs('Exclusive'), at: UnixMs('Time at which it is dropped') },
      { description: 'Dropped after that' },
    ),
  ),
})

/**
 * Amounts that are there, and that `keepDays` drops now and next. It changes nothing: with other days than configured
 * it shows their effect.
 */
export async function readRetention(
  deps: { database: Database; warehouse: Warehouse },
  keepDays: KeepDays,
): Promise<Static<typeof KeptTable>[]> {
  const nowMs = await databaseNowMs(deps.database)
  const floors = await readFloors(deps.database.queries)
  const viewOf = async (source: Source) => {
    const partitions = await readPartitions(deps.warehouse, source)
    const days = keepDays[source]
    const due = partitionsBefore(partitions, Math.max(floors[source], firstKeptMs(source, days, nowMs)))
    return {
      table: source,
      keep_days: days,
      kept_from: floors[source] || null,
      ...amountOf(partitions),
      due: { ...amountOf(due), until: due.at(-1)?.endMs ?? null },
      next: nextOf(partitions[due.length], days),
    }
  }
  return await Promise.all(keptSources.map(viewOf))
}

function nextOf(partition: Partition | undefined, keepDays: number | null) {
  if (partition === undefined || keepDays === null) return null
  return { ...amountOf([partition]), until: partition.endMs, at: partition.endMs + keepDays * 86_400_000 }
}

const amountOf = (partitions: Partition[]) => ({
  rows: partitions.reduce((sum, { rows }) => sum + rows, 0),
  bytes: partitions.reduce((sum, { bytes }) => sum + bytes, 0),
})
