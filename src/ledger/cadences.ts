import { allAccountsChanged } from '../accounts/account-version.ts'
import type { SourceCadenceRow } from '../ports/database/cadence-row.ts'
import type { Database } from '../ports/database/database.ts'
import { nextValue } from '../ports/database/database.ts'
import type { Queries } from '../ports/database/schema.ts'
import { storedInteger } from '../ports/database/stored-integer.ts'

/**
 * When an account's source reports, as an operator states it. Null is what is not stated: no files by the hour but whatever
 * comes; the delay of all sources; the domains whose requests it has delivered; from its first report on, without an end.
 */
export type Cadence = {
  /** `everyAccount`: it holds for each that has nothing stated of a source of that name. */
  accountId: string
  source: string
  /** Files of each hour, of each domain that files are named by. */
  filesPerHour: number | null
  /** How long after a bucket, or an hour of files, lines of it may still come. */
  delaySeconds: number | null
  /** An hour without requests has no file. */
  skipsEmptyHours: boolean
  domains: string[] | null
  expectedFromMs: number | null
  expectedUntilMs: number | null
}

/** Bounds of what may be stated: a delay beyond a year is a slip. */
export const filesPerHourMax = 10_000
export const delaySecondsMax = 31_536_000
/** The year 2100. */
export const timeMsMax = 4_102_444_800_000

/** The name under which the delay of sources without one of their own is kept. */
export const anySource = '*'

/** The account of what holds for every account. */
export const everyAccount = ''

/** The delay of sources while none is stated. */
export const delaySecondsDefault = 3_600

/** Names a source among those of all accounts. No account's id has the mark between. */
export const sourceKey = (accountId: string, source: string): string => `${accountId}:${source}`

/** What is stated of sources, by `sourceKey`. */
export type Cadences = ReadonlyMap<string, Cadence>

/** Every stated cadence, in the order of sources and then accounts. */
export async function readCadences(queries: Queries): Promise<Cadences> {
  const rows = await queries.selectFrom('source_cadence').selectAll().orderBy('source').orderBy('account_id').execute()
  return new Map(rows.map((row) => [sourceKey(row.account_id, row.source), cadenceOf(row)]))
}

/** What is stated of an account's source: of its own, else of every account's of that name. */
export const statedOf = (cadences: Cadences, accountId: string, source: string): Cadence | undefined =>
  cadences.get(sourceKey(accountId, source)) ?? cadences.get(sourceKey(everyAccount, source))

const cadenceOf = (row: SourceCadenceRow): Cadence => ({
  accountId: row.account_id,
  source: row.source,
  filesPerHour: storedInteger(row.files_per_hour, 1, filesPerHourMax),
  delaySeconds: storedInteger(row.delay_seconds, 0, delaySecondsMax),
  skipsEmptyHours: row.skips_empty_hours === 1,
  domains: row.domains_json === null ? null : (JSON.parse(row.domains_json) as string[]),
  expectedFromMs: storedInteger(row.expected_from_ms, 0, timeMsMax),
  expectedUntilMs: storedInteger(row.expected_until_ms, 0, timeMsMax),
})

/** States a source's cadence, all of it, and moves the data version: files say something else from now on. */
export function setCadence(database: Database, cadence: Cadence): Promise<void> {
  return database.write(async (tx) => {
    await nextValue(tx, 'data_version')
    await allAccountsChanged(tx)
    const stated = {
      files_per_hour: cadence.filesPerHour,
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

/** Forgets what was stated of an account's source. @returns false when nothing was */
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

/** How old a data version may grow while the clock alone makes buckets final. */
const tickMs = 300_000

/**
 * Moves the data version when it is five minutes old and a source's files are waited for by the clock. Coverage is judged at
 * the time of a data version, so that one number names one answer; without this, the last hours of a source that delivers
 * nothing more would never be final.
 */
export async function tickDataVersion(database: Database, nowMs: number): Promise<void> {
  await database.queries
    .updateTable('counter')
    .set((eb) => ({ value: eb('value', '+', 1), changed_at_ms: nowMs }))
    .where('name', '=', 'data_version')
    .where('changed_at_ms', '<=', nowMs - tickMs)
    .where((eb) => eb.exists(eb.selectFrom('source_cadence').select('source').where('files_per_hour', 'is not', null)))
    .execute()
}
