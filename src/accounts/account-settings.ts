import type { AccountCommit } from '../ports/database/account-commit.ts'
import type { Database } from '../ports/database/database.ts'
import type { AccountRow } from '../ports/database/schema.ts'
import { storedInteger } from '../ports/database/stored-integer.ts'
import type { Compression, CsvDecimal, CsvDelimiter, Format } from '../statistics/format-names.ts'
import type { Language } from '../statistics/languages.ts'
import type { ServiceArea } from '../statistics/service-areas.ts'

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

const limitNames = [
  'tasks_waiting_max',
  'tasks_running_max',
  'stored_bytes_max',
  'rows_max',
  'commit_traffic_bytes',
  'commit_bandwidth_bps',
] as const
const defaultNames = [
  'default_format',
  'default_compression',
  'default_service_area',
  'default_language',
  'default_time_zone',
  'default_csv_delimiter',
  'default_csv_decimal',
  'default_csv_bom',
] as const
const settingNames = [...limitNames, ...defaultNames] as const

/** Columns that an operator may set; null restores the server's setting. */
type OwnSettings = Pick<AccountRow, (typeof settingNames)[number]>

/** The settings that an account has of its own; those of the server are left out. */
export type GivenSettings = { [name in (typeof limitNames)[number]]?: number } & {
  default_format?: Format
  default_compression?: Compression
  default_service_area?: ServiceArea
  default_language?: Language
  default_time_zone?: string
  default_csv_delimiter?: CsvDelimiter
  default_csv_decimal?: CsvDecimal
  default_csv_bom?: 'true' | 'false'
}

/** Replaces all of an account's own settings. @returns false when there is no such account */
export async function changeSettings(database: Database, accountId: string, given: GivenSettings): Promise<boolean> {
  const whole = Object.fromEntries(settingNames.map((name) => [name, given[name] ?? null]))
  const result = await database.queries.updateTable('account').set(whole).where('id', '=', accountId).executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** The account's present columns of `OwnSettings`; undefined without such an account. */
export const ownSettings = (database: Database, accountId: string): Promise<OwnSettings | undefined> =>
  database.queries.selectFrom('account').select(settingNames).where('id', '=', accountId).executeTakeFirst()

export function givenSettings(own: OwnSettings): GivenSettings {
  const limits = limitNames.map((name) => [name, ownLimit(own[name])] as const)
  const defaults = defaultNames.map((name) => [name, own[name]] as const)
  return Object.fromEntries([...limits, ...defaults].filter(([, value]) => value !== null))
}

/** The commit of each month, of one account or of all (null), by the account's id. */
export async function readCommits(database: Database, accountId: string | null): Promise<Map<string, AccountCommit>> {
  const names = ['id', 'commit_traffic_bytes', 'commit_bandwidth_bps'] as const
  const query = database.queries.selectFrom('account').select(names).orderBy('id')
  const rows = await (accountId === null ? query : query.where('id', '=', accountId)).execute()
  const commitOf = ({ commit_traffic_bytes, commit_bandwidth_bps }: (typeof rows)[number]): AccountCommit => ({
    commit_traffic_bytes: ownLimit(commit_traffic_bytes),
    commit_bandwidth_bps: ownLimit(commit_bandwidth_bps),
  })
  return new Map(rows.map((row) => [row.id, commitOf(row)]))
}

/** Values of people's requests that name none (docs/adr/0038). */
export type PeoplesDefaults = {
  serviceArea: ServiceArea
  /** Null: that of the person's locale. */
  language: Language | null
  timeZone: string
  format: Format
  compression: Compression
  /** Form of CSV files; null: that of the contract. */
  csv: { delimiter: CsvDelimiter | null; decimal: CsvDecimal | null; bom: 'true' | 'false' | null }
}

/** @param serverZone the zone of an account that has none of its own */
export const peoplesDefaults = (own: OwnSettings, serverZone: string): PeoplesDefaults => ({
  serviceArea: (own.default_service_area ?? 'global') as ServiceArea,
  language: own.default_language as Language | null,
  timeZone: own.default_time_zone ?? serverZone,
  csv: {
    delimiter: own.default_csv_delimiter as CsvDelimiter | null,
    decimal: own.default_csv_decimal as CsvDecimal | null,
    bom: own.default_csv_bom as 'true' | 'false' | null,
  },
  format: (own.default_format ?? 'csv') as Format,
  compression: (own.default_compression ?? 'none') as Compression,
})
