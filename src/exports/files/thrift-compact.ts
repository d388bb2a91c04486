/**
 * Thrift's compact protocol, as far as Parquet's footer needs it (Apache Thrift, doc/specs/thrift-compact-protocol.md).
 * Any struct is read into fields by their ids and written again, whatever its schema.
 */

const types = {
  true: 1,
  false: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
}

/** A value with its wire type. Integers are bigints; binary and double are their bytes. */
export type ThriftValue =
  | { type: 'boolean'; value: boolean }
  | { type: 'integer'; wire: number; value: bigint }
  | { type: 'bytes'; wire: number; value: Buffer }
  | { type: 'list'; wire: number; element: number; value: ThriftValue[] }
  | { type: 'struct'; value: ThriftStruct }

export type ThriftStruct = Map<number, ThriftValue>

/** Reads one struct from its first byte on. @throws RangeError when the bytes end inside it, or hold a map */
export function readThriftStruct(bytes: Buffer): ThriftStruct {
  return readStruct({ bytes, at: 0 })
}

type Cursor = { bytes: Buffer; at: number }

const readByte = (cursor: Cursor) => cursor.bytes.readUInt8(cursor.at++)

function readVarint(cursor: Cursor): bigint {
  let value = 0n
  for (let shift = 0n; ; shift += 7n) {
    const byte = readByte(cursor)
    value |= BigInt(byte & 0x7f) << shift
    if ((byte & 0x80) === 0) return value
  }
}

const readZigzag = (cursor: Cursor) => {
  const value = readVarint(cursor)
  return (value >> 1n) ^ -(value & 1n)
}

function readBytes(cursor: Cursor, length: number): Buffer {
  if (cursor.at + length > cursor.bytes.length) throw new RangeError('the struct is cut')
  cursor.at += length
  return cursor.bytes.subarray(cursor.at - length, cursor.at)
}

function readStruct(cursor: Cursor): ThriftStruct {
  const fields: ThriftStruct = new Map()
  let id = 0
  for (;;) {
    const header = readByte(cursor)
    if (header === 0) return fields
    const step = header >> 4
    id = step === 0 ? Number(readZigzag(cursor)) : id + step
    const wire = header & 0x0f
    const isBoolean = wire === types.true || wire === types.false
    fields.set(id, isBoolean ? { type: 'boolean', value: wire === types.true } : readValue(cursor, wire))
  }
}

function readValue(cursor: Cursor, wire: number): ThriftValue {
  switch (wire) {
    case types.true:
    case types.false:
      return { type: 'boolean', value: readByte(cursor) === types.true }
    case types.byte:
      return { type: 'integer', wire, value: BigInt(readByte(cursor)) }
    case types.i16:
    case types.i32:
    case types.i64:
      return { type: 'integer', wire, value: readZigzag(cursor) }
    case types.double:
      return { type: 'bytes', wire, value: readBytes(cursor, 8) }
    case types.binary:
      return { type: 'bytes', wire, value: readBytes(cursor, Number(readVarint(cursor))) }
    case types.list:
    case types.set:
      return readList(cursor, wire)
    case types.struct:
      return { type: 'struct', value: readStruct(cursor) }
    default:
      throw new RangeError(`thrift type ${wire} is not read here`)
  }
}

function readList(cursor: Cursor, wire: number): ThriftValue {
  const header = readByte(cursor)
  const element = header & 0x0f
  const length = header >> 4 === 15 ? Number(readVarint(cursor)) : header >> 4
  const value = Array.from({ length }, () => readValue(cursor, element))
  return { type: 'list', wire, element, value }
}

/** The bytes of a struct, its end included. */
export function writeThriftStruct(fields: ThriftStruct): Buffer {
  const out: (number | Buffer)[] = []
  writeStruct(out, fields)
  return Buffer.concat(out.map((piece) => (typeof piece === 'number' ? Buffer.of(piece) : piece)))
}

type Out = (number | Buffer)[]

function writeVarint(out: Out, value: bigint) {
  let rest = value
  while (rest > 0x7fn) {
    out.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  out.push(Number(rest))
}

const writeZigzag = (out: Out, value: bigint) => writeVarint(out, value < 0n ? -value * 2n - 1n : value * 2n)

function writeStruct(out: Out, fields: ThriftStruct) {
  let before = 0
  for (const [id, field] of fields) {
    const wire = field.type === 'boolean' ? (field.value ? types.true : types.false) : wireOf(field)
    const step = id - before
    if (step > 0 && step < 16) out.push((step << 4) | wire)
    else {
      out.push(wire)
      writeZigzag(out, BigInt(id))
    }
    if (field.type !== 'boolean') writeValue(out, field)
    before = id
  }
  out.push(0)
}

const wireOf = (value: ThriftValue) =>
  value.type === 'struct' ? types.struct : value.type === 'boolean' ? types.true : value.wire

function writeValue(out: Out, value: ThriftValue) {
  switch (value.type) {
    case 'boolean':
      return out.push(value.value ? types.true : types.false)
    case 'integer':
      return value.wire === types.byte ? out.push(Number(value.value)) : writeZigzag(out, value.value)
    case 'bytes':
      if (value.wire === types.binary) writeVarint(out, BigInt(value.value.length))
      return out.push(value.value)
    case 'list':
      out.push((Math.min(15, value.value.length) << 4) | value.element)
      if (value.value.length >= 15) writeVarint(out, BigInt(value.value.length))
      for (const element of value.value) writeValue(out, element)
      return
    case 'struct':
      return writeStruct(out, value.value)
  }
}
