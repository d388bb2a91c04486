import type { Kysely } from 'kysely'
import type { WholeNumber } from '../../exact-json.ts'
import type { Compression } from '../warehouse/decompress.ts'
import type { SourceCadenceRow } from './cadence-row.ts'
import type { AccountVersionRow, DomainOwnershipRow, DomainRow, MayDeliver } from './ownership-rows.ts'
import type { RelocationRow } from './relocation-row.ts'
import type { AccessKeyLife, AccountLock, AuditEventRow, TaskMaker } from './security-rows.ts'
import type { LogSourceRow, SourceFileRow } from './source-rows.ts'

/** Who owns domains and access keys: what the SDKs call the domain id. */
export type AccountRow = AccountLock & {
  id: string
  name: string
  is_first: number
  created_at_ms: number
  /** Limits of this account; null: the server's. */
  tasks_waiting_max: number | null
  tasks_running_max: number | null
  stored_bytes_max: number | null
  rows_max: number | null
  /** What a create has that names no format or compression; null: csv, none. */
  default_format: string | null
  default_compression: string | null
}

export type AccessKeyRow = AccessKeyLife & {
  access_key: string
  account_id: string
  role: 'operator' | 'account' | 'ingest'
  secret_sealed: string
  /** An ingest key's source; null for the other roles. */
  source: string | null
  /** JSON array of the domains an ingest key may push, or null: all of its account's. */
  domains_json: string | null
  description: string
  created_at_ms: number
  revoked_at_ms: number | null
}

/** Named counters, each moved in the transaction that needs it: `batch`, `load`, `data_version`, `geo_version`, `relocation`. */
type CounterRow = { name: string; value: number; changed_at_ms: number | null }

/** `collecting`: pushes are still added to it. */
export type BatchState = 'collecting' | 'queued' | 'loading' | 'loaded' | 'duplicate' | 'failed' | 'forgotten'

export type OverlapRule = 'refuse' | 'accept'

/** A log batch as delivered. Byte positions count decompressed content. */
export type BatchRow = {
  id: number
  state: BatchState
  account_id: string
  loaded_by: string
  name: string
  source: string
  /** As asked (`auto` or a format's name), then as recognised. */
  format: string
  /** The domain of lines that name none. */
  default_domain: string | null
  service_area: string
  /** The zone of times that say none. */
  log_zone: string
  /** JSON array, its key's own list; null: it has none. */
  allowed_domains_json: string | null
  /** Of a loaded file with lines of other domains: those that its key might deliver as it was loaded, JSON array. */
  written_domains_json: string | null
  /** Lines of other domains than these are rejected. */
  may_deliver: MayDeliver
  force: number
  /** What is done when other batches of its source have the same requests. */
  overlap: OverlapRule
  /** A file is known by its content, a push by its key, or by nothing. */
  delivery: 'file' | 'push'
  /** Unique in its account and source; null: the push had none. */
  idempotency_key: string | null
  /** SHA-256 of what the key came with (ingest/push-digest.ts); null: not known, so any body counts as the same. */
  pushed_sha256: string | null
  /** Which data directory's process holds the bytes. */
  owner: string
  content_path: string
  content_is_spooled: number
  compression: Compression
  /** Length of the prefix that the batch covers, when the file was still growing; null: the whole file. */
  content_end_byte: number | null
  /** JSON array of [from, to) byte ranges of the content that this batch contributes. */
  ranges_json: string | null
  /** End of the last range. */
  end_byte: number | null
  /** SHA-256 of the content from byte 0 to `end_byte`. */
  content_sha256: string | null
  /** SHA-256 of the first 4,096 bytes; null when the content is shorter. */
  head_sha256: string | null
  /** SHA-256 up to the end of the first line that is neither a comment nor blank; null when that is not near. */
  first_line_sha256: string | null
  /** JSON array of [end, digest] of contents that this one begins with (ingest/beginnings.ts). */
  beginnings_json: string | null
  ends_with_newline: number | null
  /** Bytes as they came, compressed or not; `end_byte` is their number decompressed. */
  delivered_bytes: number | null
  lines: number | null
  requests: number | null
  rejected_lines: number | null
  /** JSON array of [reason, lines], the most frequent first. */
  rejected_json: string | null
  /** Below 2^63. */
  flux_bytes: WholeNumber | null
  first_time_ms: number | null
  last_time_ms: number | null
  /** The geographic data its addresses were looked up in; null: in none. */
  geo_version: number | null
  /** How many of its requests other batches of its source have, and a JSON array of those; null: none. */
  overlap_requests: number | null
  overlap_batches_json: string | null
  /** Of what its requests were kept (privacy/profile.ts), as the options have it; null: it is not loaded. */
  client_addresses: 'full' | 'truncated' | null
  query_strings: string | null
  duplicate_of: number | null
  error_code: string | null
  error_message: string | null
  /** Of a batch of pushes: bytes that were received for good, and how many pushes they came in; else null. */
  received_bytes: number | null
  pushes: number | null
  attempts: number
  /** Ends of a server during its first look at the content, and one for a look on its way (ingest/looks.ts). */
  looks: number
  created_at_ms: number
  updated_at_ms: number
  loaded_at_ms: number | null
}

