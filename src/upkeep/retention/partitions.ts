import { partitionEndMs, type Source } from '../../ledger/kept-data.ts'
import type { Warehouse } from '../../ports/warehouse/warehouse.ts'

/** A partition of a source, which is dropped as a whole. */
export type Partition = { id: string; endMs: number; rows: number; bytes: number }

const partitionsSql = `SELECT partition_id AS id, sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts
WHERE database = currentDatabase() AND table = {source:String} AND active GROUP BY id ORDER BY id`

/** The partitions of a source that have rows, oldest first. */
export async function readPartitions(warehouse: Warehouse, source: Source): Promise<Partition[]> {
  const found = await warehouse.rows<{ id: string; rows: number; bytes: number }>(partitionsSql, { source })
  return found.map((partition) => ({ ...partition, endMs: partitionEndMs(source, partition.id) }))
}

/** Partitions of which nothing is kept any more. */
export const partitionsBefore = (partitions: Partition[], firstKeptMs: number): Partition[] =>
  partitions.filter((partition) => partition.endMs <= firstKeptMs)
