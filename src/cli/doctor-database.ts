import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { Database } from '../ports/database/database.ts'

/** True if the path exists. */
export const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** True if the configured database exists; without it there is nothing to check. */
export const hasDatabase = async (config: Config): Promise<boolean> =>
  config.databaseUrl !== null || (await isThere(join(config.dataDir, 'fluxport.sqlite')))

/**
 * Opens the database without a migration, because a server of another build may run on it, and closes it after the
 * work.
 */
export async function withDatabase<T>(config: Config, work: (database: Database) => Promise<T>): Promise<T> {
  const { openDatabaseAs } = await import('../parts/open-parts.ts')
  const database = await openDatabaseAs(config, async () => undefined)
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}
