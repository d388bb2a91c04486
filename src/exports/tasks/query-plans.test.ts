import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import type { CompiledQuery, KyselyPlugin, RootOperationNode, Transaction } from 'kysely'
import { expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../../../test/harness/directory.ts'
import { addTask, artifactOf, claimed } from '../../../test/harness/tasks.ts'
import { openArtifactDirectory } from '../../ports/artifacts/directory.ts'
import type { Database } from '../../ports/database/database.ts'
import type { Tables } from '../../ports/database/schema.ts'
import { openSqlite } from '../../ports/database/sqlite.ts'
import { takeDelivery, wakeDeliveries } from '../webhooks/delivery-store.ts'
import { cancelTask } from './change-task.ts'
import { keepHouse } from './housekeeping.ts'
import { claimTask, completeTask, reapLeases } from './task-store.ts'

/** The database, and every statement that is sent to it. */
function watched(database: Database) {
  const statements: CompiledQuery[] = []
  const watch: KyselyPlugin = {
    transformQuery: ({ node, queryId }) => {
      const copy = structuredClone(node) as RootOperationNode
      statements.push(database.queries.getExecutor().compileQuery(copy, queryId))
      return node
    },
    transformResult: async ({ result }) => result,
  }
  const watching: Database = {
    ...database,
    queries: database.queries.withPlugin(watch),
    write: (work) => database.write((tx) => work(tx.withPlugin(watch) as Transaction<Tables>)),
  }
  return { watching, statements }
}

// SQLite runs a statement in the server's own thread, so one that reads every task stops everything else meanwhile.
it('what is done every second looks at no table of tasks from end to end', async () => {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const path = join(directory.path, 'fluxport.sqlite')
  const database = await openSqlite(path)
  onTestFinished(database.close)
  const artifacts = await openArtifactDirectory(join(directory.path, 'artifacts'))
  // One task of each kind, so that no part of the work is skipped.
  for (const id of ['expires', 'waits', 'ends']) await addTask(database, id, { webhookUrl: 'https://example.test/' })
  const claim = await claimed(database)
  await completeTask(database, claim, artifactOf(claim))
  await cancelTask(database, 'account-1', 'ends')

  const { watching, statements } = watched(database)
  await keepHouse({ database: watching, artifacts }, { fileMs: -1_000, taskMs: -1_000 }, false)
  await reapLeases(watching)
  await claimTask(watching, 'worker')
  await wakeDeliveries(watching)
  await takeDelivery(watching)

  const sqlite = new BetterSqlite3(path, { readonly: true })
  onTestFinished(() => void sqlite.close())
  expect(statements.length).toBeGreaterThan(15)
  for (const { sql, parameters } of statements) {
    const plan = sqlite.prepare(`explain query plan ${sql}`).all(...parameters) as { detail: string }[]
    const scans = plan.filter(({ detail }) => /^SCAN (export_task|webhook_delivery|export_idempotency)\b/.test(detail))
    // A scan of an index reads only its rows, for example the waiting deliveries.
    expect(
      scans.filter(({ detail }) => !detail.includes('webhook_delivery_')),
      sql,
    ).toEqual([])
  }
})
