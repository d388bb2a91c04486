import type { DataVersion } from '../../ledger/data-version.ts'
import type { Database } from '../../ports/database/database.ts'
import type { ExportTaskRow } from '../../ports/database/schema.ts'
import type { Manifest } from './manifest.ts'
import type { TaskFile } from './task-files.ts'

/** A worker's claim on a task. Every write names the token, and a write with an older token is refused. */
export type Claim = { task: ExportTaskRow; leaseToken: number; version: DataVersion }

/** A task's main file, and all of its files. */
export type Artifact = {
  key: string
  fileName: string
  rows: number
  bytes: number
  sha256: string
  files?: TaskFile[]
  manifest?: Manifest
}

/** The task as this claim holds it; matches nothing once another claim, or the reaper, has taken the task. */
export const heldTask = (database: Database, claim: Claim) =>
  database.queries
    .updateTable('export_task')
    .where('id', '=', claim.task.id)
    .where('lease_token', '=', claim.leaseToken)
    .where('state', '=', 'processing')
