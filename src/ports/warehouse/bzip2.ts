import { BitReader, Damaged } from './bit-reader.ts'
import { createPrefixCode, type PrefixCode, symbolOf } from './prefix-code.ts'

/**
 * Decodes bzip2 block by block. A block is at most 900,000 bytes before its runs are expanded, so neither memory nor
 * the time between two pieces grows with a sender's content.
 */

const blockMagic = [0x314159, 0x265359] as const
const endMagic = [0x177245, 0x385090] as const
/** Upper bound of an encoded block: 900,000 symbols of 20 bits, and its tables. */
const blockBytesMax = 3 << 20
const pieceBytes = 1 << 18
const groupSymbols = 50
const runA = 0
const runB = 1

/**
 * The bytes of one or several streams, in pieces of at most 256 KiB.
 * @throws Damaged when they are cut off, damaged or followed by other bytes
 */
export async function* decodeBzip2(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = new BitReader(source)
  const piece = createPiece()
  await reader.fill(blockBytesMax)
  do {
    const blockLength = beginStream(reader)
    let streamCrc = 0
    for (;;) {
      await reader.fill(blockBytesMax)
      if (isEnd(reader)) break
      const crc = reader.bits(24) * 256 + reader.bits(8)
      const block = readBlock(reader, blockLength)
      const found = { crc: 0xffffffff }
      yield* writtenOut(block, piece, found)
      if (~found.crc >>> 0 !== crc) throw new Damaged('a block’s checksum is wrong')
      streamCrc = (((streamCrc << 1) | (streamCrc >>> 31)) ^ crc) >>> 0
    }
    if (reader.bits(24) * 256 + reader.bits(8) !== streamCrc) throw new Damaged('a stream’s checksum is wrong')
    reader.toByte()
    await reader.fill(blockBytesMax)
  } while (!reader.isAtEnd())
  if (piece.length > 0) yield piece.bytes.slice(0, piece.length)
}

const createPiece = () => ({ bytes: new Uint8Array(pieceBytes), length: 0 })
type Piece = ReturnType<typeof createPiece>

/** @returns the largest length of a block */
function beginStream(reader: BitReader): number {
  const head = reader.bits(24)
  const level = reader.bits(8) - 0x30
  if (head !== 0x425a68 || level < 1 || level > 9) throw new Damaged('it is no bzip2 stream')
  return level * 100_000
}

/** True if the stream's end is next, false if a block is. */
function isEnd(reader: BitReader): boolean {
  const magic = [reader.bits(24), reader.bits(24)]
  if (magic[0] === blockMagic[0] && magic[1] === blockMagic[1]) return false
  if (magic[0] === endMagic[0] && magic[1] === endMagic[1]) return true
  throw new Damaged('no block begins where one has to')
}

/** A block before its runs are expanded; `first` is the index of the link to its first byte. */
type Block = { next: Uint32Array; length: number; first: number }

function readBlock(reader: BitReader, lengthMax: number): Block {
  if (reader.bits(1) === 1) throw new Damaged('its blocks are randomised, which nothing has written since 1999')
  const origin = reader.bits(24)
  const used = usedBytes(reader)
  const codeCount = reader.bits(3)
  if (codeCount < 2 || codeCount > 6) throw new Damaged('a block has no tables')
  const selectors = readSelectors(reader, codeCount)
  const codes = Array.from({ length: codeCount }, () => createPrefixCode(readLengths(reader, used.length + 2)))
  const { bytes, length } = readSymbols(reader, { used, selectors, codes, lengthMax })
  if (origin >= length) throw new Damaged('a block begins outside itself')
  return { next: linked(bytes, length), length, first: origin }
}

/** The bytes that occur in a block, ascending. */
function usedBytes(reader: BitReader): number[] {
  const rows = reader.bits(16)
  const used: number[] = []
  for (let row = 0; row < 16; row++) {
    if ((rows & (0x8000 >> row)) === 0) continue
    const cells = reader.bits(16)
    for (let cell = 0; cell < 16; cell++) if ((cells & (0x8000 >> cell)) !== 0) used.push(row * 16 + cell)
  }
  if (used.length === 0) throw new Damaged('a block has no bytes')
  return used
}

