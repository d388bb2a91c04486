import { setImmediate as turn } from 'node:timers/promises'
import type { Database } from '../ports/database/database.ts'
import type { BatchState, TaskState } from '../ports/database/schema.ts'

/** Rows of a table by state. */
export type StateCounts = Readonly<Record<string, number>>

export const batchStates: readonly BatchState[] = [
  'collecting',
  'queued',
  'loading',
  'loaded',
  'duplicate',
  'failed',
  'quarantined',
  'forgotten',
]
export const taskStates: readonly TaskState[] = [
  'waiting',
  'processing',
  'success',
  'fail',
  'canceled',
  'expired',
  'deleted',
]

/** Index entries that one statement walks: SQLite answers in the server's own thread, which waits for it. */
const entriesAtOnce = 5_000
/** Of its time, a count may take one part in as many. */
const restParts = 20
/** A scrape waits this long for new figures before it takes those of the last count. */
const patienceMs = 100

/** Figures of states for somebody who asks at any moment. */
export type StateFigures = {
  /** Of now where they are soon counted, else of the last count: a question costs the same at a million rows. */
  read(): Promise<StateCounts>
}

/**
 * Counts in the background, a few thousand index entries at a time, when somebody asks; at most a twentieth of the time.
 * Scrapes meanwhile share the count.
 */
export function followStates(count: () => Promise<StateCounts>, nowMs: () => number = Date.now): StateFigures {
  let last: StateCounts = {}
  let running: Promise<void> | null = null
  let nextMs = 0
  const recount = async () => {
    const startedMs = nowMs()
    try {
      last = await count()
    } catch {
      last = {} // figures that nobody could count are not there, rather than old
    } finally {
      nextMs = nowMs() + (nowMs() - startedMs) * restParts
      running = null
    }
  }
  return {
    read: async () => {
      if (running === null && nowMs() >= nextMs) running = recount()
      if (running !== null) await withinPatience(running)
      return last
    },
  }
}

async function withinPatience(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patienceMs)
  })
  try {
    await Promise.race([work, patience])
  } finally {
    clearTimeout(timer)
  }
}

/** A state without rows is at zero: an alert on a series that is not there never fires. */
const noneOf = (states: readonly string[]): Record<string, number> =>
  Object.fromEntries(states.map((state) => [state, 0]))

/** Batches by state, out of the index `batch_by_state`. */
export async function countBatches({ queries }: Database, states = batchStates): Promise<StateCounts> {
  const counts = noneOf(states)
  for (const state of states) {
    let [count, lastId] = [0, 0]
    for (;;) {
      const page = queries
        .selectFrom('batch')
        .select('id')
        .where('state', '=', state)
        .where('id', '>', lastId)
        .orderBy('id')
        .limit(entriesAtOnce)
      const found = await queries
        .selectFrom(page.as('page'))
        .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.max('id').as('last')])
        .executeTakeFirstOrThrow()
      count += Number(found.count)
      if (Number(found.count) < entriesAtOnce) break
      lastId = Number(found.last)
      await turn()
    }
    counts[state] = count
  }
  return counts
}

/** Export tasks by state, account by account, out of the index `export_task_of_state`. */
export async function countTasks({ queries }: Database): Promise<StateCounts> {
  const counts = noneOf(taskStates)
  const accounts = await queries.selectFrom('export_task_count').select('account_id').execute()
  for (const { account_id: accountId } of accounts) {
    for (const state of taskStates) {
      counts[state] = (counts[state] ?? 0) + (await countTasksOf(queries, accountId, state))
    }
    await turn()
  }
  return counts
}

async function countTasksOf(queries: Database['queries'], accountId: string, state: TaskState): Promise<number> {
  let count = 0
  let last: { updatedMs: number; id: string } = { updatedMs: Number.MAX_SAFE_INTEGER, id: '' }
  for (;;) {
    const rest = queries
      .selectFrom('export_task')
      .where('account_id', '=', accountId)
      .where('state', '=', state)
      .where('updated_at_ms', '<=', last.updatedMs)
      .where((eb) => eb.or([eb('updated_at_ms', '<', last.updatedMs), eb('id', '<', last.id)]))
    const end = await rest
      .select(['updated_at_ms', 'id'])
      .orderBy('updated_at_ms', 'desc')
      .orderBy('id', 'desc')
      .offset(entriesAtOnce - 1)
      .limit(1)
      .executeTakeFirst()
    if (!end) {
      const left = await rest.select((eb) => eb.fn.countAll<number>().as('count')).executeTakeFirstOrThrow()
      return count + Number(left.count)
    }
    count += entriesAtOnce
    last = { updatedMs: end.updated_at_ms, id: end.id }
    await turn()
  }
}
