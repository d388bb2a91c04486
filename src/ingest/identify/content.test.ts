import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../../../test/harness/directory.ts'
import { readersForTest } from '../../../test/harness/readers.ts'
import { contentBytes } from './content.ts'

/** A file of some lines, plain or as gzip, and a function that reads it. */
async function setUp(compression: 'none' | 'gzip') {
  const { path: directory, remove } = await temporaryDirectory()
  onTestFinished(remove)
  const path = join(directory, 'a.log')
  const lines = Buffer.from('a line\n'.repeat(100_000))
  await writeFile(path, compression === 'gzip' ? gzipSync(lines) : lines)
  const reading = { readers: readersForTest(), turnOf: 'a' }
  const read = async (signal: AbortSignal) => {
    let bytes = 0
    for await (const piece of contentBytes({ path, compression }, reading, { signal })) bytes += piece.length
    return bytes
  }
  return { path, read, sizeBytes: lines.length }
}

describe.each(['none', 'gzip'] as const)('a reading of content (%s)', (compression) => {
  it('that was ended before it began, or at any moment, throws, and no error is left to end the process', async () => {
    const { read, sizeBytes } = await setUp(compression)
    expect(await read(new AbortController().signal)).toBe(sizeBytes)
    await expect(read(AbortSignal.abort(new Error('over')))).rejects.toThrow('over')
    for (let ticks = 0; ticks < 8; ticks++) {
      const ending = new AbortController()
      const ended = read(ending.signal).catch((error: unknown) => error)
      for (let tick = 0; tick < ticks; tick++) await new Promise(setImmediate)
      ending.abort(new Error('over'))
      expect(await ended).toSatisfy((outcome) => outcome instanceof Error || outcome === sizeBytes)
    }
  })
})
