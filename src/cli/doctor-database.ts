import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { Database } from '../ports/database/database.ts'

/** Whether a path leads to something. */
export const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** Whether a server's database is where the configuration says: without one there is nothing to look at. */
export const hasDatabase = async (config: Config): Promise<boolean> =>
  config.databaseUrl !== null || (await isThere(join(config.dataDir, 'fluxport.sqlite')))

/** Opens the database as it is, whatever build the server that runs on it is of, and closes it after the work. */
export async function withDatabase<T>(config: Config, work: (database: Database) => Promise<T>): Promise<T> {
  const { openDatabaseAs } = await import('../parts/open-parts.ts')
  const database = await openDatabaseAs(config, async () => undefined)
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}
