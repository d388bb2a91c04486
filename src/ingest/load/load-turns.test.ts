import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it, onTestFinished } from 'vitest'
import { batchForTest, createSqlitePlace, databaseForTest } from '../../../test/harness/database.ts'
import { temporaryDirectory } from '../../../test/harness/directory.ts'
import { linesOf } from '../../../test/harness/load-queue.ts'
import { readersForTest } from '../../../test/harness/readers.ts'
import type { Compression } from '../../ports/warehouse/decompress.ts'
import { createLoadTurns, type RunningLoad } from './load-turns.ts'

const owner = 'this-process'
const accountId = 'default'

/** A queue of batches with their bytes on the disk. */
async function openQueue() {
  const { database } = await databaseForTest(createSqlitePlace)
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const queue = async (name: string, bytes: string | Buffer, compression: Compression, of = accountId) => {
    const path = join(directory.path, name)
    await writeFile(path, bytes)
    return await batchForTest(database, { name, owner, accountId: of, content: { path, compression } })
  }
  return { database, queue }
}

const runningOf = (of: string): RunningLoad => ({
  accountId: of,
  batchIds: [],
  fileSources: new Set(),
  startedAtMs: 0,
})

it('one file that is slow to read ends a turn’s looks: it counts as long, and the next account’s batch comes', async () => {
  const { database, queue } = await openQueue()
  const text = Array.from({ length: 150_000 }, (_, n) => `${n} ${Math.sin(n)} GET /a/${n * 7919} 200\n`).join('')
  const slow = spawnSync('bzip2', ['-c'], { input: text, maxBuffer: 1 << 28 }).stdout
  for (const name of ['1.log.bz2', '2.log.bz2', '3.log.bz2']) await queue(name, slow, 'bzip2')
  const others = await queue('other.log', linesOf('other', 1), 'none', 'other')
  const lookMs = 200
  const turns = createLoadTurns({ database, readers: readersForTest(), owner, loadsAtOnce: 3, lookMs })
  for (let turn = 0; turn < 3; turn++) {
    const startMs = performance.now()
    const next = await turns.next([runningOf(accountId)], Date.now())
    expect(next?.queue.map(({ id }) => id)).toEqual([others])
    expect(performance.now() - startMs).toBeLessThan(lookMs + 1_000)
  }
  const startMs = performance.now()
  await turns.next([runningOf(accountId)], Date.now())
  expect(performance.now() - startMs).toBeLessThan(lookMs / 2)
})

it('a short file behind a slow one has a whole turn’s time of its own', async () => {
  const { database, queue } = await openQueue()
  await queue('1.log.gz', gzipSync(linesOf('long', 1_000).repeat(700), { level: 1 }), 'gzip')
  const shortId = await queue('2.log.bz2', spawnSync('bzip2', ['-c'], { input: linesOf('short', 20) }).stdout, 'bzip2')
  const turns = createLoadTurns({ database, readers: readersForTest(), owner, loadsAtOnce: 3, lookMs: 2_000 })
  const found: (number | undefined)[] = []
  while (found.length < 3 && !found.includes(shortId))
    found.push((await turns.next([runningOf(accountId)], Date.now()))?.queue[0]?.id)
  expect(found).toContain(shortId)
})

it('a turn does not go on looking at an account’s files when they take long; the next goes on from there', async () => {
  const { database, queue } = await openQueue()
  // Over 64 MiB when decompressed: too long to run beside another load, which only reading it shows.
  const long = gzipSync(linesOf('long', 1_000).repeat(700), { level: 1 })
  await queue('1.log.gz', long, 'gzip')
  await queue('2.log.gz', long, 'gzip')
  const shortId = await queue('3.log', linesOf('short', 1), 'none')
  const running = [runningOf(accountId)]
  const turns = createLoadTurns({ database, readers: readersForTest(), owner, loadsAtOnce: 3, lookMs: 0 })
  const next = async () => (await turns.next(running, Date.now()))?.queue.map(({ id }) => id)
  expect([await next(), await next(), await next()]).toEqual([undefined, undefined, [shortId]])
})
