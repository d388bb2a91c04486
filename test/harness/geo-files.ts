/** Files of geographic data, written here byte by byte as their formats are documented. */

type Segment = { first: bigint; last: bigint; region: string }

/** An ip2region xdb file. IPv4 addresses are numbers below 2^32. */
export function writeXdb(structure: 2 | 3, ipVersion: 4 | 6, segments: Segment[]): Buffer {
  const head = Buffer.alloc(256 + 256 * 256 * 8)
  const texts = [...new Set(segments.map((segment) => segment.region))]
  const positions = new Map<string, [number, number]>()
  const data: Buffer[] = []
  let at = head.length
  for (const text of texts) {
    const bytes = Buffer.from(text)
    positions.set(text, [bytes.length, at])
    data.push(bytes)
    at += bytes.length
  }
  const bytes = ipVersion === 4 ? 4 : 16
  const index = segments.map(({ first, last, region }) => {
    const entry = Buffer.alloc(bytes * 2 + 6)
    writeAddress(entry, 0, first, bytes)
    writeAddress(entry, bytes, last, bytes)
    const [length, position] = positions.get(region) ?? [0, 0]
    entry.writeUInt16LE(length, bytes * 2)
    entry.writeUInt32LE(position, bytes * 2 + 2)
    return entry
  })
  head.writeUInt16LE(structure, 0)
  head.writeUInt16LE(1, 2)
  head.writeUInt32LE(Date.parse('2026-03-01T00:00:00Z') / 1000, 4)
  head.writeUInt32LE(at, 8)
  head.writeUInt32LE(at + (segments.length - 1) * (bytes * 2 + 6), 12)
  if (structure === 3) head.writeUInt16LE(ipVersion, 16)
  if (structure === 3) head.writeUInt16LE(4, 18)
  return Buffer.concat([head, ...data, ...index])
}

function writeAddress(entry: Buffer, at: number, address: bigint, bytes: number) {
  if (bytes === 4) return entry.writeUInt32LE(Number(address), at)
  entry.writeBigUInt64BE(address >> 64n, at)
  return entry.writeBigUInt64BE(address & 0xffff_ffff_ffff_ffffn, at + 8)
}

/** A node of a tree: other nodes, numbers of values, or nothing. */
type Node = [Node | number | null, Node | number | null]

function childOf(node: Node, side: 0 | 1): Node {
  const child = node[side]
  if (Array.isArray(child)) return child
  const made: Node = [null, null]
  node[side] = made
  return made
}

export type Field = string | number | Field[] | { [name: string]: Field }

/** A MaxMind database of IPv6 with records of 28 bits; networks are numbers of 128 bits, IPv4 in ::/96. */
export function writeMmdb(
  networks: { first: bigint; bits: number; value: Field }[],
  recordBits: 24 | 28 | 32 = 28,
): Buffer {
  const root: Node = [null, null]
  for (const [index, { first, bits }] of networks.entries()) {
    let node = root
    for (let depth = 0; depth < bits; depth++) {
      const side = Number((first >> BigInt(127 - depth)) & 1n) as 0 | 1
      if (depth === bits - 1) node[side] = index
      else node = childOf(node, side)
    }
  }
  const nodes: Node[] = []
  const number = (node: Node) => {
    nodes.push(node)
    for (const child of node) if (Array.isArray(child)) number(child)
  }
  number(root)
  const values = networks.map(({ value }) => encoded(value))
  const offsets = values.map((_, index) => values.slice(0, index).reduce((sum, one) => sum + one.length, 0))
  const record = (child: Node | number | null) => {
    if (child === null) return nodes.length
    return Array.isArray(child) ? nodes.indexOf(child) : nodes.length + 16 + (offsets[child] ?? 0)
  }
  const about = encoded({
    ...{ binary_format_major_version: 2, ip_version: 6, node_count: nodes.length, record_size: recordBits },
    ...{ database_type: 'Test-City', build_epoch: Date.parse('2026-04-01T00:00:00Z') / 1000, description: { en: 'x' } },
  })
  const tree = nodes.map(([left, right]) => nodeBytes(record(left), record(right), recordBits))
  const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')
  return Buffer.concat([...tree, Buffer.alloc(16), ...values, marker, about])
}

function nodeBytes(left: number, right: number, recordBits: 24 | 28 | 32): Buffer {
  const bytes = Buffer.alloc((recordBits * 2) / 8)
  if (recordBits === 32) {
    bytes.writeUInt32BE(left, 0)
    bytes.writeUInt32BE(right, 4)
    return bytes
  }
  bytes.writeUIntBE(left & 0xffffff, 0, 3)
  bytes.writeUIntBE(right & 0xffffff, bytes.length - 3, 3)
  if (recordBits === 28) bytes.writeUInt8(((left >>> 24) << 4) | (right >>> 24), 3)
  return bytes
}

function encoded(field: Field): Buffer {
  if (typeof field === 'string') return Buffer.concat([control(2, Buffer.byteLength(field)), Buffer.from(field)])
  if (typeof field === 'number') {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(field)
    return Buffer.concat([control(6, 4), bytes])
  }
  if (Array.isArray(field)) return Buffer.concat([Buffer.from([field.length, 4]), ...field.map(encoded)])
  const entries = Object.entries(field)
  return Buffer.concat([
    control(7, entries.length),
    ...entries.flatMap(([name, value]) => [encoded(name), encoded(value)]),
  ])
}

const control = (kind: number, size: number) =>
  size < 29 ? Buffer.from([(kind << 5) | size]) : Buffer.from([(kind << 5) | 29, size - 29])
