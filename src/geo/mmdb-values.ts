import { GeoFileError } from './geo-file-error.ts'

/** A value of a MaxMind database: integers of up to 64 bits and floats are numbers; bytes and longer integers are null. */
export type MmdbValue = string | number | boolean | null | MmdbValue[] | Map<string, MmdbValue>

/** One section of a file, with the reading position and the remaining number of values. */
type Section = { file: Buffer; start: number; end: number; at: number; left: { values: number } }

const depthMax = 64
/**
 * Bound on the values inside one value: 473 bytes of pointers can expand to 10^12. MaxMind's own values have a hundred.
 */
const valuesMax = 10_000
const kinds = {
  ...{ pointer: 1, text: 2, double: 3, bytes: 4, uint16: 5, uint32: 6, map: 7 },
  ...{ int32: 8, uint64: 9, uint128: 10, array: 11, boolean: 14, float: 15 },
} as const

/**
 * Reads values of one section of a file, from `start` to `end`; positions are counted from `start`.
 * @throws GeoFileError when a value leads out of the section, is nested without end, or contains too many values
 */
export function createMmdbDecoder(file: Buffer, start: number, end: number): (offset: number) => MmdbValue {
  return (offset) => valueIn({ file, start, end, at: start + offset, left: { values: valuesMax } }, 0)
}

/** Takes the next bytes. @returns their position */
function take(section: Section, bytes: number): number {
  const { at, start, end } = section
  if (at < start || at + bytes > end) throw new GeoFileError('it is damaged: a value leads out of the file')
  section.at += bytes
  return at
}

function unsigned(section: Section, bytes: number): number {
  const from = take(section, bytes)
  let value = 0
  for (let index = 0; index < bytes; index++) value = value * 256 + section.file.readUInt8(from + index)
  return value
}

function valueIn(section: Section, depth: number): MmdbValue {
  if (depth > depthMax) throw new GeoFileError('it is damaged: a value is nested without end')
  if (--section.left.values < 0) throw new GeoFileError(`it is damaged: a value has more than ${valuesMax} in it`)
  const control = unsigned(section, 1)
  const kind = control >> 5 || unsigned(section, 1) + 7
  if (kind === kinds.pointer) return pointed(section, control, depth)
  const size = sizeOf(section, control)
  if (kind === kinds.map) return mapOf(section, size, depth)
  if (kind === kinds.boolean) return size !== 0
  if (kind !== kinds.array) return scalar(section, kind, size)
  const list: MmdbValue[] = []
  for (let index = 0; index < size; index++) list.push(valueIn(section, depth + 1))
  return list
}

function sizeOf(section: Section, control: number): number {
  const size = control & 31
  return size < 29 ? size : ([29, 285, 65_821][size - 29] ?? 0) + unsigned(section, size - 28)
}

function scalar(section: Section, kind: number, size: number): MmdbValue {
  const { file } = section
  if (kind === kinds.text) return file.toString('utf8', take(section, size), section.at)
  if (kind === kinds.double) return file.readDoubleBE(take(section, 8))
  if (kind === kinds.float) return file.readFloatBE(take(section, 4))
  if (kind === kinds.int32) return unsigned(section, size) | 0
  if (kind === kinds.uint16 || kind === kinds.uint32 || kind === kinds.uint64) return unsigned(section, size)
  if (kind !== kinds.bytes && kind !== kinds.uint128)
    throw new GeoFileError(`it is damaged: there is no value of kind ${kind}`)
  take(section, size)
  return null
}

function mapOf(section: Section, size: number, depth: number): MmdbValue {
  const map = new Map<string, MmdbValue>()
  for (let index = 0; index < size; index++) {
    const name = valueIn(section, depth + 1)
    map.set(String(name), valueIn(section, depth + 1))
  }
  return map
}

/** Follows a pointer. It has 1 to 4 bytes; the first three lengths add three bits of the control byte. */
function pointed(section: Section, control: number, depth: number): MmdbValue {
  const bytes = ((control >> 3) & 3) + 1
  const high = bytes === 4 ? 0 : control & 7
  const offset = high * 256 ** bytes + unsigned(section, bytes) + ([0, 2_048, 526_336, 0][bytes - 1] ?? 0)
  return valueIn({ ...section, at: section.start + offset }, depth + 1)
}
