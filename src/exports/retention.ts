import type { Database } from '../database/database.ts'
import { AppError } from '../errors.ts'
import type { Source } from './reports/report.ts'

/**
 * Nothing is answered out of data that is not there any more.
 * @throws AppError FLUXPORT.0301 naming the first time from which on everything is kept
 */
export async function assertKept(database: Database, sources: Source[], startTimeMs: number): Promise<void> {
  const floors = await database.queries
    .selectFrom('retention_floor')
    .select('first_kept_ms')
    .where('source', 'in', sources)
    .where('first_kept_ms', '>', startTimeMs)
    .execute()
  if (floors.length === 0) return
  const first = new Date(Math.max(...floors.map((floor) => floor.first_kept_ms))).toISOString()
  throw new AppError('FLUXPORT.0301', `The parameter start_time is invalid: data is kept from ${first} on`)
}
