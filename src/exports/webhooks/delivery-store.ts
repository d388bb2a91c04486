import type { Database } from '../../ports/database/database.ts'
import { deliveryWaits } from '../../ports/database/partial-indexes.ts'
import type { ExportTaskRow, WebhookDeliveryRow } from '../../ports/database/schema.ts'
import { postTimeoutMs } from './post.ts'

/** One attempt, in the task's log. */
export type DeliveryAttempt = { at: number; status: number | null; error: string | null }

/** Waits between attempts, seconds; the last one repeats until a day is over. */
const backoffSeconds = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400]
const giveUpMs = 86_400_000
const attemptsKept = 50

/** Makes deliveries due whose tasks have ended since. */
export async function wakeDeliveries(database: Database): Promise<void> {
  await database.queries
    .updateTable('webhook_delivery')
    .set({ state: 'waiting', first_at_ms: database.nowMs, next_at_ms: database.nowMs })
    .where('state', '=', 'idle')
    // Checks task by task: a list of all ended tasks would be built anew each time.
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('export_task')
          .select('id')
          .whereRef('export_task.id', '=', 'webhook_delivery.task_id')
          .where('export_task.state', 'in', ['success', 'fail', 'canceled', 'expired']),
      ),
    )
    .execute()
}

export type TakenDelivery = { delivery: WebhookDeliveryRow; task: ExportTaskRow }

/**
 * Takes the delivery that is due longest, with its task, so that no other process makes it meanwhile.
 * @param except accounts that have enough posts in progress
 */
export function takeDelivery(database: Database, except: readonly string[] = []): Promise<TakenDelivery | null> {
  return database.write(async (tx) => {
    const due = await database
      .lockAndSkip(tx.selectFrom('webhook_delivery').selectAll())
      .where('state', '=', 'waiting')
      .where('next_at_ms', '<=', database.nowMs)
      .where('account_id', 'not in', (eb) =>
        eb.selectFrom('account').select('account.id').where('account.locked_at_ms', 'is not', null),
      )
      .$if(except.length > 0, (query) => query.where('account_id', 'not in', [...except]))
      .orderBy('next_at_ms')
      .limit(1)
      .executeTakeFirst()
    if (!due) return null
    const delivery = await tx
      .updateTable('webhook_delivery')
      .set((eb) => ({
        lease_token: eb('lease_token', '+', 1),
        attempts: eb('attempts', '+', 1),
        next_at_ms: eb(database.nowMs, '+', 2 * postTimeoutMs),
      }))
      .where('task_id', '=', due.task_id)
      .returningAll()
      .executeTakeFirstOrThrow()
    const task = await tx.selectFrom('export_task').selectAll().where('id', '=', due.task_id).executeTakeFirst()
    return task ? { delivery, task } : null
  })
}

/** Time at which the next waiting delivery is due, unix ms; null: none waits. */
export async function nextPostAtMs({ queries }: Database): Promise<number | null> {
  const next = await queries
    .selectFrom('webhook_delivery')
    .select((eb) => eb.fn.min('next_at_ms').as('nextAtMs'))
    .where(deliveryWaits)
    .executeTakeFirst()
  return next?.nextAtMs ?? null
}

/** Records an attempt, and the time of the next one, if there is one. */
export async function recordAttempt(
  database: Database,
  delivery: WebhookDeliveryRow,
  attempt: DeliveryAttempt,
  outcome: 'delivered' | 'again' | 'failed',
): Promise<void> {
  const waitMs = 1000 * (backoffSeconds[Math.min(delivery.attempts, backoffSeconds.length) - 1] ?? 0)
  const isLate = attempt.at + waitMs > (delivery.first_at_ms ?? 0) + giveUpMs
  const state = outcome === 'again' ? (isLate ? 'failed' : 'waiting') : outcome
  await database.queries
    .updateTable('webhook_delivery')
    .set((eb) => ({
      state,
      attempts_json: JSON.stringify([...attemptsOf(delivery), attempt].slice(-attemptsKept)),
      next_at_ms: state === 'waiting' ? eb(database.nowMs, '+', waitMs) : null,
    }))
    .where('task_id', '=', delivery.task_id)
    .where('lease_token', '=', delivery.lease_token)
    .where('state', '=', 'waiting')
    .execute()
}

export const attemptsOf = (delivery: Pick<WebhookDeliveryRow, 'attempts_json'>): DeliveryAttempt[] =>
  JSON.parse(delivery.attempts_json) as DeliveryAttempt[]

export const findDelivery = (database: Database, taskId: string): Promise<WebhookDeliveryRow | undefined> =>
  database.queries.selectFrom('webhook_delivery').selectAll().where('task_id', '=', taskId).executeTakeFirst()
