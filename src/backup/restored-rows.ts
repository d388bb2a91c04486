import { basename, join } from 'node:path'
import type { TaskFile } from '../exports/task-files.ts'
import type { AnyRow } from './database-rows.ts'

/** What is in a backup beside the tables, and where it goes. */
export type Restored = { artifactKeys: ReadonlySet<string>; spoolNames: ReadonlySet<string>; spoolDirectory: string }

/**
 * A row as it is after the restore: nobody works on anything, what had no rows that count has none, and what is not in the
 * backup is not there.
 */
export function restoredRow(table: string, row: AnyRow, restored: Restored): AnyRow {
  if (table === 'load') return restoredLoad(row)
  if (table === 'batch') return restoredBatch(row, restored)
  if (table === 'export_task') return restoredTask(row, restored)
  return row
}

/** Rows of loads that do not count are not in a backup: the warehouse has none of them to remove. */
function restoredLoad(row: AnyRow): AnyRow {
  if (row['state'] !== 'visible') return { ...row, state: 'purged' }
  return row['roll_up'] === 'done' ? row : { ...row, roll_up: 'none' }
}

function restoredBatch(row: AnyRow, { spoolNames, spoolDirectory }: Restored): AnyRow {
  const waits = ['collecting', 'queued', 'loading'].includes(String(row['state']))
  if (!waits) return row
  const queued = row['state'] === 'loading' ? { ...row, state: 'queued' } : row
  if (row['content_is_spooled'] !== 1) return queued
  const name = basename(String(row['content_path']))
  if (spoolNames.has(name)) return { ...queued, content_path: join(spoolDirectory, name) }
  const error = 'Its bytes lay with another server than the one that was backed up: deliver it again'
  return { ...row, state: 'failed', idempotency_key: null, error_code: 'FLUXPORT.0102', error_message: error }
}

function restoredTask(row: AnyRow, { artifactKeys }: Restored): AnyRow {
  if (row['state'] === 'processing') return { ...row, state: 'waiting', lease_owner: null, lease_until_ms: null }
  if (row['state'] !== 'success') return row
  const files = JSON.parse(String(row['files_json'] ?? '[]')) as TaskFile[]
  const keys = files.length > 0 ? files.map((file) => file.key) : [String(row['artifact_key'])]
  return keys.every((key) => artifactKeys.has(key)) ? row : { ...row, state: 'expired', artifact_key: null }
}
