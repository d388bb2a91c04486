import type { Transaction } from 'kysely'
import type { WholeNumber } from '../../exact-json.ts'
import { type Database, nextValue } from '../../ports/database/database.ts'
import type { RelocationRow, RelocationState } from '../../ports/database/relocation-row.ts'
import type { Queries, Tables } from '../../ports/database/schema.ts'

/** The selection of batches; null: no limit. A batch matches a time range when any of its requests may lie in it. */
export type RelocationScope = {
  startTimeMs: number | null
  /** Exclusive. */
  endTimeMs: number | null
  source: string | null
  batchIds: number[] | null
  /**
   * Only batches located with an older version than this; null: all located with another version than the current one.
   */
  olderThanVersion: number | null
}

/** A counting batch, and its load. */
export type BatchToRelocate = {
  batchId: number
  loadId: number
  serviceArea: string
  geoVersion: number | null
  requests: number
  fluxBytes: WholeNumber
  /** With headers and blank lines, as the warehouse has them. */
  rejectedLines: number
  firstTimeMs: number
}

/**
 * The reason for leaving a batch unchanged: its requests are not all kept, it was forgotten meanwhile, its copy
 * differed, or the warehouse failed.
 */
export type RelocationProblem = 'requests_not_kept' | 'no_longer_counts' | 'does_not_add_up' | 'failed'
/** Problems that are no failures. */
const skippedFor: readonly RelocationProblem[] = ['requests_not_kept', 'no_longer_counts']

/** Outcome of a step: all batches of the scope up to the last one. */
export type RelocationStep = {
  lastBatchId: number
  /** Batches that now have the current version. */
  done: number
  requests: number
  moved: number
  problems: [batchId: number, problem: RelocationProblem][]
}

/** Most problems that are named; the counts include all. */
const problemsMax = 100

/** The relocation was canceled meanwhile: nothing more of it may be done. */
export class RelocationEnded extends Error {}

/** Batches still to be looked up in `version`. Batches without requests need no look-up. */
const batchesOf = (queries: Queries, scope: RelocationScope, version: number) =>
  queries
    .selectFrom('batch')
    .innerJoin('load', 'load.batch_id', 'batch.id')
    .where('batch.state', '=', 'loaded')
    .where('load.state', '=', 'visible')
    .where('batch.requests', '>', 0)
    .where((eb) =>
      eb.or([
        eb('batch.geo_version', 'is', null),
        scope.olderThanVersion === null
          ? eb('batch.geo_version', '<>', version)
          : eb('batch.geo_version', '<', scope.olderThanVersion),
      ]),
    )
    .$if(scope.startTimeMs !== null, (query) => query.where('batch.last_time_ms', '>=', scope.startTimeMs))
    .$if(scope.endTimeMs !== null, (query) => query.where('batch.first_time_ms', '<', scope.endTimeMs))
    .$if(scope.source !== null, (query) => query.where('batch.source', '=', scope.source as string))
    .$if(scope.batchIds !== null, (query) => query.where('batch.id', 'in', scope.batchIds as number[]))

/** Work by the version that batches were located with; null: with none. */
export type PlannedVersion = { geoVersion: number | null; batches: number; requests: number; batchesNotKept: number }

/** @param firstKeptMs a batch with an older request is skipped */
export async function planRelocation(
  queries: Queries,
  scope: RelocationScope,
  version: number,
  firstKeptMs: number,
): Promise<PlannedVersion[]> {
  const rows = await batchesOf(queries, scope, version)
    .select((eb) => [
      'batch.geo_version',
      eb.fn.countAll<number>().as('batches'),
      eb.fn.sum<number>('batch.requests').as('requests'),
      eb.fn
        .sum<number>(eb.case().when('batch.first_time_ms', '<', firstKeptMs).then(1).else(0).end())
        .as('batches_not_kept'),
    ])
    .groupBy('batch.geo_version')
    .execute()
  return rows
    .map((row) => ({
      geoVersion: row.geo_version,
      batches: Number(row.batches),
      requests: Number(row.requests),
      batchesNotKept: Number(row.batches_not_kept),
    }))
    .sort((a, b) => (a.geoVersion ?? 0) - (b.geoVersion ?? 0))
}

