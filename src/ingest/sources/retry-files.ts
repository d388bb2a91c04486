import type { Database } from '../../ports/database/database.ts'
import type { WatchedSource } from './watched-source.ts'

/**
 * Has failed files tried again at the next look, though they are unchanged.
 * @param path one file's path within the source; null: all of them
 * @returns the number of files
 */
export async function retryFiles(
  { database, nowMs }: { database: Database; nowMs: number },
  source: WatchedSource,
  path: string | null,
): Promise<number> {
  const failed = [...source.known.values()].filter(
    (row) => row.state === 'failed' && row.gone_at_ms === null && (path === null || row.path === path),
  )
  let files = 0
  for (const row of failed) {
    // A look at the same moment may have handed the file over: then it is on its way already.
    const marked = await database.queries
      .updateTable('source_file')
      .set({ retry_at_ms: nowMs })
      .where('owner', '=', source.key.owner)
      .where('source_name', '=', source.key.name)
      .where('path', '=', row.path)
      .where('state', '=', 'failed')
      .executeTakeFirst()
    if (source.known.get(row.path) === row) source.known.set(row.path, { ...row, retry_at_ms: nowMs })
    files += Number(marked.numUpdatedRows)
  }
  return files
}
