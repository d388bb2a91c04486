import { AppError } from '../errors.ts'
import type { Database } from '../ports/database/database.ts'
import type { Queries } from '../ports/database/schema.ts'
import { keptSources, type Source } from './kept-data.ts'

/** From when on each source is kept, unix ms; 0: everything is. */
export type Floors = Readonly<Record<Source, number>>

/** What the database says is kept. What lies before may be there still, and counts for nobody. */
export async function readFloors(queries: Queries): Promise<Floors> {
  const rows = await queries.selectFrom('retention_floor').selectAll().execute()
  const floorOf = (source: Source) => rows.find((row) => row.source === source)?.first_kept_ms ?? 0
  return Object.fromEntries(keptSources.map((source) => [source, floorOf(source)])) as Floors
}

/** Says, for ever, that a source is kept from a time on only. It never moves back: what was dropped does not return. */
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
 * Requests before this are not loaded, unix ms: they would come back into what was dropped, and usage without its requests,
 * or the reverse, would not add up. The rollups that a load gets later leave out what they do not keep by themselves.
 */
export const firstLoadableMs = (floors: Floors): number => Math.max(floors.request, floors.usage)

/**
 * A batch is replaced by one that has all of its lines again: they must be young enough to be loaded again.
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
