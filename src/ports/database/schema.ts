import type { Kysely } from 'kysely'
import type { WholeNumber } from '../../exact-json.ts'
import type { Compression } from '../warehouse/decompress.ts'
import type { AccountCommit } from './account-commit.ts'
import type { SourceCadenceRow } from './cadence-row.ts'
import type { CommandDefaults } from './command-defaults.ts'
import type { BatchCountRow, ExportTaskCountRow } from './count-rows.ts'
import type { ExportIdempotencyRow } from './idempotency-row.ts'
import type { BackupPinRow, KeptLogDomainRow, KeptLogRow, LogKeepingRow, RetentionFloorRow } from './keeping-rows.ts'
import type {
  AccountVersionRow,
  ChargeModeRow,
  DomainOwnershipRow,
  DomainRow,
  MayDeliver,
  StatsConfigRow,
} from './ownership-rows.ts'
import type { PushReaderRow, PushRow } from './push-rows.ts'
import type { RelocationRow } from './relocation-row.ts'
import type {
  AccessKeyLife,
  AccountLock,
  AuditEventRow,
  ConsoleLinkRow,
  OwnSecretRow,
  TaskMaker,
} from './security-rows.ts'
import type { LogSourceRow, SourceFileRow } from './source-rows.ts'

/** An owner of domains, keys and tasks; the SDKs call its id the domain id. */
export type AccountRow = AccountLock &
  CommandDefaults &
  AccountCommit & {
    id: string
    name: string
    is_first: number
    created_at_ms: number
    /** Limits of this account; null: the server's. */
    tasks_waiting_max: number | null
    tasks_running_max: number | null
    stored_bytes_max: number | null
    rows_max: number | null
    /** Defaults for creates that name no format or compression; null: csv, none. */
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
  /** JSON array of the domains that an ingest key may push; null: all of its account's. */
  domains_json: string | null
  description: string
  created_at_ms: number
  revoked_at_ms: number | null
}

/**
 * Named counters (`batch`, `load`, `data_version`, `geo_version`, `relocation`, `audit`), each moved in its
 * transaction.
 */
type CounterRow = { name: string; value: number; changed_at_ms: number | null }

/** `collecting`: further pushes may still be added. */
export type BatchState =
  | 'collecting'
  | 'queued'
  | 'loading'
  | 'loaded'
  | 'duplicate'
  | 'failed'
  | 'quarantined'
  | 'forgotten'

export type OverlapRule = 'refuse' | 'accept'

/** A log batch as delivered. Byte positions count decompressed content. */
export type BatchRow = {
  id: number
  state: BatchState
  account_id: string
  loaded_by: string
  name: string
  source: string
  /** The format as asked (`auto` or a name), later as recognised. */
  format: string
  /** The domain of lines that name none. */
  default_domain: string | null
  service_area: string
  /** The zone of times that name none. */
  log_zone: string
  /** JSON array: classes of lines that count although no visitor asked (ingest/formats/line/askers.ts). */
  count_also_json: string
  /** JSON array, the key's own list of domains; null: the key has none. */
  allowed_domains_json: string | null
  /** JSON array, for a loaded file with lines of other domains: the domains that its key might deliver at loading. */
  written_domains_json: string | null
  /** The rule for lines of other domains, which are rejected. */
  may_deliver: MayDeliver
  force: number
  /** The rule for requests that other batches of its source have, too. */
  overlap: OverlapRule
  /** With a larger share of rejected lines it is quarantined (ledger/quarantine.ts); 100: never. */
  rejected_percent_max: number
  /** A file is recognised by its content, a push only by its key. */
  delivery: 'file' | 'push'
  /** Unique in its account and source; null: the push had none. */
  idempotency_key: string | null
  /**
   * SHA-256 of the body under the key (ingest/receive/push-digest.ts); null: unknown, and any body counts as the same.
   */
  pushed_sha256: string | null
  /** The data directory whose process has the bytes. */
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
  /**
   * SHA-256 up to the end of the first line that is neither a comment nor blank; null when that line ends too far away.
   */
  first_line_sha256: string | null
  /** JSON array of [end, digest] of contents that this one begins with (ingest/identify/beginnings.ts). */
  beginnings_json: string | null
  ends_with_newline: number | null
  /** Bytes as delivered, perhaps compressed; `end_byte` counts decompressed ones. */
  delivered_bytes: number | null
  lines: number | null
  requests: number | null
  rejected_lines: number | null
  /** Headers and blank lines (ledger/header-lines.ts): lines = requests + rejected_lines + header_lines. */
  header_lines: number | null
  /** JSON array of [reason, lines] of rejected lines and headers, the most frequent first. */
  rejected_json: string | null
  /** JSON array: pieces of lines at its end, whose rests are in the source's next batch; null: none. */
  open_pieces_json: string | null
  /** Below 2^63. */
  flux_bytes: WholeNumber | null
  first_time_ms: number | null
  last_time_ms: number | null
  /** The version of the geographic data that its addresses were looked up in; null: none. */
  geo_version: number | null
  /**
   * Number of its requests that other batches of its source have, too, and a JSON array of those batches; null: none.
   */
  overlap_requests: number | null
  overlap_batches_json: string | null
  /** The privacy profile at loading (privacy/profile.ts), as in the options; null: the batch is not loaded. */
  client_addresses: 'full' | 'truncated' | null
  query_strings: string | null
  duplicate_of: number | null
  error_code: string | null
  error_message: string | null
  /** For a batch of pushes: the durably received bytes, and the number of pushes; else null. */
  received_bytes: number | null
  pushes: number | null
  attempts: number
  /** Server ends during a first look at the content, plus one for a look in progress (ingest/identify/looks.ts). */
  looks: number
  created_at_ms: number
  updated_at_ms: number
  loaded_at_ms: number | null
}

