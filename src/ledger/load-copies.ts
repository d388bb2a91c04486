import type { Transaction } from 'kysely'
import { ownersChanged } from '../accounts/account-version.ts'
import { type Database, nextValue } from '../ports/database/database.ts'
import type { Tables } from '../ports/database/schema.ts'
import { abandonLoads, insertPending, showPending } from './loads.ts'

/**
 * A copy: a counting load's rows, written in full under another id. The copy then counts instead of the load, so no
 * counting row is ever changed in place.
 */
export type LoadCopy = { loadId: number; copyId: number }

/**
 * Begins copies of loads: rows written under their ids do not count until `replaceLoads`.
 * @param copiedBy the data directory whose process writes them; its next start gives up the copies of a killed process
 */
export function beginCopies(
  database: Database,
  loads: readonly { loadId: number; batchId: number }[],
  copiedBy: string,
): Promise<LoadCopy[]> {
  return database.write(async (tx) => {
    const copies: LoadCopy[] = []
    for (const { loadId, batchId } of loads) {
      const { counts_as } = await tx
        .selectFrom('load')
        .select('counts_as')
        .where('load_id', '=', loadId)
        .executeTakeFirstOrThrow()
      // A later owner of a domain sees no more of the copy than of the load.
      const copy = { copiedBy, countsAs: counts_as ?? loadId }
      copies.push({ loadId, copyId: await insertPending(tx, batchId, copy) })
    }
    return copies
  })
}

/**
 * Makes copies count instead of their loads, all in one step of the data version; the batches stay as they are. If a
 * load ceased to count meanwhile, its copy is given up.
 * @param domains that have requests in the loads: their owners' data change
 * @returns the copies that now count
 * @throws Error when a copy that should count was given up meanwhile; nothing is changed then
 */
export async function replaceLoads(
  tx: Transaction<Tables>,
  copies: readonly LoadCopy[],
  domains: readonly string[],
): Promise<LoadCopy[]> {
  if (copies.length === 0) return []
  const dataVersion = await nextValue(tx, 'data_version') // waits for every other change of the ledger
  const [loadIds, copyIds] = [copies.map(({ loadId }) => loadId), copies.map(({ copyId }) => copyId)]
  const hidden = await tx
    .updateTable('load')
    .set({ state: 'forgotten', forgotten_version: dataVersion })
    .where('load_id', 'in', loadIds)
    .where('state', '=', 'visible')
    .returning('load_id')
    .execute()
  const replaced = copies.filter(({ loadId }) => hidden.some((load) => load.load_id === loadId))
  const notReplaced = copyIds.filter((copyId) => !replaced.some((copy) => copy.copyId === copyId))
  await abandonLoads(tx, notReplaced)
  if (replaced.length === 0) return []
  const shownIds = copyIds.filter((copyId) => !notReplaced.includes(copyId))
  await showPending(tx, shownIds, dataVersion)
  await ownersChanged(tx, domains)
  return replaced
}

/** Gives up the copies that this data directory's process was writing when it ended. @returns their ids */
export function abandonLeftCopies(database: Database, copiedBy: string): Promise<number[]> {
  return database.write(async (tx) => {
    const left = await tx
      .selectFrom('load')
      .select('load_id')
      .where('state', '=', 'pending')
      .where('copied_by', '=', copiedBy)
      .execute()
    const loadIds = left.map((load) => load.load_id)
    await abandonLoads(tx, loadIds)
    return loadIds
  })
}
