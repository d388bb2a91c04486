import { setImmediate as turn } from 'node:timers/promises'
import { storedBytes } from '../../accounts/stored-bytes.ts'
import type { Database } from '../../ports/database/database.ts'
import { taskIsProcessing, taskIsWaiting } from '../../ports/database/partial-indexes.ts'

/** Tasks on their way: those of `waits_for_final` wait for logs, rightly; `waiting` ones for a worker. */
export const watchedStates = ['waiting', 'waits_for_final', 'processing'] as const

/** The time since when the task that is longest in a state is in it, unix ms; null where there is none. */
export type OldestTasks = Record<(typeof watchedStates)[number], number | null>

/** Reads the oldest tasks of all accounts out of indexes that have tasks on their way alone. */
export async function readOldestTasks({ queries }: Database): Promise<OldestTasks> {
  const oldest = queries.selectFrom('export_task').select((eb) => eb.fn.min('state_since_ms').as('sinceMs'))
  const waiting = oldest.where(taskIsWaiting)
  const [ready, late, processing] = [
    await waiting.where('final_by_ms', 'is', null).executeTakeFirst(),
    await waiting.where('final_by_ms', 'is not', null).executeTakeFirst(),
    await oldest.where(taskIsProcessing).executeTakeFirst(),
  ]
  const sinceOf = (row: { sinceMs: number | null } | undefined) => row?.sinceMs ?? null
  return { waiting: sinceOf(ready), waits_for_final: sinceOf(late), processing: sinceOf(processing) }
}

/** Bytes of an account's files, those that its tasks on their way may write, and its limit for both. */
export type StoredOfAccount = { accountId: string; files: number; reserved: number; bytesMax: number }

/**
 * Reads the stored bytes of the accounts with the most tasks, one account at a time.
 * @param serverMax bound of an account without a limit of its own
 * @returns at most `max` accounts, and the number of further ones with tasks
 */
export async function readStoredBytes(
  { queries }: Database,
  { max, serverMax }: { max: number; serverMax: number },
): Promise<{ accounts: StoredOfAccount[]; leftOutCount: number }> {
  const withTasks = queries
    .selectFrom('export_task_count')
    .innerJoin('account', 'account.id', 'export_task_count.account_id')
    .where('tasks', '>', 0)
  const all = await withTasks.select((eb) => eb.fn.countAll<number>().as('count')).executeTakeFirstOrThrow()
  const most = await withTasks
    .select(['account.id as accountId', 'account.stored_bytes_max as ownMax'])
    .orderBy('tasks', 'desc')
    .orderBy('account.id')
    .limit(max)
    .execute()
  const accounts: StoredOfAccount[] = []
  for (const { accountId, ownMax } of most) {
    accounts.push({ accountId, ...(await storedBytes(queries, accountId)), bytesMax: ownMax ?? serverMax })
    await turn()
  }
  return { accounts, leftOutCount: Math.max(0, Number(all.count) - max) }
}
