import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readZip } from '../../../test/harness/read-zip.ts'
import { gzipped, zipped } from '../files/compression.ts'
import type { FileTable } from '../files/file-format.ts'
import { xlsx } from '../files/xlsx/xlsx.ts'

type Bytes = AsyncIterable<Uint8Array>

async function* piecesOf(bytes: Uint8Array, pieceBytes = 10_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

const entryName = '用量 usage.csv'
const ways: [string, (bytes: Bytes) => AsyncGenerator<Uint8Array>, (file: Buffer) => Promise<Buffer | undefined>][] = [
  ['gzip', gzipped, async (file) => gunzipSync(file)],
  ['zip', (bytes) => zipped([{ name: entryName, bytes }]), async (file) => (await readZip(file)).get(entryName)],
]

describe.each(ways)('%s', (_name, pack, unpack) => {
  it.each([
    ['nothing', Buffer.alloc(0), 1],
    ['one byte', Buffer.from('x'), 1],
    ['what repeats', Buffer.alloc(3_000_000, 'the same '), 65_536],
    ['what does not', randomBytes(1_500_001), 65_536],
    ['many small pieces', randomBytes(20_000), 7],
    ['one large piece', randomBytes(3_000_000), 3_000_000],
  ])('gives back %s', async (_what, content, pieceBytes) => {
    const unpacked = await unpack(await buffer(pack(piecesOf(content, pieceBytes))))
    expect(unpacked?.equals(content)).toBe(true)
  })

  it('gives back any bytes in any pieces, empty ones too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 }), async (pieces) => {
        const unpacked = await unpack(await buffer(pack(inTurn(pieces))))
        expect(unpacked).toEqual(Buffer.concat(pieces))
      }),
      { numRuns: 50 },
    )
  })

  it('is the same bytes for the same bytes', async () => {
    const content = randomBytes(300_000)
    const [first, second] = [await buffer(pack(piecesOf(content))), await buffer(pack(piecesOf(content)))]
    expect(first.equals(second)).toBe(true)
  })
})

it('no file has the time at which it was made', async () => {
  const gzip = await buffer(gzipped(piecesOf(Buffer.from('x'))))
  expect(gzip.readUInt32LE(4)).toBe(0)
  const archives = [zipped([{ name: 'a', bytes: piecesOf(Buffer.from('x')) }]), workbookOf(inTurn([]))]
  for (const archive of archives) {
    // After each local header's signature: 00:00:00 on 1980-01-01, the first time that an archive can have.
    const headers = (await buffer(archive)).toString('latin1').split('PK\u0003\u0004').slice(1)
    for (const header of headers) expect(Buffer.from(header, 'latin1').subarray(6, 10).toString('hex')).toBe('00002100')
  }
})

async function* inTurn<T>(items: T[]): AsyncGenerator<T> {
  yield* items
}

describe('an archive of several files', () => {
  it('has them in order, under their names', async () => {
    const files = ['b.csv', 'a.csv', '第三.csv', 'sub/d.csv'].map((name, n) => ({
      name,
      content: randomBytes(n * 100_000),
    }))
    const archive = await buffer(zipped(files.map(({ name, content }) => ({ name, bytes: piecesOf(content) }))))
    const read = await readZip(archive)
    expect([...read.keys()]).toEqual(files.map(({ name }) => name))
    for (const { name, content } of files) expect(read.get(name)?.equals(content)).toBe(true)
  })

  it('without a file is an archive', async () => {
    expect((await readZip(await buffer(zipped([])))).size).toBe(0)
  })

  it('reads a file when those before it are written, and not sooner', async () => {
    const events: string[] = []
    const file = (name: string) => ({
      name,
      bytes: (async function* () {
        events.push(`${name} begins`)
        yield randomBytes(500_000)
        events.push(`${name} ends`)
      })(),
    })
    await buffer(zipped([file('a'), file('b')]))
    expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
  })
})

/** Endless bytes, or `failAfter` pieces of them; records that it was closed, and closes slowly. */
function source(options: { failAfter?: number; isRow?: boolean } = {}) {
  const state = { isEnded: false, pieces: 0 }
  const bytes = async function* () {
    try {
      for (; state.pieces !== options.failAfter; state.pieces++) {
        const piece = randomBytes(30_000)
        yield options.isRow ? Buffer.from(`${piece.toString('base64').slice(0, 30_000)}\n`) : piece
      }
      throw new Error('the query failed half way')
    } finally {
      await delay(20)
      state.isEnded = true
    }
  }
  return { state, bytes: bytes() }
}

const workbookOf = (bytes: Bytes): AsyncGenerator<Uint8Array> => {
  const slices: FileTable['slices'] = inTurn([{ rows: 1, stream: bytes }])
  const title = { en: 'Usage', zh: '用量' }
  const columns = [{ name: 'url', title, type: 'text' as const, unit: null }]
  const about = () => ({ title: 'About', lines: [], cutCellsLabel: '', fileTitle: '', dataChangedAtMs: null })
  return xlsx().write([{ title, columns, language: 'en', slices }], about) as AsyncGenerator<Uint8Array>
}
const makers: [string, (bytes: Bytes) => AsyncGenerator<Uint8Array>, isRow: boolean][] = [
  ['gzip', gzipped, false],
  ['zip', (bytes) => zipped([{ name: 'a.csv', bytes }]), false],
  ['xlsx', workbookOf, true],
  ['xlsx in zip', (bytes) => zipped([{ name: 'a.xlsx', bytes: workbookOf(bytes) }]), true],
  ['xlsx in gzip', (bytes) => gzipped(workbookOf(bytes)), true],
]

describe.each(makers)('%s of bytes that are not read to their end', (_name, make, isRow) => {
  it.each([0, 1, 20])('throws their error after %i pieces, and is never a short file', async (failAfter) => {
    const { state, bytes } = source({ failAfter, isRow })
    await expect(buffer(make(bytes))).rejects.toThrow('the query failed half way')
    expect(state.isEnded).toBe(true)
  })

  it.each([1, 3, 30])('lets go of them when %i pieces were read, and has waited for that', async (count) => {
    const { state, bytes } = source({ isRow })
    let read = 0
    for await (const _piece of make(bytes)) if (++read === count) break
    expect(state.isEnded).toBe(true)
    const pieces = state.pieces
    await delay(30)
    expect(state.pieces).toBe(pieces)
  })

  it('throws what its reader throws, and lets go of them', async () => {
    const { state, bytes } = source({ isRow })
    const reading = async () => {
      for await (const _piece of make(bytes)) throw new Error('the disk is full')
    }
    await expect(reading()).rejects.toThrow('the disk is full')
    expect(state.isEnded).toBe(true)
  })
})

it('a workbook whose reader leaves has let go of every table that it had begun, and begins no other', async () => {
  const first = source({ isRow: true })
  const second = source({ isRow: true })
  const title = { en: 'Usage', zh: '用量' }
  const columns = [{ name: 'url', title, type: 'text' as const, unit: null }]
  const tables = [first, second].map(({ bytes }) => ({
    title,
    columns,
    language: 'en' as const,
    slices: inTurn([{ rows: 1, stream: bytes }]),
  }))
  // A sheet has ten rows: when the reader leaves, some of the table's rows are in complete files.
  for await (const _piece of xlsx({ sheetRowsMax: 10 }).write(tables, () => ({
    title: '',
    lines: [],
    cutCellsLabel: '',
    fileTitle: '',
    dataChangedAtMs: null,
  })))
    if (first.state.pieces > 40) break
  expect([first.state.isEnded, second.state.pieces]).toEqual([true, 0])
})
