import type { Database } from '../database/database.ts'
import type { ExportTaskRow } from '../database/schema.ts'
import type { ErrorCode } from '../errors.ts'
import { type DataVersion, pinDataVersion } from '../ingest/ledger.ts'

/** How long a claim holds without a heartbeat. */
export const leaseMs = 30_000
/** A task whose attempts all died is at fault itself. */
const attemptsMax = 20
/** Twenty attempts take a quarter of an hour: an outage of the warehouse ends within it, or is one to report. */
const retryDelayMsMax = 60_000

/** What a worker holds while it works on a task. Every write names the token: an older one is refused. */
export type Claim = { task: ExportTaskRow; leaseToken: number; version: DataVersion }

export type NewTask = { id: string; accountId: string; name: string; action: string; requestJson: string }

/** Records a task as waiting, and counts it, in one transaction. */
export function createTask(database: Database, task: NewTask): Promise<void> {
  const now = database.nowMs as unknown as number
  return database.write(async (tx) => {
    await tx
      .insertInto('export_task')
      .values({
        ...notStarted,
        id: task.id,
        account_id: task.accountId,
        name: task.name,
        action: task.action,
        request_json: task.requestJson,
        run_at_ms: now,
        created_at_ms: now,
        updated_at_ms: now,
        state_since_ms: now,
      })
      .execute()
    await tx
      .insertInto('export_task_count')
      .values({ account_id: task.accountId, tasks: 1 })
      .onConflict((conflict) =>
        conflict.column('account_id').doUpdateSet((eb) => ({ tasks: eb('export_task_count.tasks', '+', 1) })),
      )
      .execute()
  })
}

const notStarted = {
  state: 'waiting',
  data_version: null,
  attempts: 0,
  lease_token: 0,
  lease_owner: null,
  lease_until_ms: null,
  progress_rows: 0,
  expected_rows: null,
  artifact_key: null,
  file_name: null,
  artifact_rows: null,
  artifact_bytes: null,
  artifact_sha256: null,
  error_code: null,
  error_message: null,
} as const

/**
 * Claims the task that has waited longest and pins the data version it will see, in one transaction. Workers pass each
 * other's claims; ties go by id.
 */
export function claimTask(database: Database, owner: string): Promise<Claim | null> {
  return database.write(async (tx) => {
    const next = await database
      .lockAndSkip(tx.selectFrom('export_task').select('id'))
      .where('state', '=', 'waiting')
      .where('run_at_ms', '<=', database.nowMs)
      .orderBy('run_at_ms')
      .orderBy('id')
      .limit(1)
      .executeTakeFirst()
    if (!next) return null
    const version = await pinDataVersion(database, tx)
    const task = await tx
      .updateTable('export_task')
      .set((eb) => ({
        state: 'processing' as const,
        attempts: eb('attempts', '+', 1),
        lease_token: eb('lease_token', '+', 1),
        lease_owner: owner,
        lease_until_ms: eb(database.nowMs, '+', leaseMs),
        data_version: version.dataVersion,
        progress_rows: 0,
        updated_at_ms: database.nowMs,
        state_since_ms: database.nowMs,
      }))
      .where('id', '=', next.id)
      .returningAll()
      .executeTakeFirstOrThrow()
    return { task, leaseToken: task.lease_token, version }
  })
}

/** The task as this claim holds it; matches nothing once another claim, or the reaper, has it. */
const held = (database: Database, claim: Claim) =>
  database.queries
    .updateTable('export_task')
    .where('id', '=', claim.task.id)
    .where('lease_token', '=', claim.leaseToken)
    .where('state', '=', 'processing')