/**
 * The ledger: which loads count. `pending` and `dead` loads were never visible; a `forgotten` one was until
 * `forgotten_version`; a `purged` one has no rows left in the warehouse. Rows of an `unknown` one were found there by a ledger
 * that is older than they are: they count for nobody, and stay until a repair.
 */
type LoadRow = {
  load_id: number
  batch_id: number
  state: 'pending' | 'dead' | 'visible' | 'forgotten' | 'purged' | 'unknown'
  visible_version: number | null
  forgotten_version: number | null
  /** Whether the daily URL totals and the hourly geography have the load's rows; while `running`, some. */
  roll_up: 'none' | 'running' | 'done'
  /** Which data directory's process writes it, or wrote it, as the copy of another load; null: it is no copy. */
  copied_by: string | null
  /** The id that it has in the order of counting: a copy its original's; null: its own (accounts/ownership.ts). */
  counts_as: number | null
}

export type TaskState = 'waiting' | 'processing' | 'success' | 'fail' | 'canceled' | 'expired' | 'deleted'

export type ExportTaskRow = TaskMaker & {
  id: string
  account_id: string
  name: string
  action: string
  state: TaskState
  /** The effective request, as JSON: see exports/export-request.ts. */
  request_json: string
  data_version: number | null
  /** What its account is told of the data version; null: the data version itself. */
  account_version: number | null
  attempts: number
  /** Fencing token: moves with every claim; a write with an older one is refused. */
  lease_token: number
  lease_owner: string | null
  lease_until_ms: number | null
  run_at_ms: number
  progress_rows: number
  expected_rows: number | null
  artifact_key: string | null
  file_name: string | null
  artifact_rows: number | null
  artifact_bytes: number | null
  artifact_sha256: string | null
  /** Bytes it may write; they count for the account until the task has ended (exports/stored-bytes.ts). */
  reserved_bytes: number
  /** JSON array of every file of the task, the main one first: see exports/task-files.ts. */
  files_json: string | null
  /** What the manifest says, but for the time it was made. */
  manifest_json: string | null
  error_code: string | null
  error_message: string | null
  /** Until when a task waits for its buckets to be final; null: it does not, or has not looked yet. */
  final_by_ms: number | null
  /** What a waiting task waits for: the first bucket that is not final. */
  waits_for: string | null
  created_at_ms: number
  updated_at_ms: number
  state_since_ms: number
}

/** Tasks per account, moved in the transaction that creates or deletes one: the list's `total` without a scan. */
type ExportTaskCountRow = { account_id: string; tasks: number }

/** Which task an idempotency key answers, for a day. */
type ExportIdempotencyRow = {
  account_id: string
  idempotency_key: string
  body_sha256: string
  task_id: string
  created_at_ms: number
}

/** A post to be made when its task has ended. `idle` until then; `attempts_json` is its log. */
export type WebhookDeliveryRow = {
  task_id: string
  account_id: string
  url: string
  state: 'idle' | 'waiting' | 'delivered' | 'failed'
  attempts: number
  lease_token: number
  attempts_json: string
  /** When the task had ended: a day later we give up. */
  first_at_ms: number | null
  next_at_ms: number | null
  created_at_ms: number
}

/** From when on a source of reports is kept; without a row everything is. */
type RetentionFloorRow = { source: string; first_kept_ms: number }

/** A small push that came under a key, and the batch that it is part of. */
export type PushRow = {
  account_id: string
  source: string
  idempotency_key: string
  batch_id: number
  bytes: number
  /** See `BatchRow`. */
  pushed_sha256: string | null
  created_at_ms: number
}

/** An access key that a push was answered to with a batch of another key of its account: it may ask what became of it. */
type PushReaderRow = { batch_id: number; access_key: string }

/** A backup that is being made: what counts at its version, or later, stays until it ends. */
type BackupPinRow = { id: string; data_version: number; until_ms: number }

/** A secret that the server made for itself, sealed by the master key; several keys of a purpose as JSON (auth/key-ring.ts). */
type OwnSecretRow = { name: string; sealed: string; created_at_ms: number }

export type Tables = {
  push: PushRow
  push_reader: PushReaderRow
  account: AccountRow
  access_key: AccessKeyRow
  domain: DomainRow
  domain_ownership: DomainOwnershipRow
  account_version: AccountVersionRow
  counter: CounterRow
  batch: BatchRow
  load: LoadRow
  export_task: ExportTaskRow
  export_task_count: ExportTaskCountRow
  export_idempotency: ExportIdempotencyRow
  webhook_delivery: WebhookDeliveryRow
  retention_floor: RetentionFloorRow
  source_cadence: SourceCadenceRow
  log_source: LogSourceRow
  source_file: SourceFileRow
  backup_pin: BackupPinRow
  own_secret: OwnSecretRow
  relocation: RelocationRow
  audit_event: AuditEventRow
}

export type Queries = Kysely<Tables>