/**
 * The ledger: which loads count. `pending` and `dead` loads were never visible; a `forgotten` one was until
 * `forgotten_version`; a `purged` one has no rows left in the warehouse. Rows of an `unknown` load were found there by
 * an older ledger, such as a restored one: they count for nobody, and stay until a repair.
 */
type LoadRow = {
  load_id: number
  batch_id: number
  state: 'pending' | 'dead' | 'visible' | 'forgotten' | 'purged' | 'unknown'
  visible_version: number | null
  forgotten_version: number | null
  /** State of the load's rows in the daily URL totals and the hourly geography; `running`: some may be there. */
  roll_up: 'none' | 'running' | 'done'
  /** The data directory whose process writes the load as a copy of another one; null: it is no copy. */
  copied_by: string | null
  /** The id at whose position it counts, for a copy its original's; null: its own (accounts/ownership.ts). */
  counts_as: number | null
}

export type TaskState = 'waiting' | 'processing' | 'success' | 'fail' | 'canceled' | 'expired' | 'deleted'

export type ExportTaskRow = TaskMaker & {
  id: string
  account_id: string
  name: string
  action: string
  state: TaskState
  /** The effective request, as JSON: see exports/request/export-request.ts. */
  request_json: string
  /** The account whose data an operator's task reads, or all (accounts/whose.ts); null: the task's own account. */
  whose: string | null
  data_version: number | null
  /** The version number that its account is shown; null: the data version itself. */
  account_version: number | null
  attempts: number
  /** Fencing token: each claim increments it, and writes with an older one are refused. */
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
  /** Bytes that it may write; they count for the account until the task has ended (exports/run/stored-bytes.ts). */
  reserved_bytes: number
  /** JSON array of every file of the task, the main one first: see exports/run/task-files.ts. */
  files_json: string | null
  /** The manifest's content, except the time at which it was made. */
  manifest_json: string | null
  error_code: string | null
  error_message: string | null
  /** Deadline of a task that waits for final buckets; null: it does not wait, or was not checked yet. */
  final_by_ms: number | null
  /** The first bucket that is not final, for a waiting task. */
  waits_for: string | null
  created_at_ms: number
  updated_at_ms: number
  state_since_ms: number
}

/** A post to send when its task has ended. `idle` until then; `attempts_json` is its log. */
export type WebhookDeliveryRow = {
  task_id: string
  account_id: string
  url: string
  state: 'idle' | 'waiting' | 'delivered' | 'failed'
  attempts: number
  lease_token: number
  attempts_json: string
  /** Time at which its task ended; the server gives up a day later. */
  first_at_ms: number | null
  next_at_ms: number | null
  created_at_ms: number
}

export type Tables = {
  push: PushRow
  push_reader: PushReaderRow
  account: AccountRow
  access_key: AccessKeyRow
  domain: DomainRow
  domain_ownership: DomainOwnershipRow
  account_version: AccountVersionRow
  stats_config: StatsConfigRow
  charge_mode: ChargeModeRow
  counter: CounterRow
  batch: BatchRow
  batch_count: BatchCountRow
  load: LoadRow
  export_task: ExportTaskRow
  export_task_count: ExportTaskCountRow
  export_idempotency: ExportIdempotencyRow
  webhook_delivery: WebhookDeliveryRow
  retention_floor: RetentionFloorRow
  log_keeping: LogKeepingRow
  kept_log: KeptLogRow
  kept_log_domain: KeptLogDomainRow
  source_cadence: SourceCadenceRow
  log_source: LogSourceRow
  source_file: SourceFileRow
  backup_pin: BackupPinRow
  own_secret: OwnSecretRow
  console_link: ConsoleLinkRow
  relocation: RelocationRow
  audit_event: AuditEventRow
}

export type Queries = Kysely<Tables>
