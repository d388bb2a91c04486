import { type Static, Type } from 'typebox'
import { Nullable, UnixMs } from '../../http/schemas.ts'
import type { RelocationRow } from '../../ports/database/relocation-row.ts'
import { type PlannedVersion, type RelocationStep, scopeOf } from './relocation-store.ts'

/** Schema of a relocation in answers. */
export const Relocation = Type.Object({
  relocation_id: Type.Integer(),
  state: Type.Enum(['waiting', 'running', 'done', 'canceled', 'failed']),
  start_time: Nullable(UnixMs('Batches with requests at or after this time')),
  end_time: Nullable(UnixMs('Batches with requests before this time')),
  source: Nullable(Type.String({ description: 'Batches of this source' })),
  batch_ids: Nullable(Type.Array(Type.Integer(), { description: 'These batch ids alone' })),
  older_than_version: Nullable(
    Type.Integer({
      description: 'Batches located with an older version than this; null: with another than the current one',
    }),
  ),
  batches: Type.Integer({ description: 'Batches to locate when the relocation was created' }),
  requests: Type.Integer({ description: 'Of these batches' }),
  batches_done: Type.Integer({ description: 'Batches that have the current version now' }),
  batches_skipped: Type.Integer({
    description: 'Batches that lost requests to retention, or were forgotten meanwhile',
  }),
  batches_failed: Type.Integer({ description: 'Batches that failed and are as they were' }),
  requests_done: Type.Integer({ description: 'Requests of all batches that are done' }),
  requests_moved: Type.Integer({ description: 'Requests whose place changed' }),
  problems: Type.Array(
    Type.Object({
      batch_id: Type.Integer(),
      problem: Type.Enum(['requests_not_kept', 'no_longer_counts', 'does_not_add_up', 'failed']),
    }),
    { description: 'The first 100 batches that were skipped or failed' },
  ),
  error: Nullable(Type.Object({ error_code: Type.String(), error_msg: Type.String() })),
  created_by: Type.String({ description: 'Access key that delivered it' }),
  create_time: UnixMs('Asked'),
  finish_time: Nullable(UnixMs('Ended')),
})

/** The work that a relocation would do. */
export const RelocationPlan = Type.Object({
  geo_version: Type.Integer({ description: 'Version of the current data' }),
  batches: Type.Integer(),
  requests: Type.Integer(),
  batches_not_kept: Type.Integer({
    description: 'Batches among them that would be skipped, since not every request is kept',
  }),
  by_version: Type.Array(
    Type.Object({
      geo_version: Nullable(Type.Integer({ description: 'Null: located with none' })),
      batches: Type.Integer(),
      requests: Type.Integer(),
    }),
    { description: 'Grouped by the version that located them, the oldest first' },
  ),
})

export function relocationView(row: RelocationRow): Static<typeof Relocation> {
  const scope = scopeOf(row)
  const problems = JSON.parse(row.problems_json) as RelocationStep['problems']
  return {
    relocation_id: row.id,
    state: row.state,
    start_time: scope.startTimeMs,
    end_time: scope.endTimeMs,
    source: scope.source,
    batch_ids: scope.batchIds,
    older_than_version: scope.olderThanVersion,
    batches: row.batches,
    requests: row.requests,
    batches_done: row.batches_done,
    batches_skipped: row.batches_skipped,
    batches_failed: row.batches_failed,
    requests_done: row.requests_done,
    requests_moved: row.requests_moved,
    problems: problems.map(([batchId, problem]) => ({ batch_id: batchId, problem })),
    error: row.error_code === null ? null : { error_code: row.error_code, error_msg: row.error_message ?? '' },
    created_by: row.created_by,
    create_time: row.created_at_ms,
    finish_time: row.ended_at_ms,
  }
}

export function planView(version: number, planned: PlannedVersion[]): Static<typeof RelocationPlan> {
  const sum = (of: (one: PlannedVersion) => number) => planned.reduce((total, one) => total + of(one), 0)
  return {
    geo_version: version,
    batches: sum((one) => one.batches),
    requests: sum((one) => one.requests),
    batches_not_kept: sum((one) => one.batchesNotKept),
    by_version: planned.map(({ geoVersion, batches, requests }) => ({ geo_version: geoVersion, batches, requests })),
  }
}
