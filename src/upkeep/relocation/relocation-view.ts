import { type Static, Type } from 'typebox'
import { Nullable, UnixMs } from '../../http/schemas.ts'
import type { RelocationRow } from '../../ports/database/relocation-row.ts'
import { type PlannedVersion, type RelocationStep, scopeOf } from './relocation-store.ts'

/** How a relocation is shown. */
export const Relocation = Type.Object({
  relocation_id: Type.Integer(),
  state: Type.Enum(['waiting', 'running', 'done', 'canceled', 'failed']),
  start_time: Nullable(UnixMs('Batches with requests from here on')),
  end_time: Nullable(UnixMs('Batches with requests before this')),
  source: Nullable(Type.String({ description: 'Of this source' })),
  batch_ids: Nullable(Type.Array(Type.Integer(), { description: 'Of these' })),
  older_than_version: Nullable(
    Type.Integer({ description: 'Located with older data; null: with other than the current' }),
  ),
  batches: Type.Integer({ description: 'That there were to look up when it was asked' }),
  requests: Type.Integer({ description: 'Of these batches' }),
  batches_done: Type.Integer({ description: 'That are of the current data now' }),
  batches_skipped: Type.Integer({
    description: 'Of which not every request is kept, or that were forgotten meanwhile',
  }),
  batches_failed: Type.Integer({ description: 'That could not be looked up, and are as they were' }),
  requests_done: Type.Integer({ description: 'Of all batches that were dealt with' }),
  requests_moved: Type.Integer({ description: 'That are elsewhere now' }),
  problems: Type.Array(
    Type.Object({
      batch_id: Type.Integer(),
      problem: Type.Enum(['requests_not_kept', 'no_longer_counts', 'does_not_add_up', 'failed']),
    }),
    { description: 'The first 100 batches that were skipped or failed' },
  ),
  error: Nullable(Type.Object({ error_code: Type.String(), error_msg: Type.String() })),
  created_by: Type.String({ description: 'The access key' }),
  create_time: UnixMs('Asked'),
  finish_time: Nullable(UnixMs('Ended')),
})

/** What a relocation would look up. */
export const RelocationPlan = Type.Object({
  geo_version: Type.Integer({ description: 'The current data' }),
  batches: Type.Integer(),
  requests: Type.Integer(),
  batches_not_kept: Type.Integer({ description: 'Of these, batches that would be skipped: not every request is kept' }),
  by_version: Type.Array(
    Type.Object({
      geo_version: Nullable(Type.Integer({ description: 'Null: located with none' })),
      batches: Type.Integer(),
      requests: Type.Integer(),
    }),
    { description: 'By the data that they were located with, the oldest first' },
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
