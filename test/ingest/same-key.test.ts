import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { Caller } from '../../src/http/caller.ts'
import { logFormats } from '../../src/ingest/formats/known-formats.ts'
import { receiveBatch } from '../../src/ingest/receive/receive-batch.ts'
import type { Database } from '../../src/ports/database/database.ts'
import { createSqlitePlace, databaseForTest } from '../harness/database.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { huaweiLine } from '../harness/log-lines.ts'

const operator: Caller = { accessKey: 'key-1', accountId: 'account-1', role: 'operator', source: null, domains: null }

it('a push whose key another took at the same moment is that other’s batch, and its own bytes are gone', async () => {
  const { database } = await databaseForTest(createSqlitePlace)
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const push = async (to: Database, name: string) => {
    const path = join(directory.path, name)
    await writeFile(path, huaweiLine())
    const deps = {
      database: to,
      owner: 'this-process',
      serviceArea: 'mainland_china',
      timeZone: 'UTC',
      rejectedPercentMax: 10,
      formats: logFormats,
    }
    return await receiveBatch(
      deps,
      operator,
      {},
      { path, isSpooled: true, idempotencyKey: 'the-same', pushedSha256: 'of-it' },
    )
  }
  // The rival comes after the look for an earlier push and before the batch is recorded.
  let rival: number | undefined
  const racing: Database = {
    ...database,
    write: async (work) => {
      rival ??= await push(database, 'rival')
      return await database.write(work)
    },
  }
  expect(await push(racing, 'slower')).toBe(rival)
  expect(rival).toBeGreaterThan(0)
  expect(await readdir(directory.path)).toEqual(['rival'])
})
