import type { Database } from '../../../ports/database/database.ts'
import type { SourceFileRow } from '../../../ports/database/source-rows.ts'
import type { SourceKey } from '../files/file-store.ts'

/** Most rows of one statement, within the limits of bound values of SQLite and PostgreSQL. */
const pathsAtOnce = 1_000

/** Known objects of a bucket, looked up as they are listed: there may be millions. */
export type BucketMemory = {
  /** Rows of known objects, by path. */
  of(paths: readonly string[]): Promise<Map<string, SourceFileRow>>
  /** Marks objects as seen. */
  markSeen(paths: readonly string[], nowMs: number): Promise<void>
  /** Forgets objects that were not seen since a time; the ledger still knows their content. */
  forgetUnseen(sinceMs: number): Promise<void>
  readCursor(): Promise<string | null>
  saveCursor(cursor: string): Promise<void>
}

export function bucketMemory({ queries }: Database, key: SourceKey): BucketMemory {
  const files = () =>
    queries.selectFrom('source_file').selectAll().where('owner', '=', key.owner).where('source_name', '=', key.name)
  return {
    of: async (paths) => {
      const rows: SourceFileRow[] = []
      for (let at = 0; at < paths.length; at += pathsAtOnce) {
        const some = paths.slice(at, at + pathsAtOnce)
        rows.push(...(await files().where('path', 'in', some).execute()))
      }
      return new Map(rows.map((row) => [row.path, row]))
    },
    markSeen: async (paths, nowMs) => {
      if (paths.length === 0) return
      await queries
        .updateTable('source_file')
        .set({ seen_at_ms: nowMs })
        .where('owner', '=', key.owner)
        .where('source_name', '=', key.name)
        .where('path', 'in', [...paths])
        .execute()
    },
    forgetUnseen: async (sinceMs) => {
      await queries
        .deleteFrom('source_file')
        .where('owner', '=', key.owner)
        .where('source_name', '=', key.name)
        .where('state', '=', 'loaded')
        .where('seen_at_ms', '<', sinceMs)
        .execute()
    },
    readCursor: async () => {
      const row = await queries
        .selectFrom('log_source')
        .select('cursor')
        .where('owner', '=', key.owner)
        .where('name', '=', key.name)
        .executeTakeFirst()
      return row?.cursor ?? null
    },
    saveCursor: async (cursor) => {
      await queries
        .updateTable('log_source')
        .set({ cursor })
        .where('owner', '=', key.owner)
        .where('name', '=', key.name)
        .execute()
    },
  }
}
