import { buffer } from 'node:stream/consumers'
import type { FileFormat, FileTable } from './file-format.ts'
import { pandasNote } from './pandas-note.ts'
import { readThriftStruct, type ThriftStruct, type ThriftValue, writeThriftStruct } from './thrift-compact.ts'

/**
 * Apache Parquet. The engine writes each slice as a file of its own. Their row groups become those of one file with one
 * footer: the row groups' bytes stay, and the positions in the footers are moved. So a file of any size takes the
 * memory of a slice, and of the footer (1 KiB a slice and column). Integers are signed, as many readers take unsigned
 * ones for decimals; a larger one ends the statement as FLUXPORT.0303.
 */
export const parquet: FileFormat = {
  extension: 'parquet',
  contentType: 'application/vnd.apache.parquet',
  engineFormat: 'Parquet',
  settings: {
    output_format_parquet_compression_method: 'zstd',
    output_format_parquet_string_as_string: 1,
    output_format_parquet_datetime_as_uint32: 0,
    // These parts lie between row groups and footer, and would have to be moved, too.
    output_format_parquet_write_page_index: 0,
    output_format_parquet_write_bloom_filter: 0,
    output_format_parquet_row_group_size: 1_000_000,
    output_format_parquet_parallel_encoding: 0,
    // A column is optional exactly where a figure can be missing.
    cast_keep_nullable: 1,
  },
  holdsAllTables: false,
  // An instant; the reader shows it in its own zone.
  cell: (column, type) => {
    if (type === 'time') return `toDateTime64(${column}, 3, 'UTC')`
    if (type === 'integer') return `accurateCast(${column}, 'Int64')`
    return type === 'text' ? `toValidUTF8(toString(${column}))` : column
  },
  write: ([table]) => (table ? joined(table) : (async function* () {})()),
}

const magic = Buffer.from('PAR1')
/** Bytes after a footer: its length, four bytes, and the magic again. */
const trailerBytes = 8

// Fields of parquet.thrift.
const fileSchema = 2
const fileRows = 3
const fileRowGroups = 4
const fileNotes = 5
const groupColumns = 1
const groupOffset = 5
const groupOrdinal = 7
const columnOffset = 2
const columnMeta = 3
const metaPositions = [9, 10, 11] // data page, index page, dictionary page

async function* joined({ slices, columns }: FileTable): AsyncGenerator<Uint8Array> {
  yield magic
  let written = magic.length
  let footer: ThriftStruct | null = null
  let rows = 0n
  const groups: ThriftValue[] = []
  for await (const { stream } of slices) {
    const { body, meta } = parts(await buffer(stream))
    footer ??= meta
    if (!schemaOf(meta).equals(schemaOf(footer))) throw new Error('a slice has other columns than the first')
    rows += integerOf(meta, fileRows)
    for (const group of listOf(meta, fileRowGroups)) {
      moveGroup(structOf(group), BigInt(written - magic.length), groups.length)
      groups.push(group)
    }
    yield body
    written += body.length
  }
  if (!footer) throw new Error('a Parquet file has a slice, if one without rows')
  setInteger(footer, fileRows, rows)
  const list = footer.get(fileRowGroups)
  if (list?.type !== 'list') throw new Error('the footer has no row groups')
  footer.set(fileRowGroups, { ...list, element: structType, value: groups })
  footer.set(fileNotes, pandasNote(columns, listOf(footer, fileSchema)))
  const bytes = writeThriftStruct(footer)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  yield Buffer.concat([bytes, length, magic])
}

const structType = 12

/** @throws Error when the bytes are not a whole Parquet file */
function parts(file: Buffer): { body: Buffer; meta: ThriftStruct } {
  const isWhole = file.length >= magic.length + trailerBytes && file.subarray(-magic.length).equals(magic)
  if (!isWhole) throw new Error('the engine’s Parquet is cut')
  const footerAt = file.length - trailerBytes - file.readUInt32LE(file.length - trailerBytes)
  return {
    body: file.subarray(magic.length, footerAt),
    meta: readThriftStruct(file.subarray(footerAt, file.length - trailerBytes)),
  }
}

/** Moves a row group's positions, which count from the file's first byte. */
function moveGroup(group: ThriftStruct, by: bigint, ordinal: number) {
  move(group, groupOffset, by)
  if (group.has(groupOrdinal)) setInteger(group, groupOrdinal, BigInt(ordinal))
  for (const column of listOf(group, groupColumns)) {
    const chunk = structOf(column)
    // This points to a copy of the metadata after the pages, whose positions are the slice's. Zero: no copy.
    setInteger(chunk, columnOffset, 0n)
    const meta = chunk.get(columnMeta)
    if (meta) for (const position of metaPositions) move(structOf(meta), position, by)
  }
}

function move(fields: ThriftStruct, id: number, by: bigint) {
  const field = fields.get(id)
  // Zero means "not given": no page precedes the magic.
  if (field?.type === 'integer' && field.value > 0n) fields.set(id, { ...field, value: field.value + by })
}

/** The columns' names and types, in written form. */
function schemaOf(footer: ThriftStruct): Buffer {
  const schema = footer.get(fileSchema)
  return writeThriftStruct(new Map(schema ? [[fileSchema, schema]] : []))
}

function setInteger(fields: ThriftStruct, id: number, value: bigint) {
  const field = fields.get(id)
  if (field?.type === 'integer') fields.set(id, { ...field, value })
}

function integerOf(fields: ThriftStruct, id: number): bigint {
  const field = fields.get(id)
  return field?.type === 'integer' ? field.value : 0n
}

function listOf(fields: ThriftStruct, id: number): ThriftValue[] {
  const field = fields.get(id)
  return field?.type === 'list' ? field.value : []
}

function structOf(value: ThriftValue): ThriftStruct {
  if (value.type !== 'struct') throw new Error('the footer is not as parquet.thrift has it')
  return value.value
}
