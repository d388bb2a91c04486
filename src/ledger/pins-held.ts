import type { Database } from '../ports/database/database.ts'

/** Backups in progress, and the oldest data version that any of them reads; null without a backup. */
export async function pinsHeld(database: Database) {
  const pins = await database.queries
    .selectFrom('backup_pin')
    .select(['id', 'data_version'])
    .where('until_ms', '>', database.nowMs)
    .execute()
  return {
    ids: pins.map((pin) => pin.id),
    dataVersion: pins.length === 0 ? null : Math.min(...pins.map((pin) => pin.data_version)),
  }
}
