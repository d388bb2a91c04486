import type { Column } from './columns.ts'
import type { ThriftStruct, ThriftValue } from './thrift-compact.ts'

// Thrift's wire types, and fields of parquet.thrift.
const binary = 8
const list = 9
const struct = 12
const elementRepetition = 3
const elementName = 4
const optional = 1n
const noteKey = 1
const noteValue = 2

/**
 * The footer's notes, with the one that pandas reads (pandas.pydata.org/docs/development/developer.html). Without it
 * pandas turns integers into binary fractions as soon as one is missing, and loses digits beyond 2^53.
 * @param schema the footer's schema elements, which know what can be missing
 */
export function pandasNote(columns: readonly Column[], schema: readonly ThriftValue[]): ThriftValue {
  const missable = new Set(
    schema.flatMap((element) => (element.type === 'struct' ? nameIfOptional(element.value) : [])),
  )
  const integers = columns.filter(({ name, type }) => type === 'integer' && missable.has(name))
  const note = {
    index_columns: [],
    column_indexes: [],
    columns: integers.map(({ name }) => ({
      name,
      field_name: name,
      pandas_type: 'int64',
      numpy_type: 'Int64',
      metadata: null,
    })),
  }
  const pair: ThriftStruct = new Map([
    [noteKey, bytesOf('pandas')],
    [noteValue, bytesOf(JSON.stringify(note))],
  ])
  return { type: 'list', wire: list, element: struct, value: [{ type: 'struct', value: pair }] }
}

const bytesOf = (text: string): ThriftValue => ({ type: 'bytes', wire: binary, value: Buffer.from(text) })

function nameIfOptional(element: ThriftStruct): string[] {
  const repetition = element.get(elementRepetition)
  const name = element.get(elementName)
  const isOptional = repetition?.type === 'integer' && repetition.value === optional
  return isOptional && name?.type === 'bytes' ? [name.value.toString()] : []
}
