import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../../test/harness/directory.ts'
import { readersForTest } from '../../test/harness/readers.ts'
import { rawZstd, slowZstd, zstdFrame } from '../../test/hostile/compressed.mjs'
import type { Compression } from '../ports/warehouse/decompress.ts'
import { type ReadLimits, ReadRefused } from './jobs.ts'
import type { Readers } from './readers.ts'

const packedBy =
  (command: string, ...flags: string[]) =>
  (content: string | Buffer): Buffer =>
    spawnSync(command, ['-c', ...flags], { input: content, maxBuffer: 1 << 28 }).stdout
const packers: Record<string, (content: string | Buffer) => Buffer> = {
  zstd: packedBy('zstd', '-q'),
  bzip2: packedBy('bzip2'),
  xz: packedBy('xz', '-0'),
}

async function decoded(readers: Readers, bytes: Buffer, compression: Compression, bytesMax: number | null = null) {
  const pieces: Buffer[] = []
  const job = { kind: 'decode', compression, outputBytesMax: bytesMax, limits: readers.limits } as const
  const from = { bodyBytes: bytes.length }
  const options = { lane: 'load', turnOf: 'account-1', body: bytes } as const
  for await (const piece of readers.run({ ...job, from }, options)) pieces.push(piece)
  return Buffer.concat(pieces)
}

const refusalOf = async (bytes: Buffer, compression: Compression, limits: Partial<ReadLimits> = {}) =>
  await decoded(readersForTest(limits), bytes, compression).then(
    () => 'read',
    (error) => (error instanceof ReadRefused ? error.refusal : `failed: ${error.message}`),
  )

/** Lines, runs of every length around bzip2's limits of 4 and 255, every byte value, and noise. */
function variedContent(): Buffer {
  const noise = Buffer.alloc(1_500_000)
  for (let at = 0, state = 1; at < noise.length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    noise[at] = state >>> 24
  }
  const runs = [1, 2, 3, 4, 5, 254, 255, 256, 258, 259, 260, 263, 70_000].map((length) =>
    Buffer.alloc(length, `${length}`),
  )
  const lines = Buffer.from(Array.from({ length: 20_000 }, (_, n) => `GET /a/${n} 200\n`).join(''))
  return Buffer.concat([lines, ...runs, Buffer.from(Array.from({ length: 256 }, (_, n) => n)), noise, lines])
}

describe.each(Object.entries(packers))('content in %s', (name, pack) => {
  const compression = name as Compression

  it('is what it was, of one part or several, of no byte, and as far as it is wanted', async () => {
    const readers = readersForTest()
    const content = variedContent()
    const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
    const packed = pack(content)
    expect(digest(await decoded(readers, packed, compression))).toBe(digest(content))
    const twice = Buffer.concat([packed, pack(''), pack('more\n')])
    const expected = Buffer.concat([content, Buffer.from('more\n')])
    expect(digest(await decoded(readers, twice, compression))).toBe(digest(expected))
    expect((await decoded(readers, pack(''), compression)).length).toBe(0)
    expect((await decoded(readers, packed, compression, 1_000)).equals(content.subarray(0, 1_000))).toBe(true)
  })

  it('is never taken for whole when it is cut, at whatever byte', async () => {
    const readers = readersForTest()
    const packed = pack('one line\nand another\n'.repeat(20))
    for (let length = 1; length < packed.length; length++) {
      const read = decoded(readers, packed.subarray(0, length), compression)
      await expect(read, `${length} of ${packed.length}`).rejects.toThrow()
    }
  })
})

