// Compares a file of two builds: to the byte, or but for the version and commit that it names.
import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { fromBufferPromise } from 'yauzl'

const isZip = (bytes) => bytes.subarray(0, 2).toString('latin1') === 'PK'
const isGzip = (bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b
const isManifest = (name) => name.endsWith('.manifest.json')

/** The content without what packs it, and without the version: a workbook is an archive, and may lie in another. */
async function contentOf(bytes) {
  if (isGzip(bytes)) return await contentOf(gunzipSync(bytes))
  if (!isZip(bytes))
    return Buffer.from(bytes.toString('latin1').replaceAll(/Fluxport \d+\.\d+\.\d+\b/g, 'Fluxport'), 'latin1')
  const archive = await fromBufferPromise(bytes)
  const pieces = []
  for await (const entry of archive.eachEntry()) {
    const inside = await buffer(await archive.openReadStreamPromise(entry))
    pieces.push(Buffer.from(`\n${entry.fileName}\n`), await contentOf(inside))
  }
  return Buffer.concat(pieces)
}

/** A manifest without the program's name, the time it was made, and what only tells the bytes of a workbook with a version. */
function manifestOf(bytes) {
  const {
    product_version: _version,
    product_commit: _commit,
    created_at: _time,
    ...said
  } = JSON.parse(bytes.toString())
  const files = said.files.map((file) =>
    file.name.includes('.xlsx') ? { ...file, bytes: undefined, sha256: undefined } : file,
  )
  return { ...said, files }
}

/** Where two values differ first, as a path; null when they do not. */
function whereDiffers(one, other, path = '') {
  if (JSON.stringify(one) === JSON.stringify(other)) return null
  const isBoth = [one, other].every((value) => typeof value === 'object' && value !== null)
  if (!isBoth) return `${path}: ${JSON.stringify(one)} and ${JSON.stringify(other)}`
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])]
  const found = names.map((name) => whereDiffers(one[name], other[name], `${path}/${name}`))
  return found.find((difference) => difference !== null) ?? `${path || '/'}: the same, in another order`
}

const digestOf = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 12)

/** How two contents differ, in words: the first byte that does. */
function firstByte(one, other) {
  const at = one.findIndex((byte, index) => byte !== other[index])
  const from = at < 0 ? Math.min(one.length, other.length) : at
  const around = (bytes) => JSON.stringify(bytes.subarray(Math.max(0, from - 20), from + 20).toString('latin1'))
  return `${one.length} and ${other.length} bytes, from byte ${from}: ${around(one)} and ${around(other)}`
}

/**
 * @param one a file of the older build; undefined when it made none
 * @returns `difference` in words, null when there is none; `how` they are equal
 */
export async function compareFile(one, other) {
  if (one === undefined || other === undefined)
    return { difference: `only the ${one ? 'older' : 'newer'} build makes it` }
  if (one.name !== other.name) return { difference: `${one.name} is called ${other.name}` }
  if (one.bytes.equals(other.bytes)) return { difference: null, how: 'same' }
  const how = 'same but for the version'
  if (isManifest(one.name)) {
    const [older, newer] = [manifestOf(one.bytes), manifestOf(other.bytes)]
    return { difference: whereDiffers(older, newer), how }
  }
  const [older, newer] = await Promise.all([contentOf(one.bytes), contentOf(other.bytes)])
  if (older.equals(newer)) return { difference: null, how }
  return { difference: `${firstByte(older, newer)} (${digestOf(one.bytes)}, ${digestOf(other.bytes)})` }
}
