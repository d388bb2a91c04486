import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ClientError } from '../../src/cli/client.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { type Served, serve } from '../harness/served.ts'
import { generateBodies } from './bodies.mjs'
import { bzip2Of, gzipBomb, slowZstd, xzOf, zstdFrame } from './compressed.mjs'
import { nestedPointers, sharedChildren } from './mmdb.mjs'

/** A server in a process of its own, asked from this one whether it lives while it is given what would stop it. */

let server: Served
let place: Awaited<ReturnType<typeof temporaryDirectory>>
beforeAll(async () => {
  place = await temporaryDirectory()
  server = await serve(join(place.path, 'data'), '--geo', 'on')
})
afterAll(async () => {
  await server.kill()
  await place.remove()
})

/** Seconds of silence were 10 to 87; a machine that has much else to do is silent for two. */
const silenceMsMax = 5_000

/** @returns what `work` gives, and the longest that /healthz took meanwhile, ms */
async function whileAsked<T>(work: Promise<T>): Promise<[T, number]> {
  const ended = new AbortController()
  let longestMs = 0
  const asking = (async () => {
    while (!ended.signal.aborted) {
      const startMs = performance.now()
      await fetch(new URL('/healthz', server.client.endpoint)).then((answer) => answer.arrayBuffer())
      longestMs = Math.max(longestMs, performance.now() - startMs)
      await delay(20)
    }
  })()
  try {
    return [await work, longestMs]
  } finally {
    ended.abort()
    await asking
  }
}

/** The code that a body is refused with; the state of its batch when it is not. */
const send = async (path: string, query: Record<string, string>, body: Buffer): Promise<string> =>
  await server.client.upload<{ state?: string }>(path, query, Readable.from([body], { objectMode: false })).then(
    ({ state }) => state ?? 'taken',
    (error) => {
      if (error instanceof ClientError) return error.message
      throw error
    },
  )

const haproxyLine = `a:1 [01/Sep/2026:08:00:01.655] f ${'/'.repeat(65_000)}\n`
const huaweiStart = '[01/Sep/2026:08:00:01 +0800] 198.51.100.7 5 "'
const bombs: [name: string, body: Buffer, answer: RegExp][] = [
  [
    '30 bytes of zstd with a window of 2 GiB',
    zstdFrame({ windowLog: 31, runs: [1, 1, 1, 1] }),
    /FLUXPORT\.0108|window/,
  ],
  [
    '40 frames of zstd',
    Buffer.concat(Array.from({ length: 40 }, () => zstdFrame({ windowLog: 29, runs: [1] }))),
    /zstd-window-bytes-max/,
  ],
  ['a window of zstd that is moved for each byte', slowZstd(400_000), /takes too long to read/],
  ['400 bytes of bzip2', bzip2Of(Buffer.alloc(400_000_000, 'a')), /decompress-ratio-max/],
  ['xz', xzOf(Buffer.alloc(300_000_000, 'a')), /decompress-ratio-max|not recognised/],
  ['gzip without a line end', gzipBomb(200), /no line ends|decompress-ratio-max|not recognised/],
  ['136 bytes of gzip that are slashes', gzipSync(haproxyLine), /not recognised/],
  ['quotes', gzipSync(`${huaweiStart}${'" "'.repeat(20_000)}\n`), /not recognised/],
]

describe('a server that is sent a bomb', () => {
  it.each(bombs)('answers others, and refuses %s', async (name, body, answer) => {
    const query = { name: `${name}.log`, domain: 'www.example.test' }
    const [said, longestMs] = await whileAsked(send('/api/v1/log-batches', query, body))
    expect(said).toMatch(answer)
    expect(longestMs).toBeLessThan(silenceMsMax)
  })

  it.each(bombs)('answers others when it is a push of %s', async (_name, body) => {
    const [, longestMs] = await whileAsked(send('/api/v1/log-batches', { domain: 'www.example.test' }, body))
    expect(longestMs).toBeLessThan(silenceMsMax)
  })

  it.each([
    ['a tree of 2^100 paths', sharedChildren()],
    ['a value of 10^12 elements', nestedPointers()],
    ['a table of one line', Buffer.from(`1.0.0.0/24,${' '.repeat(2_000_000)}x`)],
  ])('answers others, and refuses geographic data with %s', async (_name, body) => {
    const [said, longestMs] = await whileAsked(send('/api/v1/geo/imports', { name: 'hostile' }, body))
    expect(said).toMatch(/The file cannot be imported/)
    expect(longestMs).toBeLessThan(silenceMsMax)
  })

  it('answers every body of a seed with what is no fault of its own, and loads an honest log then', async () => {
    for (const { name, query, bytes, expectation } of generateBodies(1, 60)) {
      const [said, longestMs] = await whileAsked(send('/api/v1/log-batches', query, bytes))
      expect(said, name).not.toMatch(/FLUXPORT\.000|No answer|internal/)
      if (expectation === 'refused' && query['name']) expect(said, name).not.toMatch(/^loaded$/)
      expect(longestMs, name).toBeLessThan(silenceMsMax)
    }
    const honest = await send('/api/v1/log-batches', { name: 'honest.log' }, Buffer.from(huaweiLine()))
    expect(honest).toBe('loaded')
  }, 600_000)
})