describe('content that asks for too much', () => {
  it('is refused for its window before there is room for it, in a later frame too', async () => {
    expect(await refusalOf(zstdFrame({ windowLog: 31, runs: [100, 1] }), 'zstd')).toBe('window')
    const later = Buffer.concat([rawZstd(17, Buffer.from('a line\n')), zstdFrame({ windowLog: 24, runs: [1] })])
    expect(await refusalOf(later, 'zstd')).toBe('window')
    const skipped = Buffer.concat([Buffer.from('502a4d180400000061616161', 'hex'), later])
    expect(await refusalOf(skipped, 'zstd')).toBe('window')
    expect(await refusalOf(later, 'zstd', { zstdWindowBytesMax: 16 * 1024 ** 2 })).toBe('read')
    expect(await refusalOf(zstdFrame({ windowLog: 23, runs: [100, 1] }), 'zstd')).toBe('read')
  })

  it('is refused for its dictionary, in a later stream of xz too', async () => {
    const large = packedBy('xz', '--lzma2=dict=128MiB')('a line\n')
    expect(await refusalOf(large, 'xz')).toBe('window')
    const usual = packedBy('xz', '-9')('a line\n')
    expect(await refusalOf(Buffer.concat([usual, large]), 'xz')).toBe('window')
    expect(await refusalOf(Buffer.concat([usual, usual]), 'xz')).toBe('read')
  })

  it.each([
    ['zstd', zstdFrame({ windowLog: 17, runs: Array.from({ length: 700 }, () => 131_072) })],
    ['bzip2', packedBy('bzip2')(Buffer.alloc(100_000_000, 'a'))],
    ['xz', packedBy('xz', '-0')(Buffer.alloc(100_000_000, 'a'))],
  ] as const)('is refused when it expands too far in %s, and is read when that is allowed', async (name, bytes) => {
    expect(await refusalOf(bytes, name)).toBe('ratio')
    expect(await refusalOf(bytes, name, { ratioMax: 1_000_000 })).toBe('read')
  })

  it('is refused when it keeps its process busy and gives little', async () => {
    expect(await refusalOf(slowZstd(400_000), 'zstd')).toBe('time')
  })
})

describe('readers', () => {
  it('read on after one of them was killed, and after one refused', async () => {
    const readers = readersForTest()
    expect(await refusalOf(zstdFrame({ windowLog: 31, runs: [1] }), 'zstd')).toBe('window')
    const gone = new AbortController()
    const job = { kind: 'decode', compression: 'zstd', outputBytesMax: null, limits: readers.limits } as const
    const body = slowZstd(400_000)
    const from = { bodyBytes: body.length }
    const reading = readers.run({ ...job, from }, { lane: 'load', turnOf: 'a', body, signal: gone.signal })
    await reading.next()
    gone.abort(new Error('given up'))
    await expect(async () => {
      for await (const _ of reading);
    }).rejects.toThrow('given up')
    expect((await decoded(readers, rawZstd(17, Buffer.from('a line\n')), 'zstd')).toString()).toBe('a line\n')
  })

  it('read on after a reading that was left half way', async () => {
    const readers = readersForTest()
    const job = { kind: 'decode', compression: 'zstd', outputBytesMax: null, limits: readers.limits } as const
    const body = zstdFrame({ windowLog: 17, runs: Array.from({ length: 500 }, () => 131_072) })
    const content = rawZstd(17, Buffer.from('a line\n'))
    for (let round = 0; round < 10; round++) {
      const reading = readers.run({ ...job, from: { bodyBytes: body.length } }, { lane: 'look', turnOf: 'a', body })
      await reading.next()
      const options = { lane: 'look', turnOf: 'a', body: content } as const
      const next = readers.run({ ...job, from: { bodyBytes: content.length } }, options)
      const lines = next.next()
      await reading.return(undefined)
      expect(String((await lines).value)).toBe('a line\n')
      await next.return(undefined)
    }
  })

  it('say that a file is not there as the file system says it', async () => {
    const readers = readersForTest()
    const job = { kind: 'decode', compression: 'xz', outputBytesMax: null, limits: readers.limits } as const
    const reading = readers.run({ ...job, from: { path: '/nowhere/a.xz' } }, { lane: 'load', turnOf: 'a' })
    await expect(reading.next()).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('serve an account that sends one file before another’s second', async () => {
    const place = await temporaryDirectory()
    onTestFinished(place.remove)
    const path = join(place.path, 'a.zst')
    await writeFile(path, rawZstd(17, Buffer.from('a line\n')))
    const readers = readersForTest()
    const ended: string[] = []
    const read = async (turnOf: string) => {
      const job = {
        kind: 'decode',
        from: { path },
        compression: 'zstd',
        outputBytesMax: 10,
        limits: readers.limits,
      } as const
      for await (const _ of readers.run(job, { lane: 'look', turnOf }));
      ended.push(turnOf)
    }
    await Promise.all([read('busy'), read('busy'), read('busy'), read('busy'), read('quiet')])
    expect(ended.indexOf('quiet')).toBeLessThan(3)
  })
})

describe('gzip', () => {
  it('expands at most 1,032 times, so that a ratio over that bounds the others alone', () => {
    const zeros = Buffer.alloc(50_000_000)
    expect(zeros.length / gzipSync(zeros, { level: 9 }).length).toBeLessThan(1_033)
  })
})
