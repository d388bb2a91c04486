import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { openSecretBox, type SecretBox } from '../auth/secret-box.ts'
import type { Config } from '../config/config.ts'
import { ConfigError } from '../errors.ts'
import type { Database } from '../ports/database/database.ts'
import { lockDirectory } from '../ports/warehouse/engine/directory-lock.ts'
import { assertMasterKeyOpens, settleMasterKey } from './master-key-file.ts'
import { existingMasterKeyOf, openDatabase } from './open-parts.ts'

/** The database and its secret box, for a command that works without a server. */
type Offline = { database: Database; box: SecretBox; close(): Promise<void> }

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

/**
 * Opens only the database, and locks the data directory meanwhile. Servers may use a database by URL at the same time.
 * @throws Error with a sentence: a server runs on the directory, there is no database, or the master key differs
 */
export async function openOffline(config: Config): Promise<Offline> {
  const ledger = join(config.dataDir, 'fluxport.sqlite')
  if (config.databaseUrl === null && !(await isThere(ledger)))
    throw new ConfigError(`--data-dir (FLUXPORT_DATA_DIR): ${config.dataDir} has no database of a server`)
  const lock = (await isThere(config.dataDir)) ? lockDirectory(config.dataDir) : null
  try {
    const database = await openDatabase(config)
    const close = async () => {
      await database.close()
      lock?.release()
    }
    try {
      await settleMasterKey(config, database)
      const box = openSecretBox(await existingMasterKeyOf(config))
      await assertMasterKeyOpens(database, box)
      return { database, box, close }
    } catch (error) {
      await database.close()
      throw error
    }
  } catch (error) {
    lock?.release()
    throw error
  }
}
