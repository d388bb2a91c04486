import { partitionEndMs, type Source } from '../../ledger/kept-data.ts'
import { sqlFile } from '../../ports/warehouse/sql-file.ts'
import type { Warehouse } from '../../ports/warehouse/warehouse.ts'

/** A partition of a source, which is dropped as a whole. */
export type Partition = { id: string; endMs: number; rows: number; bytes: number }

const partitionsSql = sqlFile(import.meta.url, './partitions.sql')

/** The partitions of a source that have rows, oldest first. */
export async function readPartitions(warehouse: Warehouse, source: Source): Promise<Partition[]> {
  const found = await warehouse.rows<{ id: string; rows: number; bytes: number }>(partitionsSql, { source })
  return found.map((partition) => ({ ...partition, endMs: partitionEndMs(source, partition.id) }))
}

/** Partitions of which nothing is kept any more. */
export const partitionsBefore = (partitions: Partition[], firstKeptMs: number): Partition[] =>
  partitions.filter((partition) => partition.endMs <= firstKeptMs)
