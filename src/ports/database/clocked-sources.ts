import type { Queries } from './schema.ts'

/** Sources whose buckets become final by the clock alone, as their number of files is stated. */
export const sourcesByTheClock = (queries: Queries) =>
  queries
    .selectFrom('source_cadence')
    .select('source')
    .where((eb) => eb.or([eb('files_per_hour', 'is not', null), eb('files_per_day', 'is not', null)]))
