import { type BitReader, Damaged } from './bit-reader.ts'

/** A canonical prefix code of up to 20 bits. Short words are looked up in one table, longer ones length by length. */
export type PrefixCode = {
  /** By the next `tableBits` bits: a symbol and its length, or 0. */
  table: Uint16Array
  /** By length: the first number that is no word of it, and the difference of a word and its symbol's index. */
  limits: Int32Array
  offsets: Int32Array
  /** Symbols in the order of their words. */
  symbols: Uint16Array
}

const tableBits = 10
const lengthMax = 20

/** @param lengths of each symbol's word, 1 to 20 bits @throws Damaged when there is no such code */
export function createPrefixCode(lengths: Uint8Array): PrefixCode {
  const symbols = Uint16Array.from(lengths.keys()).sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0) || a - b)
  const [limits, offsets] = [new Int32Array(lengthMax + 1), new Int32Array(lengthMax + 1)]
  const table = new Uint16Array(1 << tableBits)
  let [word, place] = [0, 0]
  for (let length = 1; length <= lengthMax; length++) {
    offsets[length] = word - place
    for (; place < symbols.length && lengths[symbols[place] as number] === length; place++) {
      if (word >= 1 << length) throw new Damaged('a code has more words than fit')
      if (length <= tableBits) {
        const entry = ((symbols[place] as number) << 5) | length
        table.fill(entry, word << (tableBits - length), (word + 1) << (tableBits - length))
      }
      word += 1
    }
    limits[length] = word
    word *= 2
  }
  return { table, limits, offsets, symbols }
}

/** The next symbol. @throws Damaged when the bits are no word */
export function symbolOf(reader: BitReader, { table, limits, offsets, symbols }: PrefixCode): number {
  const entry = table[reader.peek(tableBits)] as number
  if (entry !== 0) {
    reader.skip(entry & 31)
    return entry >> 5
  }
  const next = reader.peek(lengthMax)
  for (let length = tableBits + 1; length <= lengthMax; length++) {
    const word = next >> (lengthMax - length)
    if (word >= (limits[length] as number)) continue
    reader.skip(length)
    return symbols[word - (offsets[length] as number)] as number
  }
  throw new Damaged('a code has no such word')
}
