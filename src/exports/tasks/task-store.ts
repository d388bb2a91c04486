import type { ExpressionBuilder, Transaction } from 'kysely'
import type { ErrorCode } from '../../errors.ts'
import { pinDataVersion } from '../../ledger/data-version.ts'
import type { Database } from '../../ports/database/database.ts'
import { taskIsProcessing, taskIsWaiting } from '../../ports/database/partial-indexes.ts'
import type { ExportTaskRow, Tables } from '../../ports/database/schema.ts'
import { type Artifact, type Claim, heldTask } from '../run/claim.ts'
import { lockTasks } from '../run/stored-bytes.ts'

/** A claim lasts this long without a heartbeat. */
export const leaseMs = 30_000

/** A task fails after this many attempts: it is then presumed to be the cause. */
const attemptsMax = 20

/** Twenty attempts take a quarter of an hour: an outage of the warehouse ends within it, or should be reported. */
const retryDelayMsMax = 60_000

/** Concurrent claims check the turns again at most this often; then a claim takes the turn that it saw. */
const looksMax = 10

/**
 * Claims a task and pins the data version it will see, in one transaction. Accounts take turns: the one with the fewest
 * tasks at work comes first, then the one whose task has waited longest. Within an account the oldest task comes first,
 * ties by id. Workers do not wait for each other's claims.
 * @param runningMax tasks that an account may have at work, where it has no limit of its own
 * @param runningAtMost bound for every account, whatever its own limit
 */
export async function claimTask(
  database: Database,
  owner: string,
  runningMax = 1_000,
  runningAtMost = Number.POSITIVE_INFINITY,
): Promise<Claim | null> {
  for (let look = 1; ; look++) {
    const attempt = await database.write((tx) =>
      tryClaim(database, tx, { owner, runningMax, runningAtMost, isLastLook: look === looksMax }),
    )
    if (attempt.kind !== 'outrun') return attempt.kind === 'claimed' ? attempt.claim : null
  }
}

type Running = { runningMax: number; runningAtMost: number }
type Look = Running & { owner: string; isLastLook: boolean }

/** Idle: no task may begin now. Outrun: another worker took the task that was found. */
type Attempt = { kind: 'claimed'; claim: Claim } | { kind: 'idle' } | { kind: 'outrun' }

async function tryClaim(
  database: Database,
  tx: Transaction<Tables>,
  { owner, isLastLook, ...limits }: Look,
): Promise<Attempt> {
  for (const turn of await accountsInTurn(database, tx, limits)) {
    // The limits hold for concurrent claims, because only one at a time reads an account.
    await lockTasks(database, tx, turn.accountId)
    const running = await runningNow(tx, turn.accountId)
    if (running > turn.running && !isLastLook) return { kind: 'outrun' }
    const next = running < turn.runningMax ? await nextOfAccount(database, tx, turn.accountId) : null
    if (next === null) continue
    return { kind: 'claimed', claim: await take(database, tx, { accountId: turn.accountId, ...next }, owner) }
  }
  return { kind: 'idle' }
}

type Turn = { accountId: string; running: number; runningMax: number }

async function accountsInTurn(database: Database, tx: Transaction<Tables>, limits: Running): Promise<Turn[]> {
  const rows = await tx
    .selectFrom('export_task_count')
    .leftJoin('account', 'account.id', 'export_task_count.account_id')
    .select((eb) => [
      'export_task_count.account_id as accountId',
      'account.tasks_running_max as ownMax',
      eb
        .selectFrom('export_task')
        .select((sub) => sub.fn.min('run_at_ms').as('first'))
        .where('state', '=', 'waiting')
        .whereRef('export_task.account_id', '=', 'export_task_count.account_id')
        .where('run_at_ms', '<=', database.nowMs)
        .as('firstMs'),
      runningOf(eb).as('running'),
    ])
    // Tasks of a locked account wait.
    .where('account.locked_at_ms', 'is', null)
    .execute()
  return rows
    .map((row) => ({
      ...row,
      runningMax: Math.min(row.ownMax ?? limits.runningMax, limits.runningAtMost),
      running: Number(row.running),
    }))
    .filter((row) => row.firstMs !== null && row.running < row.runningMax)
    .sort((a, b) => a.running - b.running || Number(a.firstMs) - Number(b.firstMs))
}

