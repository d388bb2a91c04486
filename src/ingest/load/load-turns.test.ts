import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it, onTestFinished } from 'vitest'
import { batchForTest, createSqlitePlace, databaseForTest } from '../../../test/harness/database.ts'
import { temporaryDirectory } from '../../../test/harness/directory.ts'
import { linesOf } from '../../../test/harness/load-queue.ts'
import { readersForTest } from '../../../test/harness/readers.ts'
import { createLoadTurns, type RunningLoad } from './load-turns.ts'

const owner = 'this-process'
const accountId = 'default'

it('a turn does not go on looking at an account’s files when they take long; the next goes on from there', async () => {
  const { database } = await databaseForTest(createSqlitePlace)
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const queue = async (name: string, bytes: string | Buffer, compression: 'gzip' | 'none') => {
    const path = join(directory.path, name)
    await writeFile(path, bytes)
    return await batchForTest(database, { name, owner, accountId, content: { path, compression } })
  }
  // More than 64 MiB when decompressed: not for beside another load, which is known only from reading it.
  const long = gzipSync(linesOf('long', 1_000).repeat(700), { level: 1 })
  await queue('1.log.gz', long, 'gzip')
  await queue('2.log.gz', long, 'gzip')
  const shortId = await queue('3.log', linesOf('short', 1), 'none')
  const running: RunningLoad[] = [{ accountId, batchIds: [], fileSources: new Set(), startedAtMs: 0 }]
  const turns = createLoadTurns({ database, readers: readersForTest(), owner, loadsAtOnce: 3, lookMs: 0 })
  const next = async () => (await turns.next(running, Date.now()))?.queue.map(({ id }) => id)
  expect([await next(), await next(), await next()]).toEqual([undefined, undefined, [shortId]])
})