/** Records a relocation, durably, as waiting. */
export function createRelocation(
  database: Database,
  asked: { owner: string; createdBy: string; scope: RelocationScope; batches: number; requests: number },
): Promise<RelocationRow> {
  return database.write(async (tx) => {
    const id = await nextValue(tx, 'relocation')
    return await tx
      .insertInto('relocation')
      .values({
        id,
        state: 'waiting',
        owner: asked.owner,
        created_by: asked.createdBy,
        scope_json: JSON.stringify(asked.scope),
        batches: asked.batches,
        requests: asked.requests,
        last_batch_id: 0,
        batches_done: 0,
        batches_skipped: 0,
        batches_failed: 0,
        requests_done: 0,
        requests_moved: 0,
        problems_json: '[]',
        created_at_ms: database.nowMs,
        updated_at_ms: database.nowMs,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
  })
}

export const scopeOf = (row: RelocationRow): RelocationScope => JSON.parse(row.scope_json) as RelocationScope

/** A relocation by id, or undefined. */
export const findRelocation = (queries: Queries, id: number): Promise<RelocationRow | undefined> =>
  queries.selectFrom('relocation').selectAll().where('id', '=', id).executeTakeFirst()

/** Newest first. */
export const listRelocations = (queries: Queries, limit: number): Promise<RelocationRow[]> =>
  queries.selectFrom('relocation').selectAll().orderBy('id', 'desc').limit(limit).execute()

const unfinished: RelocationState[] = ['waiting', 'running']

/**
 * The oldest unfinished relocation of a data directory's process, or undefined. One that a killed process began
 * continues.
 */
export async function takeRelocation(database: Database, owner: string): Promise<RelocationRow | undefined> {
  const next = await database.queries
    .selectFrom('relocation')
    .selectAll()
    .where('owner', '=', owner)
    .where('state', 'in', unfinished)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  if (next?.state !== 'waiting') return next
  return await database.queries
    .updateTable('relocation')
    .set({ state: 'running' })
    .where('id', '=', next.id)
    .where('state', '=', 'waiting')
    .returningAll()
    .executeTakeFirst()
}

/** The next batches of a relocation, as many as one step does: at least one, unless none is left. By id. */
export async function nextBatches(
  queries: Queries,
  relocation: RelocationRow,
  version: number,
  max: { batches: number; requests: number },
): Promise<BatchToRelocate[]> {
  const rows = await batchesOf(queries, scopeOf(relocation), version)
    .select(['batch.id', 'load.load_id', 'batch.service_area', 'batch.geo_version', 'batch.requests'])
    .select(['batch.flux_bytes', 'batch.rejected_lines', 'batch.header_lines', 'batch.first_time_ms'])
    .where('batch.id', '>', relocation.last_batch_id)
    .orderBy('batch.id')
    .limit(max.batches)
    .execute()
  const taken: typeof rows = []
  let requests = 0
  for (const row of rows) {
    requests += row.requests ?? 0
    if (taken.length > 0 && requests > max.requests) break
    taken.push(row)
  }
  return taken.map((row) => ({
    batchId: row.id,
    loadId: row.load_id,
    serviceArea: row.service_area,
    geoVersion: row.geo_version,
    requests: row.requests ?? 0,
    fluxBytes: row.flux_bytes ?? 0,
    rejectedLines: (row.rejected_lines ?? 0) + (row.header_lines ?? 0),
    firstTimeMs: row.first_time_ms ?? 0,
  }))
}

/** Records a step, in the transaction in which it takes effect. @throws RelocationEnded */
export async function recordStep(
  tx: Transaction<Tables>,
  database: Database,
  id: number,
  step: RelocationStep,
): Promise<void> {
  const before = await tx
    .selectFrom('relocation')
    .select(['problems_json'])
    .where('id', '=', id)
    .where('state', '=', 'running')
    .executeTakeFirst()
  if (!before) throw new RelocationEnded()
  const problems = [...(JSON.parse(before.problems_json) as RelocationStep['problems']), ...step.problems]
  const skipped = step.problems.filter(([, problem]) => skippedFor.includes(problem)).length
  const result = await tx
    .updateTable('relocation')
    .set((eb) => ({
      last_batch_id: step.lastBatchId,
      batches_done: eb('batches_done', '+', step.done),
      batches_skipped: eb('batches_skipped', '+', skipped),
      batches_failed: eb('batches_failed', '+', step.problems.length - skipped),
      requests_done: eb('requests_done', '+', step.requests),
      requests_moved: eb('requests_moved', '+', step.moved),
      problems_json: JSON.stringify(problems.slice(0, problemsMax)),
      updated_at_ms: database.nowMs,
    }))
    .where('id', '=', id)
    .where('state', '=', 'running')
    .executeTakeFirst()
  if (result.numUpdatedRows !== 1n) throw new RelocationEnded()
}

/** Ends a relocation. @returns false when it has ended already, or is unknown */
export async function endRelocation(
  database: Database,
  id: number,
  end: { state: 'done' | 'canceled' } | { state: 'failed'; error_code: string; error_message: string },
): Promise<boolean> {
  const result = await database.queries
    .updateTable('relocation')
    .set({ ...end, updated_at_ms: database.nowMs, ended_at_ms: database.nowMs })
    .where('id', '=', id)
    .where('state', 'in', unfinished)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}