function readSelectors(reader: BitReader, codeCount: number): Uint8Array {
  const count = reader.bits(15)
  if (count === 0) throw new Damaged('a block has no groups')
  const order = Array.from({ length: codeCount }, (_, code) => code)
  const selectors = new Uint8Array(count)
  for (let group = 0; group < count; group++) {
    let at = 0
    while (reader.bits(1) === 1) {
      at += 1
      if (at >= codeCount) throw new Damaged('a group has no table')
    }
    const [code = 0] = order.splice(at, 1)
    order.unshift(code)
    selectors[group] = code
  }
  return selectors
}

function readLengths(reader: BitReader, count: number): Uint8Array {
  const lengths = new Uint8Array(count)
  let length = reader.bits(5)
  for (let symbol = 0; symbol < count; symbol++) {
    while (reader.bits(1) === 1) {
      length += reader.bits(1) === 1 ? -1 : 1
      // No real table changes a length this often; a hostile one may.
      if (length < 1 || length > 20) throw new Damaged('a code is too long')
    }
    if (length < 1 || length > 20) throw new Damaged('a code is too long')
    lengths[symbol] = length
  }
  return lengths
}

type Coded = { used: number[]; selectors: Uint8Array; codes: PrefixCode[]; lengthMax: number }

/** Decodes the symbols, their runs, and the move-to-front coding. */
function readSymbols(reader: BitReader, { used, selectors, codes, lengthMax }: Coded) {
  const bytes = new Uint8Array(lengthMax)
  const front = Uint8Array.from(used)
  const end = used.length + 1
  let [length, runLength, runUnit] = [0, 0, 1]
  for (const selector of selectors) {
    const code = codes[selector] as PrefixCode
    for (let left = groupSymbols; left > 0; left--) {
      const symbol = symbolOf(reader, code)
      if (symbol === runA || symbol === runB) {
        runLength += symbol === runA ? runUnit : 2 * runUnit
        runUnit *= 2
        if (runLength > lengthMax) throw new Damaged('a block is longer than it may be')
        continue
      }
      if (length + runLength + (symbol === end ? 0 : 1) > lengthMax)
        throw new Damaged('a block is longer than it may be')
      bytes.fill(front[0] as number, length, length + runLength)
      length += runLength
      if (symbol === end) return { bytes, length }
      ;[runLength, runUnit] = [0, 1]
      bytes[length++] = moveToFront(front, symbol - 1)
    }
  }
  throw new Damaged('a block has no end')
}

function moveToFront(front: Uint8Array, at: number): number {
  const byte = front[at] as number
  // Most symbols are near the front, where a call costs more than the moves.
  if (at < 16) for (let to = at; to > 0; to--) front[to] = front[to - 1] as number
  else front.copyWithin(1, 0, at)
  front[0] = byte
  return byte
}

/** Inverts the sorting: each entry is a byte, and above it the index of the following byte. */
function linked(bytes: Uint8Array, length: number): Uint32Array {
  const starts = new Uint32Array(257)
  for (let at = 0; at < length; at++) {
    const above = (bytes[at] as number) + 1
    starts[above] = (starts[above] as number) + 1
  }
  for (let byte = 1; byte <= 256; byte++) starts[byte] = (starts[byte] as number) + (starts[byte - 1] as number)
  const next = Uint32Array.from(bytes.subarray(0, length))
  for (let at = 0; at < length; at++) {
    const byte = bytes[at] as number
    const to = starts[byte] as number
    starts[byte] = to + 1
    next[to] = (next[to] as number) | (at << 8)
  }
  return next
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0)
  return crc
})

/** Expands the block's runs: four equal bytes are followed by the number of further ones, 0 to 255. */
function* writtenOut({ next, length, first }: Block, piece: Piece, sum: { crc: number }): Generator<Uint8Array> {
  const { bytes } = piece
  let at = (next[first] as number) >>> 8
  let [crc, alike, last] = [sum.crc, 0, -1]
  for (let left = length; left > 0; left--) {
    const link = next[at] as number
    at = link >>> 8
    const isCount = alike === 4
    const count = isCount ? link & 255 : 1
    if (isCount) alike = 0
    else {
      alike = (link & 255) === last ? alike + 1 : 1
      last = link & 255
    }
    if (piece.length + count > pieceBytes) {
      yield bytes.slice(0, piece.length)
      piece.length = 0
    }
    for (let more = count; more > 0; more--) {
      crc = (crc << 8) ^ (crcTable[(crc >>> 24) ^ last] as number)
      bytes[piece.length++] = last
    }
  }
  sum.crc = crc
}
