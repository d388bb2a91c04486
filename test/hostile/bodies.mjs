import { logFormats } from '../../dist/ingest/formats/known-formats.js'
import { adversarialLines } from './adversarial-lines.mjs'
import { bzip2Bomb, bzip2Of, gzipBomb, gzipOf, slowZstd, xzBomb, xzOf, zstdFrame, zstdOf } from './compressed.mjs'

/**
 * Bodies that an attacker who knows the formats would send. Deterministic: the same seed gives the same bodies.
 *
 * `expectation` is what a server may answer: `refused`, a 4xx; `any`, a 2xx or 4xx, as lines that do not parse are counted
 * as such; never a 5xx, and never silence.
 * @typedef {{ name: string, query: Record<string, string>, headers: Record<string, string>, bytes: Buffer,
 *   expectation: 'refused' | 'any' }} Body
 */

/** A small generator of numbers below 2^32 (mulberry32). */
export function numbersOf(seed) {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const pick = (next, list) => list[next(list.length)]
const refused = (bytes) => ({ bytes, expectation: 'refused' })
const any = (bytes) => ({ bytes, expectation: 'any' })
const kilobyte = 1024

function exampleLog(next) {
  const { example } = pick(next, logFormats)
  return Buffer.from(`${example}\n`.repeat(1 + next(50)))
}

function adversarialLog(next) {
  const { recognises, example } = pick(next, logFormats)
  const source = recognises.source ?? ''
  const length = pick(next, [4, 16, 64]) * kilobyte
  // As many lines of any length, and only one of them is wanted.
  let left = next([...adversarialLines(source, 1, [example])].length)
  for (const line of adversarialLines(source, length, [example])) if (left-- === 0) return Buffer.from(`${line}\n`)
  return Buffer.alloc(0)
}

function deepJson(next) {
  const depth = pick(next, [100, 5_000, 50_000])
  const [open, close] = pick(next, [
    ['[', ']'],
    ['{"a":', '}'],
  ])
  return Buffer.from(
    `{"ClientRequestHost":"a.test","EdgeStartTimestamp":${open.repeat(depth)}1${close.repeat(depth)}}\n`,
  )
}

function mutated(next, bytes) {
  const changed = Buffer.from(bytes)
  for (let count = 1 + next(8); count > 0 && changed.length > 0; count--) changed[next(changed.length)] = next(256)
  return changed
}

const packers = [gzipOf, zstdOf, bzip2Of, xzOf]

/** A size of a bomb: mostly small, one in eight up to the most, so that 20,000 bodies fit half an hour. */
const sized = (next, most) => 1 + next(next(8) === 0 ? most : Math.ceil(most / 16))

/** Kinds of bodies, each equally likely. */
const kinds = {
  'gzip bomb': (next) => any(gzipBomb(8 + sized(next, 120))),
  'gzip of gzip': (next) => any(gzipOf(gzipOf(exampleLog(next)))),
  'concatenated members': () => any(Buffer.concat(Array.from({ length: 500 }, () => gzipOf(Buffer.alloc(0))))),
  'zstd window': (next) => refused(zstdFrame({ windowLog: pick(next, [24, 27, 30, 31]), runs: [100, 1] })),
  'zstd window in a later frame': (next) =>
    refused(Buffer.concat([zstdOf(exampleLog(next)), zstdFrame({ windowLog: 30, runs: [1] })])),
  'zstd windows, many': () =>
    refused(Buffer.concat(Array.from({ length: 40 }, () => zstdFrame({ windowLog: 29, runs: [1] })))),
  'zstd runs': (next) =>
    any(zstdFrame({ windowLog: 17, runs: Array.from({ length: 64 + sized(next, 1_000) }, () => 131_072) })),
  'zstd in small blocks': (next) => any(slowZstd(1_000 + sized(next, 20_000))),
  'zstd to skip': (next) => any(Buffer.concat([Buffer.from('504d2a18ffffffff', 'hex'), exampleLog(next)])),
  'bzip2 bomb': (next) => any(bzip2Bomb(sized(next, 60))),
  'xz bomb': (next) => any(xzBomb(sized(next, 60))),
  truncated: (next) => {
    const bytes = pick(next, packers)(exampleLog(next))
    return any(bytes.subarray(0, next(bytes.length)))
  },
  mutated: (next) => any(mutated(next, pick(next, packers)(exampleLog(next)))),
  'mutated lines': (next) => any(mutated(next, exampleLog(next))),
  'bytes behind': (next) => any(Buffer.concat([pick(next, packers)(exampleLog(next)), exampleLog(next)])),
  'adversarial line': (next) => any(adversarialLog(next)),
  'adversarial line, packed': (next) => any(pick(next, packers)(adversarialLog(next))),
  'long line': (next) => any(Buffer.alloc(2 * kilobyte ** 2 + next(kilobyte), pick(next, ['a', '"', ' ', '{', '/']))),
  'no line end, packed': (next) => any(gzipOf(Buffer.alloc(8 * kilobyte ** 2 + next(kilobyte), 'x'))),
  NUL: (next) => any(Buffer.alloc(1 + next(100_000))),
  'line ends': (next) => any(Buffer.alloc(1 + next(1_000_000), '\n')),
  'UTF-16': (next) => any(Buffer.from(`\ufeff${exampleLog(next).toString()}`, 'utf16le')),
  binary: (next) => any(Buffer.from(Array.from({ length: 1 + next(20_000) }, () => next(256)))),
  'deep JSON': (next) => any(deepJson(next)),
}

/**
 * @param {number} seed
 * @param {number} count
 * @returns {Generator<Body>}
 */
export function* generateBodies(seed, count) {
  const next = numbersOf(seed)
  const names = Object.keys(kinds)
  for (let index = 0; index < count; index++) {
    const kind = pick(next, names)
    const { bytes, expectation } = kinds[kind](next)
    // With a name it is a file and answered when loaded; without, a push, answered when it is received.
    const asFile = next(8) === 0
    const query = {
      ...(asFile ? { name: `hostile-${seed}-${index}.log` } : {}),
      ...(next(4) === 0 ? { format: pick(next, logFormats).name } : {}),
      domain: 'hostile.example.test',
    }
    const headers = next(8) === 0 ? { 'Idempotency-Key': `hostile-${seed}-${index}` } : {}
    yield { name: `${index} ${kind}`, query, headers, bytes, expectation }
  }
}
