import { addressMax, ipv4Base } from './address.ts'
import { GeoFileError } from './geo-file-error.ts'
import { createMmdbDecoder, type MmdbValue } from './mmdb-values.ts'
import type { Range } from './ranges.ts'
import type { Said } from './source-places.ts'

/**
 * MaxMind's binary databases (MMDB 2.0). A file has a tree of nodes with two records each, for bit 0 and bit 1. Then
 * follow 16 zero bytes, the values, and at the end metadata about both.
 */

const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')
const markerWithin = 128 * 1024
const separatorBytes = 16

/** A file's metadata. `builtAtMs` is unix ms. */
type MmdbHeader = { type: string; ipVersion: 4 | 6; builtAtMs: number; description: string }

type Tree = MmdbHeader & { nodes: number; recordBits: number; valuesAt: number }

export const looksLikeMmdb = (file: Buffer): boolean => markerAt(file) >= 0

const markerAt = (file: Buffer) => file.lastIndexOf(marker)

/** @throws GeoFileError when it is not such a file, or is cut off */
export function readMmdbHeader(file: Buffer): MmdbHeader {
  const { type, ipVersion, builtAtMs, description } = treeOf(file)
  return { type, ipVersion, builtAtMs, description }
}

function treeOf(file: Buffer): Tree {
  const at = markerAt(file)
  if (at < 0 || file.length - at > markerWithin) throw new GeoFileError('it is not a MaxMind database')
  const about = createMmdbDecoder(file, at + marker.length, file.length)(0)
  const number = (name: string) => Number(fieldOf(about, name))
  const [nodes, recordBits, ipVersion] = [number('node_count'), number('record_size'), number('ip_version')]
  if (number('binary_format_major_version') !== 2) throw new GeoFileError('its version of the format is not 2')
  if (![24, 28, 32].includes(recordBits) || (ipVersion !== 4 && ipVersion !== 6) || !Number.isSafeInteger(nodes))
    throw new GeoFileError('it is damaged: its metadata make no sense')
  const valuesAt = (nodes * recordBits * 2) / 8 + separatorBytes
  if (valuesAt > at) throw new GeoFileError('it is cut: its tree is longer than the file')
  const english = fieldOf(fieldOf(about, 'description'), 'en')
  return {
    ...{ nodes, recordBits, ipVersion, valuesAt },
    type: String(fieldOf(about, 'database_type') ?? ''),
    builtAtMs: number('build_epoch') * 1000,
    description: typeof english === 'string' ? english : '',
  }
}

/**
 * Every network with a value, in order. A node is visited once, because shared nodes would make 2^100 paths out of a
 * hundred nodes.
 * @throws GeoFileError naming the damage
 */
export function* readMmdb(file: Buffer): Generator<Range<Said>> {
  const tree = treeOf(file)
  const decode = createMmdbDecoder(file, tree.valuesAt, markerAt(file))
  const said = new Map<number, Said>()
  const visited = new Uint8Array(tree.nodes)
  const bits = tree.ipVersion === 4 ? 32 : 128
  const base = tree.ipVersion === 4 ? ipv4Base : 0n
  const path: { record: number; first: bigint; depth: number }[] = [{ record: 0, first: 0n, depth: 0 }]
  for (let next = path.pop(); next; next = path.pop()) {
    const { record, first, depth } = next
    if (record === tree.nodes || (tree.ipVersion === 6 && isLinked(first, depth))) continue
    if (record > tree.nodes) {
      const value = saidAt(record - tree.nodes - separatorBytes, decode, said)
      const size = 1n << BigInt(bits - depth)
      yield ranged(base + first, size, value, tree.ipVersion)
      continue
    }
    if (visited[record] === 1) throw new GeoFileError('it is damaged: its tree leads to a node by two ways')
    visited[record] = 1
    if (depth >= bits) throw new GeoFileError(`it is damaged: its tree is deeper than ${bits} bits`)
    const half = 1n << BigInt(bits - depth - 1)
    path.push({ record: recordAt(file, tree, record, 1), first: first + half, depth: depth + 1 })
    path.push({ record: recordAt(file, tree, record, 0), first, depth: depth + 1 })
  }
}

/** An IPv6 tree has IPv4 in ::/96, and links to it from ::ffff:0:0/96, 2002::/16 and Teredo's 2001::/32. */
const isLinked = (first: bigint, depth: number): boolean =>
  (depth >= 96 && first >> 32n === 0xffffn) ||
  (depth >= 16 && first >> 112n === 0x2002n) ||
  (depth >= 32 && first >> 96n === 0x2001_0000n)

function ranged(first: bigint, size: bigint, value: Said, ipVersion: 4 | 6): Range<Said> {
  const isIpv4 = ipVersion === 6 && first < 1n << 32n && size <= 1n << 32n
  const start = isIpv4 ? first + ipv4Base : first
  return { first: start, last: (start + size - 1n) & addressMax, value }
}

function recordAt(file: Buffer, { recordBits }: Tree, node: number, side: 0 | 1): number {
  const at = (node * recordBits * 2) / 8
  if (recordBits === 32) return file.readUInt32BE(at + side * 4)
  if (recordBits === 24) return file.readUIntBE(at + side * 3, 3)
  const middle = file.readUInt8(at + 3)
  const high = side === 0 ? middle >> 4 : middle & 15
  return high * 2 ** 24 + file.readUIntBE(at + side * 4, 3)
}

function saidAt(offset: number, decode: (offset: number) => MmdbValue, known: Map<number, Said>): Said {
  const before = known.get(offset)
  if (before) return before
  const said = saidOf(decode(offset))
  known.set(offset, said)
  return said
}

function fieldOf(value: MmdbValue | undefined, name: string): MmdbValue | undefined {
  return value instanceof Map ? value.get(name) : undefined
}

const textOf = (...values: (MmdbValue | undefined)[]) =>
  values.find((value): value is string => typeof value === 'string' && value !== '') ?? ''

/** Reads a place from MaxMind's own fields, or from those of other authors of the format. */
function saidOf(value: MmdbValue): Said {
  const country = fieldOf(value, 'country')
  const subdivisions = fieldOf(value, 'subdivisions')
  const first = Array.isArray(subdivisions) ? subdivisions[0] : undefined
  const traits = fieldOf(value, 'traits')
  return {
    country: textOf(country, fieldOf(country, 'iso_code'), fieldOf(value, 'country_code')),
    province: textOf(
      fieldOf(first, 'iso_code'),
      fieldOf(fieldOf(first, 'names'), 'zh-CN'),
      fieldOf(fieldOf(first, 'names'), 'en'),
      fieldOf(value, 'province'),
      fieldOf(value, 'region'),
    ),
    carrier: textOf(
      fieldOf(value, 'isp'),
      fieldOf(traits, 'isp'),
      fieldOf(value, 'autonomous_system_organization'),
      fieldOf(traits, 'autonomous_system_organization'),
      fieldOf(value, 'as_name'),
    ),
  }
}
