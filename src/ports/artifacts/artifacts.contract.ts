import { createHash, randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Artifacts } from './artifacts.ts'

const never = new AbortController().signal
const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function* chunksOf(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

async function* failingAfter(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  yield* chunksOf(bytes, chunkBytes)
  throw new Error('the query failed half way')
}

async function* abortingAfter(bytes: Uint8Array, stop: AbortController, more = bytes): AsyncGenerator<Uint8Array> {
  yield* chunksOf(bytes, 65_536)
  stop.abort(new Error('shutting down'))
  yield* chunksOf(more, 65_536)
}

const readAll = async (artifacts: Artifacts, key: string, range?: { from: number; to: number }) => {
  const opened = await artifacts.open(key, range)
  return opened && { content: await buffer(opened.stream), bytes: opened.bytes }
}

/** Long enough for several writes and for several parts of a bucket, and no multiple of any buffer. */
const long = randomBytes(11_500_001)

/** @param list returns every key in the store, of complete and of unfinished artifacts */
export function artifactsContract(
  name: string,
  open: () => Promise<{ artifacts: Artifacts; list(): Promise<string[]> }>,
) {
  describe(`${name} as Artifacts`, () => {
    let artifacts: Artifacts
    let list: () => Promise<string[]>
    beforeEach(async () => {
      ;({ artifacts, list } = await open())
    })
    const store = () => artifacts
    describe('put', () => putRules(store))
    describe('a put that does not end', () => allOrNothingRules(store, () => list()))
    describe('open', () => openRules(store))
    describe('keys', () => keyRules(store, () => list()))
    describe('remove', () => removeRules(store))
    describe('removeUnder', () => removeUnderRules(store, () => list()))
  })
}

function putRules(artifacts: () => Artifacts) {
  it.each([
    { why: 'nothing', content: Buffer.alloc(0), chunkBytes: 1 },
    { why: 'one byte', content: Buffer.from('x'), chunkBytes: 1 },
    { why: 'many small chunks', content: long.subarray(0, 20_000), chunkBytes: 7 },
    { why: 'chunks as the engine sends them', content: long, chunkBytes: 65_536 },
    { why: 'one large chunk', content: long, chunkBytes: long.length },
  ])('keeps $why, and tells its size and SHA-256', async ({ content, chunkBytes }) => {
    const put = await artifacts().put('task-1/1.csv', chunksOf(content, chunkBytes), never)
    expect(put).toEqual({ bytes: content.length, sha256: sha256Of(content) })
    expect(await artifacts().size('task-1/1.csv')).toBe(content.length)
    const read = await readAll(artifacts(), 'task-1/1.csv')
    expect([read?.bytes, read?.content.equals(content)]).toEqual([content.length, true])
  })

  it('keeps what it was given although the giver uses its buffer again', async () => {
    const reused = Buffer.alloc(3)
    const chunks = async function* () {
      for (const text of ['abc', 'def', 'ghi']) {
        reused.write(text)
        yield Buffer.from(reused)
      }
    }
    await artifacts().put('a', chunks(), never)
    expect((await readAll(artifacts(), 'a'))?.content.toString()).toBe('abcdefghi')
  })

  it('keeps several at once apart', async () => {
    const contents = Array.from({ length: 8 }, (_, index) => long.subarray(index * 100_000, (index + 3) * 100_000))
    await Promise.all(contents.map((content, n) => artifacts().put(`task/${n}.csv`, chunksOf(content, 9_999), never)))
    for (const [n, content] of contents.entries()) {
      expect((await readAll(artifacts(), `task/${n}.csv`))?.content.equals(content)).toBe(true)
    }
  })

  it.each([
    { why: 'short', second: () => Buffer.from('a second') },
    { why: 'long', second: () => long },
  ])('refuses a $why second one under the key, and leaves the first', async ({ second }) => {
    await artifacts().put('a', chunksOf(Buffer.from('first'), 2), never)
    await expect(artifacts().put('a', chunksOf(second(), 65_536), never)).rejects.toThrow('is taken')
    expect(await readAll(artifacts(), 'a')).toEqual({ content: Buffer.from('first'), bytes: 5 })
  })
}

function allOrNothingRules(artifacts: () => Artifacts, list: () => Promise<string[]>) {
  const expectNothing = async () => {
    expect(await artifacts().open('a')).toBeNull()
    expect(await artifacts().size('a')).toBeNull()
    expect(await list()).toEqual([])
  }

  it.each([
    { when: 'at once', content: Buffer.alloc(0) },
    { when: 'after a few bytes', content: Buffer.from('abc') },
    { when: 'half way', content: long },
  ])('because its chunks fail $when leaves nothing', async ({ content }) => {
    await expect(artifacts().put('a', failingAfter(content, 65_536), never)).rejects.toThrow(
      'the query failed half way',
    )
    await expectNothing()
  })

  it.each([
    { when: 'half way', before: long, after: long },
    { when: 'before its last bytes', before: long, after: Buffer.from('x') },
    { when: 'after its last bytes', before: long, after: Buffer.alloc(0) },
    { when: 'before any', before: Buffer.alloc(0), after: long },
    { when: 'although it has none', before: Buffer.alloc(0), after: Buffer.alloc(0) },
  ])('because it is aborted $when leaves nothing', async ({ before, after }) => {
    const stop = new AbortController()
    await expect(artifacts().put('a', abortingAfter(before, stop, after), stop.signal)).rejects.toThrow('shutting down')
    await expectNothing()
  })

  it('lets go of its chunks', async () => {
    let released = false
    const chunks = async function* () {
      try {
        for (;;) yield long
      } finally {
        released = true
      }
    }
    const stop = new AbortController()
    const put = artifacts().put('a', chunks(), stop.signal)
    setTimeout(() => stop.abort(new Error('shutting down')), 20)
    await expect(put).rejects.toThrow('shutting down')
    expect(released).toBe(true)
  })

  it('leaves what was there before', async () => {
    await artifacts().put('a', chunksOf(Buffer.from('before'), 6), never)
    await expect(artifacts().put('a', failingAfter(long, 65_536), never)).rejects.toThrow()
    expect((await readAll(artifacts(), 'a'))?.content.toString()).toBe('before')
  })

  it('cannot be seen while it goes on', async () => {
    const seen: unknown[] = []
    const chunks = async function* () {
      yield long
      seen.push(await artifacts().size('a'), await artifacts().open('a'))
      yield long
    }
    await artifacts().put('a', chunks(), never)
    expect(seen).toEqual([null, null])
  })
}

function openRules(artifacts: () => Artifacts) {
  it.each([
    { why: 'all of it', from: 0, to: long.length },
    { why: 'its first byte', from: 0, to: 1 },
    { why: 'its last byte', from: long.length - 1, to: long.length },
    { why: 'the middle, across writes', from: 1_048_575, to: 2_097_154 },
    { why: 'nothing', from: 5, to: 5 },
    { why: 'what there is of a range that passes its end', from: long.length - 3, to: long.length + 100 },
  ])('gives $why, and the size of the whole', async ({ from, to }) => {
    await artifacts().put('a', chunksOf(long, 65_536), never)
    const opened = await readAll(artifacts(), 'a', { from, to })
    expect(opened?.bytes).toBe(long.length)
    expect(opened?.content.equals(long.subarray(from, to))).toBe(true)
  })

  it('gives null for a key that has nothing', async () => {
    expect(await artifacts().open('task/none.csv')).toBeNull()
    expect(await artifacts().size('task/none.csv')).toBeNull()
  })

  it('gives the same bytes to several readers at once', async () => {
    await artifacts().put('a', chunksOf(long, 65_536), never)
    const read = await Promise.all(Array.from({ length: 5 }, () => readAll(artifacts(), 'a')))
    for (const one of read) expect(one?.content.equals(long)).toBe(true)
  })
}

const badKeys = [
  '',
  '.',
  '..',
  '../a',
  'a/../b',
  'a/..',
  '/a',
  'a/',
  'a//b',
  './a',
  '.hidden',
  'a/.hidden',
  'a b',
  'a\\b',
]
const worseKeys = ['a\0b', 'ä', 'a:b', 'a?b', 'a\nb', '~', 'a%2e%2e/b', 'C:\\a', 'a/*']

function keyRules(artifacts: () => Artifacts, list: () => Promise<string[]>) {
  it.each(['a', 'task-1/1.csv', 'A_b-c.d/e/f..g.csv', '0190f7c2-7c1e-7000-8000-000000000000/12.parquet'])(
    'such as %s are fine',
    async (key) => {
      await artifacts().put(key, chunksOf(Buffer.from('x'), 1), never)
      expect(await artifacts().size(key)).toBe(1)
      expect(await list()).toEqual([key])
    },
  )

  it.each([...badKeys, ...worseKeys])('such as %j are refused, whatever is asked of them', async (key) => {
    const attempts = [
      () => artifacts().put(key, chunksOf(Buffer.from('x'), 1), never),
      () => artifacts().open(key),
      () => artifacts().size(key),
      () => artifacts().remove(key),
      () => artifacts().removeUnder(key),
    ]
    for (const attempt of attempts) await expect(attempt()).rejects.toThrow('bad artifact key')
    expect(await list()).toEqual([])
  })
}

function removeRules(artifacts: () => Artifacts) {
  it('removes one artifact and no other', async () => {
    for (const key of ['task/1.csv', 'task/2.csv']) await artifacts().put(key, chunksOf(Buffer.from(key), 3), never)
    await artifacts().remove('task/1.csv')
    expect(await artifacts().size('task/1.csv')).toBeNull()
    expect(await artifacts().size('task/2.csv')).toBe(10)
  })

  it('has nothing to do where there is nothing', async () => {
    await expect(artifacts().remove('task/none.csv')).resolves.toBeUndefined()
  })
}

function removeUnderRules(artifacts: () => Artifacts, list: () => Promise<string[]>) {
  const keys = ['a', 'task/1/x.csv', 'task/1/x.csv.manifest.json', 'task/1/deep/er/y', 'task/10/x.csv', 'task2/1/x.csv']
  const putAll = async () => {
    for (const key of keys) await artifacts().put(key, chunksOf(Buffer.from(key), 3), never)
  }

  it.each([
    { prefix: 'task/1', left: ['a', 'task/10/x.csv', 'task2/1/x.csv'] },
    { prefix: 'task', left: ['a', 'task2/1/x.csv'] },
    { prefix: 'task/1/deep', left: keys.filter((key) => !key.includes('deep')) },
    { prefix: 'task/none', left: keys },
    { prefix: 'tas', left: keys },
  ])('$prefix removes what is under it, and nothing that only begins like it', async ({ prefix, left }) => {
    await putAll()
    await artifacts().removeUnder(prefix)
    expect(await list()).toEqual([...left].sort())
    await artifacts().removeUnder(prefix)
    expect(await list()).toEqual([...left].sort())
  })

  it('leaves what is under the same prefix afterwards to be read', async () => {
    await putAll()
    await artifacts().removeUnder('task/1')
    await artifacts().put('task/1/x.csv', chunksOf(Buffer.from('new'), 3), never)
    expect((await readAll(artifacts(), 'task/1/x.csv'))?.content.toString()).toBe('new')
  })

  it('takes an unfinished put along', async () => {
    const waiting = async function* () {
      yield long
      await artifacts().removeUnder('task/1')
    }
    await artifacts()
      .put('task/1/x.csv', waiting(), never)
      .catch(() => undefined)
    await artifacts().removeUnder('task')
    expect(await list()).toEqual([])
  })
}
