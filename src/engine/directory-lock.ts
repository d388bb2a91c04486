import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'

/**
 * Makes this process the only owner of a data directory until it ends, however it ends: SQLite's exclusive lock is the
 * kernel's, so nothing stale is left behind, unlike a file with a process id in it.
 * @throws Error with one sentence when another process owns the directory
 */
export function lockDirectory(directory: string): { release(): void } {
  const lock = new BetterSqlite3(join(directory, 'lock.sqlite'), { timeout: 0 })
  try {
    lock.exec('begin exclusive')
  } catch (cause) {
    lock.close()
    throw new Error(
      `${ownerOf(directory)} is using the data directory ${directory}. Stop it first, or choose another with --data-dir.`,
      { cause },
    )
  }
  return { release: () => lock.close() }
}

function ownerOf(directory: string): string {
  const path = join(directory, 'server.json')
  if (!existsSync(path)) return 'Another fluxport process'
  const { process_id: processId } = JSON.parse(readFileSync(path, 'utf8')) as { process_id?: number }
  return processId ? `Another fluxport process (${processId})` : 'Another fluxport process'
}
