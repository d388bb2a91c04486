import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'

/**
 * Makes this process the only owner of a data directory until it ends, in whatever way. The kernel releases SQLite's
 * exclusive lock, so nothing stale is left behind, unlike a file with a process id.
 * @throws Error with one sentence when another process owns the directory
 */
export function lockDirectory(directory: string): { release(): void } {
  const lock = new BetterSqlite3(join(directory, 'lock.sqlite'), { timeout: 0 })
  try {
    lock.exec('begin exclusive')
  } catch (cause) {
    lock.close()
    if (!(cause instanceof BetterSqlite3.SqliteError) || cause.code !== 'SQLITE_BUSY') throw cause
    throw new Error(
      `${ownerOf(directory)} is using the data directory ${directory}. Stop it first, or choose another with --data-dir.`,
      { cause },
    )
  }
  return { release: () => lock.close() }
}

function ownerOf(directory: string): string {
  const processId = processIdIn(join(directory, 'server.json'))
  return processId === null ? 'Another fluxport process' : `Another fluxport process (${processId})`
}

/** The id only decorates the error, so an unreadable file must not hide that error. */
function processIdIn(path: string): number | null {
  try {
    const { process_id: processId } = JSON.parse(readFileSync(path, 'utf8')) as { process_id?: unknown }
    return typeof processId === 'number' ? processId : null
  } catch {
    return null
  }
}