/** Prolongs the lease and records progress. @returns false when the lease is lost: stop at once */
export async function heartbeat(database: Database, claim: Claim, progress: { rows: number; expectedRows: number }) {
  const result = await held(database, claim)
    .set((eb) => ({
      lease_until_ms: eb(database.nowMs, '+', leaseMs),
      progress_rows: progress.rows,
      expected_rows: progress.expectedRows,
    }))
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

export type Artifact = { key: string; fileName: string; rows: number; bytes: number; sha256: string }

/** Publishes the artifact. @returns false when the lease was lost: the artifact is nobody's then */
export async function completeTask(database: Database, claim: Claim, artifact: Artifact): Promise<boolean> {
  const result = await held(database, claim)
    .set({
      ...ended(database),
      state: 'success',
      progress_rows: artifact.rows,
      expected_rows: artifact.rows,
      artifact_key: artifact.key,
      file_name: artifact.fileName,
      artifact_rows: artifact.rows,
      artifact_bytes: artifact.bytes,
      artifact_sha256: artifact.sha256,
    })
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** Ends the task for good, with a reason that its owner may read. */
export async function failTask(database: Database, claim: Claim, code: ErrorCode, message: string): Promise<void> {
  await held(database, claim)
    .set({ ...ended(database), state: 'fail', error_code: code, error_message: message })
    .execute()
}

/**
 * Gives the task back. An attempt that our own shutdown ended is not counted. One that counts puts the next off by
 * `delayMs`, doubled with every attempt, and fails the task when it was the last: a query that never fits the memory, say,
 * ends too.
 */
export async function returnTask(
  database: Database,
  claim: Claim,
  options: { delayMs: number; countAttempt: boolean },
) {
  const { attempts } = claim.task
  if (options.countAttempt && attempts >= attemptsMax) {
    return await failTask(database, claim, 'FLUXPORT.0002', `Given up after ${attempts} attempts`)
  }
  const delayMs = options.countAttempt ? options.delayMs * 2 ** (attempts - 1) : options.delayMs
  await held(database, claim)
    .set((eb) => ({
      ...ended(database),
      state: 'waiting' as const,
      run_at_ms: eb(database.nowMs, '+', Math.min(delayMs, retryDelayMsMax)),
      attempts: options.countAttempt ? attempts : attempts - 1,
    }))
    .execute()
}

const ended = (database: Database) => ({
  lease_owner: null,
  lease_until_ms: null,
  updated_at_ms: database.nowMs,
  state_since_ms: database.nowMs,
})

/**
 * Ends leases that ran out: the task waits again, or fails when its attempts are used up.
 * @param owner also ends this owner's leases that have not run out: it has just started and holds none
 */
export function reapLeases(database: Database, owner?: string): Promise<void> {
  return database.write(async (tx) => {
    const dead = tx
      .updateTable('export_task')
      .where('state', '=', 'processing')
      .where((eb) =>
        owner === undefined
          ? eb('lease_until_ms', '<=', database.nowMs)
          : eb.or([eb('lease_until_ms', '<=', database.nowMs), eb('lease_owner', '=', owner)]),
      )
    await dead
      .where('attempts', '>=', attemptsMax)
      .set({
        ...ended(database),
        state: 'fail',
        error_code: 'FLUXPORT.0001',
        error_message: `Given up after ${attemptsMax} attempts that ended with the process`,
      })
      .execute()
    await dead.set({ ...ended(database), state: 'waiting' }).execute()
  })
}

/** One task of an account. An account's own tasks are all there is for it. */
export const findTask = (database: Database, accountId: string, id: string): Promise<ExportTaskRow | undefined> =>
  database.queries
    .selectFrom('export_task')
    .selectAll()
    .where('id', '=', id)
    .where('account_id', '=', accountId)
    .executeTakeFirst()

export type TaskFilter = { id?: string; name?: string; limit: number; offset: number }

/**
 * A page of an account's tasks, newest modification first, ties by id; and how many match in all.
 * The page's ids come from the index alone before any row is read: at offset 100,000 that is 0.9 ms instead of 481.
 */
export async function listTasks(database: Database, accountId: string, filter: TaskFilter) {
  const { id, name } = filter
  const matching = database.queries
    .selectFrom('export_task')
    .where('account_id', '=', accountId)
    .$if(id !== undefined, (query) => query.where('id', '=', id as string))
    .$if(name !== undefined, (query) => query.where('name', '=', name as string))
  const page = matching
    .select('id')
    .orderBy('updated_at_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(filter.limit)
    .offset(filter.offset)
  const tasks = await database.queries
    .selectFrom(page.as('page'))
    .innerJoin('export_task', 'export_task.id', 'page.id')
    .selectAll('export_task')
    .orderBy('export_task.updated_at_ms', 'desc')
    .orderBy('export_task.id', 'desc')
    .execute()
  if (id === undefined && name === undefined) return { total: await taskCount(database, accountId), tasks }
  const { total } = await matching.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
  return { total: Number(total), tasks }
}

async function taskCount(database: Database, accountId: string): Promise<number> {
  const count = await database.queries
    .selectFrom('export_task_count')
    .select('tasks')
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  return count?.tasks ?? 0
}
