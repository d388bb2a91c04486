/** The first lines of a file, or why the browser cannot read them. */
export type Head = { lines: string[] } | { packed: string } | { isEmpty: true }

const sampleBytes = 65_536
const linesMax = 100
const lineCharactersMax = 65_536

const packings: readonly { kind: string; starts: readonly number[] }[] = [
  { kind: 'zstd', starts: [0x28, 0xb5, 0x2f, 0xfd] },
  { kind: 'bzip2', starts: [0x42, 0x5a, 0x68] },
  { kind: 'xz', starts: [0xfd, 0x37, 0x7a, 0x58, 0x5a] },
  { kind: 'ZIP', starts: [0x50, 0x4b, 0x03, 0x04] },
]
const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b
const tarMark = 257

/** The first bytes decide, as they do on the server. @throws TypeError for a gzip file that is damaged at its start */
export async function readHead(file: Blob): Promise<Head> {
  const first = new Uint8Array(await file.slice(0, sampleBytes).arrayBuffer())
  const packing = packings.find(({ starts }) => starts.every((byte, at) => first[at] === byte))
  if (packing) return { packed: packing.kind }
  const isPacked = isGzip(first)
  const bytes = isPacked ? await unpacked(file) : first
  const mark = String.fromCharCode(...bytes.slice(tarMark, tarMark + 5))
  if (mark === 'ustar') return { packed: 'tar' }
  if (bytes.length === 0) return { isEmpty: true }
  return { lines: linesOf(textOf(bytes), bytes.length >= sampleBytes) }
}

/** The first 64 KiB of a gzip file's content. */
async function unpacked(file: Blob): Promise<Uint8Array> {
  const reader = file.stream().pipeThrough(new DecompressionStream('gzip')).getReader()
  const pieces: Uint8Array[] = []
  let length = 0
  while (length < sampleBytes) {
    const { done, value } = await reader.read()
    if (done) break
    pieces.push(value)
    length += value.length
  }
  // The rest is not read: an error of it is the server's to tell.
  reader.cancel().catch(() => {})
  return new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer()).slice(0, sampleBytes)
}

function textOf(bytes: Uint8Array): string {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  const name = !isUtf16 ? 'utf-8' : bytes[0] === 0xff ? 'utf-16le' : 'utf-16be'
  return new TextDecoder(name).decode(bytes)
}

/** Whole lines: the last one is left out if it is empty, or may be cut. */
function linesOf(text: string, isCut: boolean): string[] {
  const lines = text.split('\n')
  if (lines.length > 1 && (isCut || lines.at(-1) === '')) lines.pop()
  return lines.slice(0, linesMax).map((line) => line.slice(0, lineCharactersMax))
}
