import { parquetMetadata, parquetReadObjects, parquetSchema } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import type { Cell, ReadTable } from './read-table.ts'

/** The rows of a Parquet file; titles are the columns' names. An instant is its ISO text, in UTC. */
export async function readParquet(bytes: Buffer): Promise<ReadTable> {
  const file = new Uint8Array(bytes).buffer
  const metadata = parquetMetadata(file)
  const elements = parquetSchema(metadata).children.map((child) => child.element)
  const titles = elements.map(({ name }) => name)
  const objects = await parquetReadObjects({ file, metadata, compressors })
  const rows = objects.map((row) => elements.map(({ name, type, scale }) => cellOf(row[name], type, scale)))
  if (BigInt(rows.length) !== metadata.num_rows)
    throw new Error(`${rows.length} rows; the footer says ${metadata.num_rows}`)
  return { titles, rows }
}

function cellOf(value: unknown, type: string | undefined, scale: number | undefined): Cell {
  if (value instanceof Date) return value.toISOString()
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'bigint') return value
  if (typeof value !== 'number') throw new Error(`no cell: ${value}`)
  // A decimal is exact in the file: the reader's binary fraction is rounded to the decimals that it has there.
  if (scale) return Number(value.toFixed(scale))
  return type === 'INT32' ? BigInt(value) : value
}
