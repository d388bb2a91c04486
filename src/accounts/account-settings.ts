import type { Database } from '../ports/database/database.ts'
import type { AccountRow } from '../ports/database/schema.ts'
import { storedInteger } from '../ports/database/stored-integer.ts'
import type { Compression, Format } from '../statistics/format-names.ts'

/** An account's limits, and defaults for its creates. Each is the account's own if it has one, else the server's. */
export type AccountSettings = {
  tasksWaitingMax: number
  /** Null: as many as the workers can take. */
  tasksRunningMax: number | null
  storedBytesMax: number
  rowsMax: number
  defaultFormat: Format
  defaultCompression: Compression
}

type ServerLimits = { tasksWaitingMax: number; storedBytesMax: number; exportRowsMax: number }

export async function accountSettings(
  database: Database,
  accountId: string,
  server: ServerLimits,
): Promise<AccountSettings> {
  const own = await database.queries
    .selectFrom('account')
    .selectAll()
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow()
  return settingsOf(own, server)
}

const settingsOf = (own: AccountRow, server: ServerLimits): AccountSettings => ({
  tasksWaitingMax: ownLimit(own.tasks_waiting_max) ?? server.tasksWaitingMax,
  tasksRunningMax: ownLimit(own.tasks_running_max),
  storedBytesMax: ownLimit(own.stored_bytes_max) ?? server.storedBytesMax,
  rowsMax: ownLimit(own.rows_max) ?? server.exportRowsMax,
  defaultFormat: (own.default_format ?? 'csv') as Format,
  defaultCompression: (own.default_compression ?? 'none') as Compression,
})

const ownLimit = (stored: unknown) => storedInteger(stored, 1, Number.MAX_SAFE_INTEGER)

/** Columns that an operator may set; null restores the server's setting. */
type OwnSettings = Pick<
  AccountRow,
  'tasks_waiting_max' | 'tasks_running_max' | 'stored_bytes_max' | 'rows_max' | 'default_format' | 'default_compression'
>

/** @returns false when there is no such account */
export async function changeSettings(database: Database, accountId: string, change: OwnSettings): Promise<boolean> {
  const result = await database.queries
    .updateTable('account')
    .set(change)
    .where('id', '=', accountId)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** The account's present columns of `OwnSettings`; undefined without such an account. */
export const ownSettings = (database: Database, accountId: string): Promise<OwnSettings | undefined> =>
  database.queries
    .selectFrom('account')
    .select([
      'tasks_waiting_max',
      'tasks_running_max',
      'stored_bytes_max',
      'rows_max',
      'default_format',
      'default_compression',
    ])
    .where('id', '=', accountId)
    .executeTakeFirst()

type GivenLimits = { [name in Exclude<keyof OwnSettings, 'default_format' | 'default_compression'>]?: number }
type GivenSettings = GivenLimits & { default_format?: Format; default_compression?: Compression }

/** The settings that an account has of its own; those of the server are left out. */
export function givenSettings(own: OwnSettings): GivenSettings {
  const { default_format: format, default_compression: compression, ...limits } = own
  const numbers = {
    tasks_waiting_max: ownLimit(limits.tasks_waiting_max),
    tasks_running_max: ownLimit(limits.tasks_running_max),
    stored_bytes_max: ownLimit(limits.stored_bytes_max),
    rows_max: ownLimit(limits.rows_max),
  }
  const all = { ...numbers, default_format: format, default_compression: compression }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null))
}
