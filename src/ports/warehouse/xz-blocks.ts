import { Damaged } from './bit-reader.ts'
import type { ForwardBytes } from './forward-bytes.ts'
import { WindowTooLarge } from './zstd-frames.ts'

const streamMagic = 'fd377a585a00'
const streamHeaderRest = 6
const footerBytes = 12
/** Length of the check, by its kind. */
const checkBytes = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64]
const lzma2 = 0x21
/** The decoder's limit, which is the largest that `xz -9` writes. */
const xzDictionaryBytesMax = 64 * 1024 ** 2

/**
 * Checks the header of every block, and walks every chunk to find the next block; nothing is decoded.
 * @throws WindowTooLarge, or Damaged when these are no streams of LZMA2
 */
export async function assertXzDictionaries(bytes: ForwardBytes): Promise<void> {
  while (!(await bytes.isAtEnd())) {
    if ((await bytes.take(4)).readUInt32BE() === 0) continue // padding between streams
    bytes.skip(-4)
    if ((await bytes.take(6)).toString('hex') !== streamMagic) throw new Damaged('no stream begins where one has to')
    const [, check = 0] = await bytes.take(streamHeaderRest)
    await passBlocks(bytes, checkBytes[check & 15] ?? 0)
    bytes.skip(footerBytes - 1)
    await bytes.take(1)
  }
}

async function passBlocks(bytes: ForwardBytes, checkLength: number): Promise<void> {
  for (;;) {
    const [size = 0] = await bytes.take(1)
    if (size === 0) return await passIndex(bytes)
    const header = await bytes.take((size + 1) * 4 - 1)
    const dictionaryBytes = dictionaryOf(header)
    if (dictionaryBytes > xzDictionaryBytesMax) throw new WindowTooLarge(dictionaryBytes)
    const length = await passChunks(bytes)
    bytes.skip(((4 - (length % 4)) % 4) + checkLength)
  }
}

/** @throws Damaged for other filters, which the decoder does not have */
function dictionaryOf(header: Buffer): number {
  const [flags = 0] = header
  let at = 1
  const number = () => {
    const found = numberAt(header, at)
    at = found.end
    return found.value
  }
  if ((flags & 3) !== 0) throw new Damaged('a block has more than one filter')
  if ((flags & 64) !== 0) number()
  if ((flags & 128) !== 0) number()
  const [filter, propertyBytes] = [number(), number()]
  const bits = header[at] ?? 255
  if (filter !== lzma2 || propertyBytes !== 1 || bits > 40) throw new Damaged('a block’s filter is not LZMA2')
  return bits === 40 ? 2 ** 32 - 1 : (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11)
}

function numberAt(header: Buffer, from: number): { value: number; end: number } {
  let value = 0
  for (let at = from; at < from + 9; at++) {
    const byte = header[at] ?? 128
    value += (byte & 127) * 128 ** (at - from)
    if (byte < 128) return { value, end: at + 1 }
  }
  throw new Damaged('a block’s header is none')
}

/** @returns the number of bytes skipped */
async function passChunks(bytes: ForwardBytes): Promise<number> {
  let length = 0
  for (;;) {
    const [control = 0] = await bytes.take(1)
    length += 1
    if (control === 0) return length
    if (control > 2 && control < 0x80) throw new Damaged('a chunk’s header is none')
    const sizes = await bytes.take(control < 0x80 ? 2 : 4)
    const properties = control >= 0xc0 ? 1 : 0
    const chunk = sizes.readUInt16BE(sizes.length - 2) + 1 + properties
    bytes.skip(chunk)
    length += sizes.length + chunk
  }
}

async function passIndex(bytes: ForwardBytes): Promise<void> {
  let length = 1
  const number = async () => {
    let value = 0
    for (let at = 0; at < 9; at++) {
      const [byte = 0] = await bytes.take(1)
      length += 1
      value += (byte & 127) * 128 ** at
      if (byte < 128) return value
    }
    throw new Damaged('an index is none')
  }
  const records = await number()
  for (let record = 0; record < records; record++) {
    await number()
    await number()
  }
  bytes.skip(((4 - (length % 4)) % 4) + 4)
}
