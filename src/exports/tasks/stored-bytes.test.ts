import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../../../test/harness/directory.ts'
import { addTask, claimed, testAccount } from '../../../test/harness/tasks.ts'
import { storedBytes } from '../../accounts/stored-bytes.ts'
import { migrate } from '../../ports/database/database.ts'
import { openSqlite } from '../../ports/database/sqlite.ts'
import { watchWriting } from '../run/stored-bytes.ts'
import { notStarted } from './create-task.ts'

it('tasks of a database from before bytes were reserved wait on, and ask for theirs as they write', async () => {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const path = join(directory.path, 'fluxport.sqlite')
  const before = await openSqlite(path, (queries) => migrate(queries, '0013-privacy'))
  const { reserved_bytes: _reserved, account_version: _version, ...old } = notStarted
  const now = { run_at_ms: 1, created_at_ms: 1, updated_at_ms: 1, state_since_ms: 1 }
  const named = { id: 'old', account_id: testAccount, name: 'old', action: 'reports_detail', request_json: '{}' }
  await before.queries
    .insertInto('export_task')
    .values({ ...old, ...named, ...now } as never)
    .execute()
  await before.queries.insertInto('export_task_count').values({ account_id: testAccount, tasks: 1 }).execute()
  await before.close()

  const database = await openSqlite(path)
  onTestFinished(database.close)
  await addTask(database, 'new', { limits: { waitingMax: 9, storedBytesMax: 1_000 }, expectedBytes: 300 })
  expect(await storedBytes(database.queries, testAccount)).toEqual({ files: 0, reserved: 300 })
  const claim = await claimed(database)
  expect(claim.task).toMatchObject({ id: 'old', reserved_bytes: 0 })
  const storage = { database, storedBytesMax: 1_000, assertArtifactRoom: async () => undefined }
  const watched = watchWriting(storage, claim)
  const written: number[] = []
  const bytes = async function* () {
    for (let n = 0; n < 8; n++) yield Buffer.alloc(100)
  }
  const writing = (async () => {
    for await (const piece of watched(bytes())) written.push(piece.length)
  })()
  await expect(writing).rejects.toMatchObject({ code: 'CDN.0005' })
  expect(written).toHaveLength(7)
})