const runningOf = (eb: ExpressionBuilder<Tables, 'export_task_count'>) =>
  eb
    .selectFrom('export_task')
    .select((sub) => sub.fn.countAll<number>().as('running'))
    .where('state', '=', 'processing')
    .whereRef('export_task.account_id', '=', 'export_task_count.account_id')

async function runningNow(tx: Transaction<Tables>, accountId: string): Promise<number> {
  const { running } = await tx
    .selectFrom('export_task')
    .select((eb) => eb.fn.countAll<number>().as('running'))
    .where('state', '=', 'processing')
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow()
  return Number(running)
}

/** Time at which the next waiting task may be claimed, unix ms; null: none waits. */
export async function nextRunAtMs({ queries }: Database): Promise<number | null> {
  const next = await queries
    .selectFrom('export_task')
    .select((eb) => eb.fn.min('run_at_ms').as('runAtMs'))
    .where(taskIsWaiting)
    .executeTakeFirst()
  return next?.runAtMs ?? null
}

type Next = Pick<ExportTaskRow, 'id' | 'whose'>

async function nextOfAccount(database: Database, tx: Transaction<Tables>, accountId: string): Promise<Next | null> {
  const next = await database
    .lockAndSkip(tx.selectFrom('export_task').select(['id', 'whose']))
    .where('state', '=', 'waiting')
    .where('account_id', '=', accountId)
    .where('run_at_ms', '<=', database.nowMs)
    .orderBy('run_at_ms')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return next ?? null
}

async function take(
  database: Database,
  tx: Transaction<Tables>,
  { id, accountId, whose }: Next & { accountId: string },
  owner: string,
): Promise<Claim> {
  const version = await pinDataVersion(database, tx, whose ?? accountId)
  const task = await tx
    .updateTable('export_task')
    .set((eb) => ({
      state: 'processing' as const,
      attempts: eb('attempts', '+', 1),
      lease_token: eb('lease_token', '+', 1),
      lease_owner: owner,
      lease_until_ms: eb(database.nowMs, '+', leaseMs),
      data_version: version.dataVersion,
      account_version: version.shownVersion,
      progress_rows: 0,
      updated_at_ms: database.nowMs,
      state_since_ms: database.nowMs,
    }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return { task, leaseToken: task.lease_token, version }
}

/** Prolongs the lease and records progress. @returns false when the lease is lost: stop at once */
export async function heartbeat(database: Database, claim: Claim, progress: { rows: number; expectedRows: number }) {
  const result = await heldTask(database, claim)
    .set((eb) => ({
      lease_until_ms: eb(database.nowMs, '+', leaseMs),
      progress_rows: progress.rows,
      expected_rows: progress.expectedRows,
    }))
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** Publishes the artifact. @returns false when the lease was lost: then no task has the artifact */
export async function completeTask(database: Database, claim: Claim, artifact: Artifact): Promise<boolean> {
  const result = await heldTask(database, claim)
    .set({
      ...ended(database),
      state: 'success',
      progress_rows: artifact.rows,
      expected_rows: artifact.rows,
      artifact_key: artifact.key,
      file_name: artifact.fileName,
      artifact_rows: artifact.rows,
      artifact_bytes: artifact.files?.reduce((sum, file) => sum + file.bytes, 0) ?? artifact.bytes,
      artifact_sha256: artifact.sha256,
      files_json: JSON.stringify(artifact.files ?? []),
      manifest_json: JSON.stringify(artifact.manifest ?? null),
    })
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** True if this claim's artifact is the task's. */
export async function isPublished(database: Database, claim: Claim): Promise<boolean> {
  const task = await database.queries
    .selectFrom('export_task')
    .select('id')
    .where('id', '=', claim.task.id)
    .where('lease_token', '=', claim.leaseToken)
    .where('state', '=', 'success')
    .executeTakeFirst()
  return task !== undefined
}

/** Ends the task for good, with a reason for its owner. */
export async function failTask(database: Database, claim: Claim, code: ErrorCode, message: string): Promise<void> {
  await heldTask(database, claim)
    .set({ ...ended(database), state: 'fail', error_code: code, error_message: message })
    .execute()
}

/**
 * Gives the task back. An attempt that Fluxport's own shutdown ended is not counted. A counted one delays the next by
 * `delayMs`, doubled with every attempt, and fails the task when it was the last. So a query that never fits the memory
 * ends, too.
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
  await heldTask(database, claim)
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
      .where(taskIsProcessing)
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
