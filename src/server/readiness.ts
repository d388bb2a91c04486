import type { DiskRoom } from '../disk/disk-room.ts'
import type { Database } from '../ports/database/database.ts'
import type { Warehouse } from '../ports/warehouse/warehouse.ts'

/** State of a part: `ok`, or a sentence that says what it does not do. */
export type PartStates = { warehouse: string; database: string }

type Looked = { database: Database; warehouse: Pick<Warehouse, 'ready'> }

const silent = 'does not answer'

/** Asks the warehouse and the database whether they answer. */
export async function lookAtParts({ database, warehouse }: Looked): Promise<PartStates> {
  const [isReady, state] = await Promise.all([warehouse.ready(), databaseState(database)])
  return { warehouse: isReady ? 'ok' : silent, database: state }
}

const databaseState = ({ queries }: Database): Promise<string> =>
  queries
    .selectFrom('counter')
    .select('name')
    .limit(1)
    .execute()
    .then(
      () => 'ok',
      () => silent,
    )

/** State of loading: `ok`, or why it is paused. */
export async function loadingState(diskRoom: Pick<DiskRoom, 'look'>): Promise<string> {
  const { loadingPaused, receivingPaused } = await diskRoom.look()
  if (loadingPaused !== null) return `paused: ${loadingPaused}`
  return receivingPaused === null ? 'ok' : `takes no more: ${receivingPaused}`
}
