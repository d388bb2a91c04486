/** MaxMind databases that lead whoever reads them astray. */

const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')
const text = (value) => Buffer.concat([Buffer.from([0x40 | value.length]), Buffer.from(value)])
const number = (value) => Buffer.from([0xc4, ...Buffer.from(Uint32Array.of(value).buffer).reverse()])
const about = (nodes) => {
  const fields = { binary_format_major_version: 2, ip_version: 6, node_count: nodes, record_size: 24, build_epoch: 1 }
  const entries = Object.entries(fields).flatMap(([name, value]) => [text(name), number(value)])
  return Buffer.concat([Buffer.from([0xe0 | 6]), ...entries, text('database_type'), text('Test')])
}
const nodeOf = (left, right) => Buffer.from([left >> 16, left >> 8, left, right >> 16, right >> 8, right])
const fileOf = (nodes, values) => Buffer.concat([...nodes, Buffer.alloc(16), values, marker, about(nodes.length)])

/** Nodes whose two records lead to the next: 2^depth paths, and no value at the end of any. */
export function sharedChildren(depth = 100) {
  const nodes = Array.from({ length: depth }, (_, node) => nodeOf(node + 1, node + 1))
  return fileOf(nodes, Buffer.alloc(1))
}

/** Lists of pointers to the list before: width^depth elements. */
export function nestedPointers(width = 28, depth = 9) {
  const lists = [text('x')]
  let offset = 0
  for (let level = 0; level < depth; level++) {
    const pointer = Buffer.from([0x20 | (offset >> 8), offset & 255])
    offset += lists.at(-1).length
    lists.push(Buffer.concat([Buffer.from([width, 4]), ...Array.from({ length: width }, () => pointer)]))
  }
  return fileOf([nodeOf(1 + 16 + offset, 1 + 16 + offset)], Buffer.concat(lists))
}
