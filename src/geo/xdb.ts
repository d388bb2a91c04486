import { addressMax, ipv4Base } from './address.ts'
import { GeoFileError } from './geo-file-error.ts'
import type { Range } from './ranges.ts'
import type { Said } from './source-places.ts'

/**
 * ip2region's files, structure 2.0 (IPv4) and 3.0 (IPv4 or IPv6): 256 bytes of header, an unused index of first bytes,
 * texts, and segments in order: first and last address, length and position of the text. Numbers are little endian,
 * IPv4 among them; IPv6 addresses are big endian.
 */

const headerBytes = 256
/** Room for the names of five places. Segments may share a text, so the file's size does not bound the texts. */
const textBytesMax = 1_024
const kinds = {
  4: { addressBytes: 4, segmentBytes: 14 },
  6: { addressBytes: 16, segmentBytes: 38 },
} as const

/** A file's header. `createdAtMs` is unix ms. */
type XdbHeader = { ipVersion: 4 | 6; createdAtMs: number; segments: number }

type Layout = XdbHeader & { start: number; addressBytes: number; segmentBytes: number }

/** @throws GeoFileError when it is not such a file, or is cut off */
export function readXdbHeader(file: Buffer): XdbHeader {
  const { ipVersion, createdAtMs, segments } = layoutOf(file)
  return { ipVersion, createdAtMs, segments }
}

export const looksLikeXdb = (file: Buffer): boolean =>
  file.length > headerBytes && [2, 3].includes(file.readUInt16LE(0)) && file.readUInt16LE(2) <= 3

function layoutOf(file: Buffer): Layout {
  if (!looksLikeXdb(file)) throw new GeoFileError('it is not an ip2region xdb file of structure 2 or 3')
  const ipVersion = file.readUInt16LE(0) === 2 ? 4 : file.readUInt16LE(16)
  if (ipVersion !== 4 && ipVersion !== 6) throw new GeoFileError(`its header says IP version ${ipVersion}`)
  const start = file.readUInt32LE(8)
  const end = file.readUInt32LE(12) // position of the last segment's first byte
  const { addressBytes, segmentBytes } = kinds[ipVersion]
  const isWhole = start >= headerBytes && end >= start && end + segmentBytes <= file.length
  if (!isWhole || (end - start) % segmentBytes !== 0)
    throw new GeoFileError('it is cut: its segments are not where its header says')
  const segments = (end - start) / segmentBytes + 1
  return { ipVersion, createdAtMs: file.readUInt32LE(4) * 1000, segments, start, addressBytes, segmentBytes }
}

/** Every segment in order. @throws GeoFileError naming the damaged segment */
export function* readXdb(file: Buffer): Generator<Range<Said>> {
  const layout = layoutOf(file)
  const known = new Map<string, Said>()
  const read = fieldReader(file, layout)
  let previousLast = -1n
  for (let segment = 0; segment < layout.segments; segment++) {
    const { first, last, text } = segmentAt(file, layout, segment)
    if (first <= previousLast || last < first) throw damaged(segment, 'its addresses are out of order')
    previousLast = last
    const value = known.get(text) ?? read(text)
    known.set(text, value)
    yield { first, last, value }
  }
}

function segmentAt(file: Buffer, layout: Layout, segment: number) {
  const { addressBytes } = layout
  const at = layout.start + segment * layout.segmentBytes
  const length = file.readUInt16LE(at + addressBytes * 2)
  const position = file.readUInt32LE(at + addressBytes * 2 + 2)
  if (position < headerBytes || position + length > file.length) throw damaged(segment, 'its text is not in the file')
  if (length > textBytesMax) throw damaged(segment, `its text is longer than ${textBytesMax} bytes`)
  return {
    first: addressAt(file, at, addressBytes),
    last: addressAt(file, at + addressBytes, addressBytes),
    text: file.toString('utf8', position, position + length),
  }
}

function addressAt(file: Buffer, at: number, bytes: number): bigint {
  if (bytes === 4) return ipv4Base + BigInt(file.readUInt32LE(at))
  return ((file.readBigUInt64BE(at) << 64n) | file.readBigUInt64BE(at + 8)) & addressMax
}

/** Number of segments examined to tell the two layouts of five fields apart. */
const lookedAt = 2_000

/**
 * Older files have country|area|province|city|carrier, newer ones country|province|city|carrier, and later
 * country|province|city|carrier|code.
 */
function fieldReader(file: Buffer, layout: Layout): (text: string) => Said {
  let [withCode, texts] = [0, 0]
  const step = Math.max(1, Math.floor(layout.segments / lookedAt))
  for (let segment = 0; segment < layout.segments; segment += step) {
    const { text } = segmentAt(file, layout, segment)
    if (/^(0\|)*0?$/.test(text)) continue
    texts++
    if (/\|[A-Z]{2}$/.test(text)) withCode++
  }
  const isCoded = withCode * 2 > texts
  return (text) => {
    const fields = text.split('|').map((field) => (field === '0' ? '' : field))
    const code = isCoded ? fields.pop() : ''
    const hasArea = !isCoded && fields.length === 5
    const [country = '', province = '', , carrier = ''] = hasArea ? [fields[0], ...fields.slice(2)] : fields
    return { country: code || country, province, carrier }
  }
}

const damaged = (segment: number, problem: string) => new GeoFileError(`it is damaged: segment ${segment}: ${problem}`)
