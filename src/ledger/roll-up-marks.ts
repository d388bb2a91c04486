import type { Transaction } from 'kysely'
import type { Database } from '../ports/database/database.ts'
import type { Tables } from '../ports/database/schema.ts'

/** Marks in the ledger: which counting loads are rolled up, and which are in progress. */

/** Upper bounds of small loads that one statement rolls up. */
const rollUpMax = { requests: 1_000_000, loads: 500 }

/**
 * Takes the oldest counting loads that are not rolled up, as many as one statement does, and marks them as in progress.
 * Marks that a killed process left are taken again. Loads of other data directories are left to their own processes.
 * @returns ascending ids; none when there is nothing to do
 */
export function beginRollUps(database: Database, owner: string): Promise<number[]> {
  return database.write(async (tx) => {
    const waiting = [...(await notRolledUp(tx, owner, 'none')), ...(await notRolledUp(tx, owner, 'running'))]
    waiting.sort((one, other) => one.load_id - other.load_id)
    const next: number[] = []
    let requests = 0
    for (const load of waiting) {
      requests += load.requests ?? 0
      if (next.length > 0 && requests > rollUpMax.requests) break
      next.push(load.load_id)
    }
    if (next.length === 0) return []
    const taken = await tx
      .updateTable('load')
      .set({ roll_up: 'running' })
      .where('load_id', 'in', next)
      .where('state', '=', 'visible') // a load may be forgotten at this moment
      .returning('load_id')
      .execute()
    return taken.map((load) => load.load_id).sort((a, b) => a - b)
  })
}

/**
 * The oldest counting loads with one mark. One query for each mark: equalities alone make both databases use the index
 * `load_by_roll_up`, in its order.
 */
const notRolledUp = (tx: Transaction<Tables>, owner: string, mark: 'none' | 'running') =>
  tx
    .selectFrom('load')
    .innerJoin('batch', 'batch.id', 'load.batch_id')
    .select(['load.load_id', 'batch.requests'])
    .where('load.roll_up', '=', mark)
    .where('load.state', '=', 'visible')
    .where('batch.owner', '=', owner)
    .orderBy('load.load_id')
    .limit(rollUpMax.loads)
    .execute()

/**
 * Ends roll-ups. Pass `done` only when the rollups have all rows of the loads, `none` only when no statement writes
 * them.
 */
export async function endRollUps(
  database: Database,
  loadIds: readonly number[],
  rollUp: 'none' | 'done',
): Promise<void> {
  await database.queries
    .updateTable('load')
    .set({ roll_up: rollUp })
    .where('load_id', 'in', [...loadIds])
    .execute()
}

/** Loads of this data directory whose roll-up is marked as in progress. */
export async function runningRollUps(database: Database, owner: string): Promise<number[]> {
  const running = await database.queries
    .selectFrom('load')
    .innerJoin('batch', 'batch.id', 'load.batch_id')
    .select('load.load_id')
    .where('load.roll_up', '=', 'running')
    .where('load.state', 'in', ['visible', 'forgotten'])
    .where('batch.owner', '=', owner)
    .execute()
  return running.map((load) => load.load_id)
}
