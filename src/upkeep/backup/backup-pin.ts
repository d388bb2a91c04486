import { randomUUID } from 'node:crypto'
import { pinDataVersion } from '../../ledger/data-version.ts'
import type { Database } from '../../ports/database/database.ts'

/** A pin lasts this long unless prolonged, so a killed backup's pin ends by itself. */
const pinMs = 600_000
const prolongMs = 20_000

/** A backup's hold on the data: rows that count at its version, or at a later one, are not removed. */
type BackupPin = {
  /** @throws Error when the pin was lost: rows may be missing from the read data */
  assertHeld(): Promise<void>
  /** Ends the pin. */
  release(): Promise<void>
}

/** Pins the present data until released, or until this process dies. */
export async function takePin(database: Database): Promise<BackupPin> {
  const id = randomUUID()
  await database.write(async (tx) => {
    const { dataVersion } = await pinDataVersion(database, tx)
    await tx.deleteFrom('backup_pin').where('until_ms', '<', database.nowMs).execute()
    await tx
      .insertInto('backup_pin')
      .values((eb) => ({ id, data_version: dataVersion, until_ms: eb(database.nowMs, '+', pinMs) }))
      .execute()
  })
  const prolong = async () => {
    const result = await database.queries
      .updateTable('backup_pin')
      .set((eb) => ({ until_ms: eb(database.nowMs, '+', pinMs) }))
      .where('id', '=', id)
      .where('until_ms', '>', database.nowMs)
      .executeTakeFirst()
    return result.numUpdatedRows === 1n
  }
  // A failure shows at the end, when the pin is no longer held.
  const timer = setInterval(() => void prolong().catch(() => undefined), prolongMs)
  return {
    assertHeld: async () => {
      if (!(await prolong())) throw new Error('The backup paused for too long: its data may have been removed')
    },
    release: async () => {
      clearInterval(timer)
      await database.queries.deleteFrom('backup_pin').where('id', '=', id).execute()
    },
  }
}
