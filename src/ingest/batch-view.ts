import { type Static, Type } from 'typebox'
import { AccountName } from '../accounts/account-names.ts'
import { AppError } from '../errors.ts'
import { Nullable, UnixMs, WholeOrNull } from '../http/schemas.ts'
import type { BatchNumbers } from '../ledger/batch-numbers.ts'
import { headerReasons } from '../ledger/header-lines.ts'
import type { PushRow } from '../ports/database/push-rows.ts'
import type { BatchRow } from '../ports/database/schema.ts'
import type { Asked } from '../ports/warehouse/questions.ts'
import { sqlFile } from '../ports/warehouse/sql-file.ts'

const rejectedOfLoad = sqlFile(import.meta.url, './rejected-of-load.sql')

export const batchesUrl = '/api/v1/log-batches'
export const BatchParams = Type.Object({ batchId: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) })
export const noSuchBatch = () => new AppError('CDN.0003', 'There is no such log batch')

/** Schema of a batch in answers. */
export const Batch = Type.Object({
  batch_id: Type.Integer({
    description: 'Number of the batch; customers see another number than operators, without order',
  }),
  state: Type.Union([
    Type.Literal('queued'),
    Type.Literal('loading'),
    Type.Literal('loaded'),
    Type.Literal('duplicate'),
    Type.Literal('failed'),
    Type.Literal('quarantined'),
    Type.Literal('forgotten'),
  ]),
  account_id: Type.String({ description: 'Account of the log' }),
  account_name: AccountName,
  name: Type.String(),
  source: Type.String(),
  format: Type.String({ description: 'Format as recognised, once loaded' }),
  domain: Nullable(Type.String({ description: 'Domain of lines that name none' })),
  service_area: Type.String(),
  size: Nullable(Type.Integer({ description: 'Delivered bytes, compressed or not' })),
  content_size: Nullable(Type.Integer({ description: 'Bytes after decompression' })),
  lines: Nullable(Type.Integer()),
  requests: Nullable(Type.Integer({ description: 'Lines that count' })),
  rejected_lines: Nullable(
    Type.Integer({ description: 'Lines that do not count: lines = requests + rejected_lines + header_lines' }),
  ),
  header_lines: Nullable(Type.Integer({ description: 'Headers and blank lines, which nobody expects to count' })),
  rejected_by_reason: Nullable(
    Type.Array(Type.Object({ reason: Type.String(), lines: Type.Integer() }), {
      description: 'The most frequent reason first; docs/reference/rejection-reasons.md says what each means',
    }),
  ),
  flux: WholeOrNull('Bytes sent to clients'),
  first_time: Nullable(UnixMs('Earliest request')),
  last_time: Nullable(UnixMs('Latest request')),
  geo_version: Nullable(
    Type.Integer({ description: 'Version of the geographic data that located the clients; null: none did' }),
  ),
  overlap: Nullable(
    Type.Object(
      { requests: Type.Integer(), batch_ids: Type.Array(Type.Integer()) },
      {
        description:
          'Requests that other batches of its source have too, and those batches; this one counts all the same',
      },
    ),
  ),
  client_addresses: Nullable(Type.String({ description: 'Addresses as kept: full or truncated; null: not loaded' })),
  query_strings: Nullable(
    Type.String({ description: 'Query strings as kept: keep, drop, only:NAME,… or without:NAME,…' }),
  ),
  already_loaded_as: Nullable(Type.Integer({ description: 'Batch that has these bytes' })),
  content_sha256: Nullable(Type.String({ description: 'SHA-256 of the decompressed content' })),
  pushes: Nullable(Type.Integer({ description: 'Number of small pushes that are loaded as this batch' })),
  loaded_by: Type.String({ description: 'Access key that delivered it' }),
  create_time: UnixMs('Delivered'),
  load_time: Nullable(UnixMs('Loaded')),
  error: Nullable(Type.Object({ error_code: Type.String(), error_msg: Type.String() })),
  kept_log: Type.Optional(
    Nullable(
      Type.Object(
        { state: Type.Enum(['kept', 'missed']), size: Type.Integer(), until_time: UnixMs('End') },
        { description: 'Its log file, where its source keeps them; missed: there was no room. In lists and alone' },
      ),
    ),
  ),
  progress: Nullable(Type.Object({ read_lines: Type.Integer(), read_bytes: Type.Integer() })),
})

