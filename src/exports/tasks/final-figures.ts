import { AppError } from '../../errors.ts'
import { asShownTo, pinDataVersion } from '../../ledger/data-version.ts'
import { seenBy } from '../../ledger/seen-by-account.ts'
import type { Logger } from '../../logger.ts'
import type { Database } from '../../ports/database/database.ts'
import type { ExportTaskRow } from '../../ports/database/schema.ts'
import type { Warehouse } from '../../ports/warehouse/warehouse.ts'
import { notFinalText, readTaskCoverage } from '../reports/task-coverage.ts'
import { requestOf } from '../request/stored-request.ts'
import type { NotFinal } from '../run/assert-final.ts'
import type { Claim } from '../run/claim.ts'
import { heldTask } from '../run/claim.ts'

/** Tasks that demand final figures: they wait, without a worker, until all buckets are final. */

/** Later than any clock: a task with this time is not claimed until it is released. */
const neverMs = 9_007_199_254_740_000

/**
 * Sets a claimed task aside until its buckets are final, or fails it when its longest wait is over. The attempt does
 * not count.
 */
export async function waitForFinal(database: Database, claim: Claim, { code, message }: NotFinal): Promise<void> {
  const { requireFinal } = requestOf(claim.task)
  const waitMs = (requireFinal?.waitSeconds ?? 0) * 1000
  const isOver = await isPast(database, claim.task, waitMs)
  const rest = {
    lease_owner: null,
    lease_until_ms: null,
    updated_at_ms: database.nowMs,
    state_since_ms: database.nowMs,
  }
  await heldTask(database, claim)
    .set((eb) =>
      isOver
        ? { ...rest, state: 'fail' as const, error_code: code, error_message: message }
        : {
            ...rest,
            state: 'waiting' as const,
            attempts: claim.task.attempts - 1,
            run_at_ms: neverMs,
            waits_for: message,
            final_by_ms: claim.task.final_by_ms ?? eb(database.nowMs, '+', waitMs),
          },
    )
    .execute()
}

async function isPast(database: Database, task: ExportTaskRow, waitMs: number): Promise<boolean> {
  if (waitMs === 0) return true
  if (task.final_by_ms === null) return false
  const past = await database.queries
    .selectFrom('export_task')
    .select('id')
    .where('id', '=', task.id)
    .where('final_by_ms', '<=', database.nowMs)
    .executeTakeFirst()
  return past !== undefined
}

/** Most tasks checked at once. */
const atOnce = 100

/** If the data version moves every second, a task is checked this often. */
const lookAgainMs = 2_000

/**
 * Checks tasks that wait for final figures: those whose buckets are final now are released, those whose longest wait is
 * over fail. Several processes may do so; a worker judges again, in the version that it pins.
 */
export function createFinalWatch(deps: { database: Database; warehouse: Warehouse; log: Logger; wake: () => void }) {
  const { database } = deps
  /** Time and data version of each task's last check. */
  const seen = new Map<string, { dataVersion: number; atMs: number }>()
  return async (nowMs: number): Promise<void> => {
    const tasks = await waitingForFinal(database)
    for (const id of seen.keys()) if (!tasks.some((task) => task.id === id)) seen.delete(id)
    if (tasks.length === 0) return
    await failOverdue(database)
    const pinned = await database.write((tx) => pinDataVersion(database, tx))
    for (const task of tasks) {
      const last = seen.get(task.id)
      if (last && (last.dataVersion === pinned.dataVersion || nowMs - last.atMs < lookAgainMs)) continue
      seen.set(task.id, { dataVersion: pinned.dataVersion, atMs: nowMs })
      const request = requestOf(task)
      const look = async () => {
        const whose = task.whose ?? task.account_id
        const shown = await asShownTo(database.queries, pinned, whose)
        const data = await seenBy(database, whose, request.domains, shown)
        const rows = <Row>(sql: string, parameters: Record<string, unknown>) =>
          deps.warehouse.rows<Row>(sql, parameters)
        const problem = notFinalText(await readTaskCoverage({ rows, request, ...data }), request)
        if (await changeWaiting(database, task.id, problem)) deps.wake()
      }
      await look().catch((error) => {
        // A task with an error of its own (AppError) is released, so that a worker fails it with the reason.
        deps.log.warn({ err: error, taskId: task.id }, 'export.final_watch_failed')
        return error instanceof AppError && changeWaiting(database, task.id, null)
      })
    }
  }
}

const waitingForFinal = (database: Database) =>
  database.queries
    .selectFrom('export_task')
    .select(['id', 'account_id', 'whose', 'request_json'])
    .where('waits_for', 'is not', null)
    .where('state', '=', 'waiting')
    .orderBy('id')
    .limit(atOnce)
    .execute()

async function failOverdue(database: Database): Promise<void> {
  await database.queries
    .updateTable('export_task')
    .set((eb) => ({
      state: 'fail',
      error_code: 'FLUXPORT.0401',
      error_message: eb.ref('waits_for'),
      updated_at_ms: database.nowMs,
      state_since_ms: database.nowMs,
    }))
    .where('waits_for', 'is not', null)
    .where('state', '=', 'waiting')
    .where('final_by_ms', '<=', database.nowMs)
    .execute()
}

/** @returns true if the task was released */
async function changeWaiting(database: Database, id: string, problem: string | null): Promise<boolean> {
  const { numUpdatedRows } = await database.queries
    .updateTable('export_task')
    .set(problem === null ? { waits_for: null, run_at_ms: database.nowMs } : { waits_for: problem })
    .where('id', '=', id)
    .where('waits_for', 'is not', null)
    .where('state', '=', 'waiting')
    .executeTakeFirst()
  return problem === null && numUpdatedRows === 1n
}
