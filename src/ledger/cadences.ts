import { allAccountsChanged } from '../accounts/account-version.ts'
import type { SourceCadenceRow } from '../ports/database/cadence-row.ts'
import { sourcesByTheClock } from '../ports/database/clocked-sources.ts'
import type { Database } from '../ports/database/database.ts'
import { nextValue } from '../ports/database/database.ts'
import type { Queries } from '../ports/database/schema.ts'
import { storedInteger } from '../ports/database/stored-integer.ts'
import { knownZone } from '../statistics/time-range.ts'

/**
 * The times at which an account's source reports, as an operator states them. Null means not stated, and then:
 * the source has no files by the hour or by the day; the delay is that of all sources; the domains are those that it
 * has delivered; the source is expected from its first report on, without an end.
 */
export type Cadence = {
  /** `everyAccount`: the cadence holds for each account that has no cadence of its own for a source of that name. */
  accountId: string
  source: string
  /** Number of files of each hour, for each domain that files are named by. */
  filesPerHour: number | null
  /** Number of files of each day of `dayZone`, for each domain that files are named by; not with `filesPerHour`. */
  filesPerDay: number | null
  /** Null exactly where `filesPerDay` is. */
  dayZone: string | null
  /** Lines of a bucket, or of a file of an hour or a day, may still come within this time after its end. */
  delaySeconds: number | null
  /** True if an hour without requests has no file. */
  skipsEmptyHours: boolean
  domains: string[] | null
  expectedFromMs: number | null
  expectedUntilMs: number | null
}

/** Upper bounds of a stated cadence: a delay beyond a year is a slip. */
export const filesPerHourMax = 10_000
export const delaySecondsMax = 31_536_000
/** The start of the year 2100, unix ms. */
export const timeMsMax = 4_102_444_800_000

/** The delay for sources without one of their own is stored under this source name. */
export const anySource = '*'

/** A cadence for every account is stored under this account id. */
export const everyAccount = ''

/** The delay of sources while no delay is stated. */
export const delaySecondsDefault = 3_600

/** Names a source among those of all accounts. No account's id contains the colon. */
export const sourceKey = (accountId: string, source: string): string => `${accountId}:${source}`

/** A cadence with nothing stated. */
export const noneStated = (accountId: string, source: string): Cadence => ({
  ...{ accountId, source, filesPerHour: null, filesPerDay: null, dayZone: null, delaySeconds: null },
  ...{ skipsEmptyHours: false, domains: null, expectedFromMs: null, expectedUntilMs: null },
})

/** Stated cadences, by `sourceKey`. */
export type Cadences = ReadonlyMap<string, Cadence>

/** Every stated cadence, ordered by source, then account. */
export async function readCadences(queries: Queries): Promise<Cadences> {
  const rows = await queries.selectFrom('source_cadence').selectAll().orderBy('source').orderBy('account_id').execute()
  return new Map(rows.map((row) => [sourceKey(row.account_id, row.source), cadenceOf(row)]))
}

/** The cadence of an account's source: its own, else the one for every account's source of that name. */
export const statedOf = (cadences: Cadences, accountId: string, source: string): Cadence | undefined =>
  cadences.get(sourceKey(accountId, source)) ?? cadences.get(sourceKey(everyAccount, source))

const cadenceOf = (row: SourceCadenceRow): Cadence => ({
  accountId: row.account_id,
  source: row.source,
  filesPerHour: storedInteger(row.files_per_hour, 1, filesPerHourMax),
  filesPerDay: storedInteger(row.files_per_day, 1, filesPerHourMax),
  dayZone: row.files_per_day === null ? null : zoneOf(row.day_zone),
  delaySeconds: storedInteger(row.delay_seconds, 0, delaySecondsMax),
  skipsEmptyHours: row.skips_empty_hours === 1,
  domains: row.domains_json === null ? null : (JSON.parse(row.domains_json) as string[]),
  expectedFromMs: storedInteger(row.expected_from_ms, 0, timeMsMax),
  expectedUntilMs: storedInteger(row.expected_until_ms, 0, timeMsMax),
})

/** A restored row may name a zone that this server does not know. */
const zoneOf = (stored: string | null) => knownZone(stored ?? 'UTC') ?? 'UTC'

/** Replaces a source's whole cadence, and moves the data version because files read differently from now on. */
export function setCadence(database: Database, cadence: Cadence): Promise<void> {
  return database.write(async (tx) => {
    await nextValue(tx, 'data_version')
    await allAccountsChanged(tx)
    const stated = {
      files_per_hour: cadence.filesPerHour,
      files_per_day: cadence.filesPerDay,
      day_zone: cadence.dayZone,
      delay_seconds: cadence.delaySeconds,
      skips_empty_hours: cadence.skipsEmptyHours ? 1 : 0,
      domains_json: cadence.domains === null ? null : JSON.stringify(cadence.domains),
      expected_from_ms: cadence.expectedFromMs,
      expected_until_ms: cadence.expectedUntilMs,
      updated_at_ms: database.nowMs,
    }
    await tx
      .insertInto('source_cadence')
      .values({ account_id: cadence.accountId, source: cadence.source, ...stated })
      .onConflict((conflict) => conflict.columns(['account_id', 'source']).doUpdateSet(stated))
      .execute()
  })
}

/** Forgets the cadence of an account's source. @returns false when none was stated */
export function removeCadence(database: Database, accountId: string, source: string): Promise<boolean> {
  return database.write(async (tx) => {
    const { numDeletedRows } = await tx
      .deleteFrom('source_cadence')
      .where('account_id', '=', accountId)
      .where('source', '=', source)
      .executeTakeFirst()
    if (numDeletedRows > 0n) {
      await nextValue(tx, 'data_version')
      await allAccountsChanged(tx)
    }
    return numDeletedRows > 0n
  })
}

/** The clock alone makes buckets final, so a data version grows at most this old. */
const tickMs = 300_000

/**
 * Moves the data version when it is five minutes old and some source has a stated number of files. Coverage is
 * judged at the time of a data version, so that one number names one answer. Without this tick, the last hours of a
 * source that delivers nothing more would never become final.
 */
export async function tickDataVersion(database: Database, nowMs: number): Promise<void> {
  await database.queries
    .updateTable('counter')
    .set((eb) => ({ value: eb('value', '+', 1), changed_at_ms: nowMs }))
    .where('name', '=', 'data_version')
    .where('changed_at_ms', '<=', nowMs - tickMs)
    .where(({ exists }) => exists(sourcesByTheClock(database.queries)))
    .execute()
}
