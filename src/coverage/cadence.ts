import { allAccountsChanged } from '../accounts/account-version.ts'
import type { Database } from '../database/database.ts'
import { nextValue } from '../database/database.ts'
import type { Queries, SourceCadenceRow } from '../database/schema.ts'

/**
 * When a source reports, as an operator states it. Null is what is not stated: no files by the hour but whatever comes; the
 * delay of all sources; the domains whose requests it has delivered; from its first report on, without an end.
 */
export type Cadence = {
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

/** The name under which the delay of sources without one of their own is kept. */
export const anySource = '*'

/** The delay of sources while none is stated. */
export const delaySecondsDefault = 3_600

/** Every stated cadence, by source. */
export async function readCadences(queries: Queries): Promise<Map<string, Cadence>> {
  const rows = await queries.selectFrom('source_cadence').selectAll().orderBy('source').execute()
  return new Map(rows.map((row) => [row.source, cadenceOf(row)]))
}

const cadenceOf = (row: SourceCadenceRow): Cadence => ({
  source: row.source,
  filesPerHour: row.files_per_hour,
  delaySeconds: row.delay_seconds,
  skipsEmptyHours: row.skips_empty_hours === 1,
  domains: row.domains_json === null ? null : (JSON.parse(row.domains_json) as string[]),
  expectedFromMs: row.expected_from_ms,
  expectedUntilMs: row.expected_until_ms,
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
      updated_at_ms: database.nowMs as unknown as number,
    }
    await tx
      .insertInto('source_cadence')
      .values({ source: cadence.source, ...stated })
      .onConflict((conflict) => conflict.column('source').doUpdateSet(stated))
      .execute()
  })
}

/** Forgets what was stated of a source. @returns false when nothing was */
export function removeCadence(database: Database, source: string): Promise<boolean> {
  return database.write(async (tx) => {
    const { numDeletedRows } = await tx.deleteFrom('source_cadence').where('source', '=', source).executeTakeFirst()
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
