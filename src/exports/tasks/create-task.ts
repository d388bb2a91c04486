import type { Transaction } from 'kysely'
import { storedBytes } from '../../accounts/stored-bytes.ts'
import type { Whose } from '../../accounts/whose.ts'
import { AppError } from '../../errors.ts'
import type { Database } from '../../ports/database/database.ts'
import type { Queries, Tables } from '../../ports/database/schema.ts'
import { reservable, storedProblem } from '../run/stored-bytes.ts'

export type NewTask = {
  id: string
  accountId: string
  name: string
  action: string
  requestJson: string
  /** The account whose data it reads, or all; null: its own account. */
  whose?: Whose | null
  webhookUrl?: string | null
  /** The key that asks; links in the task's webhook are made for this key. */
  createdBy?: string | null
  /** The caller's key for this create, and the digest of its body. */
  idempotency?: { key: string; bodySha256: string } | null
  limits?: TaskLimits
  /** Estimated bytes of its files. */
  expectedBytes?: number
}

/** Limits of an account, beyond which a create or a retry is refused. */
export type TaskLimits = { waitingMax: number; storedBytesMax: number; listedMax?: number }

/** An idempotency key answers with its task for this long, ms. */
export const idempotencyMs = 86_400_000

/**
 * Records a task as waiting, and counts it, in one transaction. A key that was used within a day answers with its task
 * instead; after that task was deleted, the key may be used again.
 * @throws AppError CDN.0005 when the account is at a limit; FLUXPORT.0203 when the key came with another body
 */
export function createTask(database: Database, task: NewTask): Promise<{ taskId: string; isNew: boolean }> {
  return database.write(async (tx) => {
    await countOneMore(tx, task.accountId) // from here on this account's creates run one by one
    if (task.idempotency) {
      const known = await answeredBefore(database, tx, task.accountId, task.idempotency)
      if (known !== null) {
        await countOneLess(tx, task.accountId)
        return { taskId: known, isNew: false }
      }
    }
    const { listedMax = Number.POSITIVE_INFINITY } = task.limits ?? {}
    // This task is counted already.
    if (task.limits) await assertWithinLimits(tx, task.accountId, { ...task.limits, listedMax: listedMax + 1 })
    const { accountId, expectedBytes = 0, limits } = task
    const reserved = limits ? await reservable(tx, accountId, expectedBytes, limits.storedBytesMax) : 0
    await insert(database, tx, task, reserved)
    return { taskId: task.id, isNew: true }
  })
}

async function countOneMore(tx: Transaction<Tables>, accountId: string): Promise<void> {
  await tx
    .insertInto('export_task_count')
    .values({ account_id: accountId, tasks: 1 })
    .onConflict((conflict) =>
      conflict.column('account_id').doUpdateSet((eb) => ({ tasks: eb('export_task_count.tasks', '+', 1) })),
    )
    .execute()
}

/** Counts of tasks give a list its total without a scan. */
export async function countOneLess(tx: Transaction<Tables>, accountId: string): Promise<void> {
  await tx
    .updateTable('export_task_count')
    .set((eb) => ({ tasks: eb('tasks', '-', 1) }))
    .where('account_id', '=', accountId)
    .execute()
}

/**
 * The task that a key answers with already; null without one.
 * @throws AppError FLUXPORT.0203 when the key came with another body
 */
export async function answeredBefore(
  database: Database,
  queries: Queries,
  accountId: string,
  asked: { key: string; bodySha256: string },
): Promise<string | null> {
  const known = await queries
    .selectFrom('export_idempotency as used')
    .innerJoin('export_task', 'export_task.id', 'used.task_id')
    .select(['used.task_id', 'used.body_sha256'])
    .where('used.account_id', '=', accountId)
    .where('used.idempotency_key', '=', asked.key)
    .where((eb) => eb('used.created_at_ms', '>', eb(database.nowMs, '-', idempotencyMs)))
    .where('export_task.state', '<>', 'deleted')
    .executeTakeFirst()
  if (!known) return null
  if (known.body_sha256 === asked.bodySha256) return known.task_id
  throw new AppError('FLUXPORT.0203', 'The header Idempotency-Key was used with another body within a day')
}

/** @throws AppError CDN.0005 when the account is at a limit */
export async function assertWithinLimits(tx: Transaction<Tables>, accountId: string, limits: TaskLimits) {
  const problem = await limitProblem(tx, accountId, limits)
  if (problem !== null) throw new AppError('CDN.0005', problem)
}

/** The limit that an account has reached, with the figures and a way out; null when it may have another task. */
export async function limitProblem(queries: Queries, accountId: string, limits: TaskLimits): Promise<string | null> {
  const { waiting } = await queries
    .selectFrom('export_task')
    .select((eb) => eb.fn.countAll<number>().as('waiting'))
    .where('state', '=', 'waiting')
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow()
  if (Number(waiting) >= limits.waitingMax) {
    return `The account has ${waiting} tasks waiting, and may have ${limits.waitingMax}. Wait for some to end, or cancel some`
  }
  const listed = await countedTasks(queries, accountId)
  if (limits.listedMax !== undefined && listed >= limits.listedMax)
    return 'The account has as many tasks as it may (--tasks-max). Delete some'
  return storedProblem(await storedBytes(queries, accountId), limits.storedBytesMax)
}

async function countedTasks(queries: Queries, accountId: string): Promise<number> {
  const counted = await queries
    .selectFrom('export_task_count')
    .select('tasks')
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  return counted?.tasks ?? 0
}

async function insert(database: Database, tx: Transaction<Tables>, task: NewTask, reserved: number): Promise<void> {
  const now = database.nowMs
  await tx
    .insertInto('export_task')
    .values({
      ...notStarted,
      id: task.id,
      account_id: task.accountId,
      name: task.name,
      action: task.action,
      request_json: task.requestJson,
      whose: task.whose ?? null,
      reserved_bytes: reserved,
      created_by: task.createdBy ?? null,
      run_at_ms: now,
      created_at_ms: now,
      updated_at_ms: now,
      state_since_ms: now,
    })
    .execute()
  if (task.idempotency) {
    const row = { body_sha256: task.idempotency.bodySha256, task_id: task.id, created_at_ms: now }
    await tx
      .insertInto('export_idempotency')
      .values({ account_id: task.accountId, idempotency_key: task.idempotency.key, ...row })
      .onConflict((conflict) => conflict.columns(['account_id', 'idempotency_key']).doUpdateSet(row))
      .execute()
  }
  if (!task.webhookUrl) return
  await tx
    .insertInto('webhook_delivery')
    .values({
      task_id: task.id,
      account_id: task.accountId,
      url: task.webhookUrl,
      state: 'idle',
      attempts: 0,
      lease_token: 0,
      attempts_json: '[]',
      first_at_ms: null,
      next_at_ms: null,
      created_at_ms: now,
    })
    .execute()
}

/** Columns of a task that no worker has claimed. */
export const notStarted = {
  state: 'waiting',
  data_version: null,
  account_version: null,
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
  reserved_bytes: 0,
  files_json: null,
  manifest_json: null,
  error_code: null,
  error_message: null,
  final_by_ms: null,
  waits_for: null,
} as const
