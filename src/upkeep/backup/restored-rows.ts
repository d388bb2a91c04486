import { basename, join } from 'node:path'
import type { TaskFile } from '../../exports/run/task-files.ts'
import { parseWebhookUrl } from '../../exports/webhooks/webhook-url.ts'
import { isContentKept } from '../../ledger/batch-outcome.ts'
import type { AnyRow } from '../../ports/database/database-rows.ts'

/** Files of a backup beside the tables, and their destination. */
export type Restored = {
  artifactKeys: ReadonlySet<string>
  spoolNames: ReadonlySet<string>
  spoolDirectory: string
  /** True if this server may post webhooks to private addresses. */
  webhookAllowPrivate: boolean
  /** Ids of batches that waited as a path, collected on the way: their sources find the files anew. */
  batchesOfPaths: Set<unknown>
}

/**
 * A row after the restore: nothing is in progress, loads without counting rows have none, and data outside the backup
 * are missing. Null: the row is left out.
 */
export function restoredRow(table: string, row: AnyRow, restored: Restored): AnyRow | null {
  if (table === 'load') return restoredLoad(row)
  if (table === 'batch') return restoredBatch(row, restored)
  if (table === 'export_task') return restoredTask(row, restored)
  if (table === 'webhook_delivery') return restoredDelivery(row, restored)
  if (table === 'source_file') return restoredSourceFile(row, restored)
  // Their bytes are not in the backup.
  if (table === 'kept_log' || table === 'kept_log_domain') return null
  // This restore sets its own mark.
  if (table === 'counter' && row['name'] === 'restoring') return null
  return row
}

/** A backup has no rows of loads that do not count, so the warehouse has none to remove. */
function restoredLoad(row: AnyRow): AnyRow {
  if (row['state'] !== 'visible') return { ...row, state: 'purged' }
  return row['roll_up'] === 'done' ? row : { ...row, roll_up: 'none' }
}

const pathsAreNotTaken =
  'It waited as a path of the server’s own host, and a backup is not trusted with those: deliver it again'
const bytesAreElsewhere = 'Its bytes lay with another server than the one that was backed up: deliver it again'

/**
 * A path in a backup is never opened or removed: waiting bytes are those in the backup, under the new spool. Otherwise
 * the writer of a path could make the server read any file.
 */
function restoredBatch(row: AnyRow, { spoolNames, spoolDirectory, batchesOfPaths }: Restored): AnyRow {
  const waits = ['collecting', 'queued', 'loading'].includes(String(row['state']))
  const isKept = isContentKept(row as Parameters<typeof isContentKept>[0])
  const name = basename(String(row['content_path']))
  const isHere = row['content_is_spooled'] === 1 && spoolNames.has(name)
  if (!waits && !isKept) return { ...row, content_path: '' }
  if (isHere) {
    const state = row['state'] === 'loading' ? 'queued' : row['state']
    return { ...row, state, content_path: join(spoolDirectory, name) }
  }
  if (!waits) return { ...row, content_path: '' }
  const isPath = row['content_is_spooled'] !== 1
  if (isPath) batchesOfPaths.add(row['id'])
  const failed = { state: 'failed', content_path: '', idempotency_key: null, error_code: 'FLUXPORT.0102' }
  return { ...row, ...failed, error_message: isPath ? pathsAreNotTaken : bytesAreElsewhere }
}

function restoredTask(row: AnyRow, { artifactKeys }: Restored): AnyRow {
  if (row['state'] === 'processing') return { ...row, state: 'waiting', lease_owner: null, lease_until_ms: null }
  if (row['state'] !== 'success') return row
  const files = JSON.parse(String(row['files_json'] ?? '[]')) as TaskFile[]
  const keys = files.length > 0 ? files.map((file) => file.key) : [String(row['artifact_key'])]
  return keys.every((key) => artifactKeys.has(key)) ? row : { ...row, state: 'expired', artifact_key: null }
}

/** An address that a create would refuse gets no posts either. Each post checks the address again. */
function restoredDelivery(row: AnyRow, { webhookAllowPrivate }: Restored): AnyRow {
  if (row['state'] !== 'idle' && row['state'] !== 'waiting') return row
  try {
    parseWebhookUrl(String(row['url']), webhookAllowPrivate)
    return row
  } catch {
    return { ...row, state: 'failed', next_at_ms: null }
  }
}

/**
 * A file's row is left out if its batch waited as a path, or its name would leave its directory: the source finds the
 * file anew, and the ledger knows its content if it counts.
 */
function restoredSourceFile(row: AnyRow, { batchesOfPaths }: Restored): AnyRow | null {
  const path = String(row['path'])
  const leaves = path.startsWith('/') || path.split('/').some((part) => part === '..' || part === '.')
  return leaves || (row['state'] === 'queued' && batchesOfPaths.has(row['batch_id'])) ? null : row
}