/** A batch as the API answers it, without its rejected lines. */
export type BatchAnswer = Static<typeof Batch>

export const Rejected = Type.Object({
  by_reason: Type.Array(Type.Object({ reason: Type.String(), lines: Type.Integer() })),
  first_lines: Type.Array(
    Type.Object({
      line_number: Type.Integer(),
      reason: Type.String(),
      line: Type.String({ description: 'Cut at 1,000 bytes' }),
    }),
    { description: 'The first 100 rejected lines' },
  ),
})

/** A push of a batch that has a key. */
export const Pushed = Type.Object({
  idempotency_key: Type.String(),
  bytes: Type.Integer({ description: 'Bytes of its lines, decompressed' }),
  create_time: UnixMs('Received'),
})

export const pushedView = (row: PushRow): Static<typeof Pushed> => ({
  idempotency_key: row.idempotency_key,
  bytes: row.bytes,
  create_time: row.created_at_ms,
})

type BatchProgress = Static<typeof Batch>['progress']

export const batchView = (
  row: BatchRow,
  numbers: BatchNumbers,
  progress: BatchProgress = null,
): Static<typeof Batch> => ({
  batch_id: numbers.shown(row.id),
  state: row.state === 'collecting' ? 'queued' : row.state,
  account_id: row.account_id,
  name: row.name,
  source: row.source,
  format: row.format,
  domain: row.default_domain,
  service_area: row.service_area,
  size: row.delivered_bytes,
  content_size: row.end_byte,
  lines: row.lines,
  requests: row.requests,
  rejected_lines: row.rejected_lines,
  header_lines: row.header_lines,
  rejected_by_reason: row.rejected_json === null ? null : rejectedOf(row.rejected_json),
  flux: row.flux_bytes,
  first_time: row.first_time_ms,
  last_time: row.last_time_ms,
  geo_version: row.geo_version && numbers.shown(row.geo_version),
  overlap: overlapOf(row, numbers),
  client_addresses: row.client_addresses,
  query_strings: row.query_strings,
  already_loaded_as: row.duplicate_of && numbers.shown(row.duplicate_of),
  content_sha256: row.content_sha256,
  pushes: row.pushes,
  loaded_by: row.loaded_by,
  create_time: row.created_at_ms,
  load_time: row.loaded_at_ms,
  error:
    row.error_code === null ? null : { error_code: row.error_code, error_msg: numbers.inText(row.error_message ?? '') },
  progress,
})

const overlapOf = ({ overlap_requests: requests, overlap_batches_json: json }: BatchRow, numbers: BatchNumbers) =>
  requests === null ? null : { requests, batch_ids: (JSON.parse(json ?? '[]') as number[]).map(numbers.shown) }

const rejectedOf = (json: string) =>
  (JSON.parse(json) as [string, number][])
    .filter(([reason]) => !headerReasons.includes(reason))
    .map(([reason, lines]) => ({ reason, lines }))

const firstLinesMax = 100

type RejectedRow = { reason: string; lines: number; samples: { line_number: number; line: string }[] }

/** The rejected lines of a load, most frequent reason first. */
export async function readRejected(engine: Asked, loadId: number): Promise<Static<typeof Rejected>> {
  const rows = await engine.rows<RejectedRow>(rejectedOfLoad, { loadId, headerReasons })
  const first = rows.flatMap(({ reason, samples }) => samples.map((sample) => ({ ...sample, reason })))
  return {
    by_reason: rows.map(({ reason, lines }) => ({ reason, lines })),
    first_lines: first.sort((a, b) => a.line_number - b.line_number).slice(0, firstLinesMax),
  }
}
