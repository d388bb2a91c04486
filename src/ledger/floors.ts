import { AppError } from '../errors.ts'
import type { Database } from '../ports/database/database.ts'
import type { Queries } from '../ports/database/schema.ts'
import { keptSources, type Source } from './kept-data.ts'

/** First kept time of each source, unix ms; 0: nothing is dropped. */
export type Floors = Readonly<Record<Source, number>>

/** Reads the floors. Older rows may still exist, but count for nobody. */
export async function readFloors(queries: Queries): Promise<Floors> {
  const rows = await queries.selectFrom('retention_floor').selectAll().execute()
  const floorOf = (source: Source) => rows.find((row) => row.source === source)?.first_kept_ms ?? 0
  return Object.fromEntries(keptSources.map((source) => [source, floorOf(source)])) as Floors
}

/** Raises a source's floor for ever. A floor never moves back: dropped data do not return. */
export async function raiseFloor(database: Database, source: Source, firstKeptMs: number): Promise<void> {
  await database.queries
    .insertInto('retention_floor')
    .values({ source, first_kept_ms: firstKeptMs })
    .onConflict((conflict) =>
      conflict
        .column('source')
        .doUpdateSet((eb) => ({ first_kept_ms: eb.ref('excluded.first_kept_ms') }))
        .whereRef('retention_floor.first_kept_ms', '<', 'excluded.first_kept_ms'),
    )
    .execute()
}

/**
 * Requests before this time are not loaded, unix ms. They would return into dropped data, or usage and requests would
 * disagree. Later rollups leave out what they do not keep.
 */
export const firstLoadableMs = (floors: Floors): number => Math.max(floors.request, floors.usage)

/**
 * A replacement loads all lines of a batch again, so they must lie after the floor.
 * @throws AppError FLUXPORT.0302
 */
export async function assertReplaceable(queries: Queries, batchIds: readonly number[]): Promise<void> {
  if (batchIds.length === 0) return
  const firstMs = firstLoadableMs(await readFloors(queries))
  const old = await queries
    .selectFrom('batch')
    .select('id')
    .where('id', 'in', [...batchIds])
    .where('first_time_ms', '<', firstMs)
    .executeTakeFirst()
  if (!old) return
  const first = new Date(firstMs).toISOString()
  const problem = `It would replace batch ${old.id}, whose requests are older than what is kept, which begins at ${first}`
  throw new AppError('FLUXPORT.0302', problem)
}
