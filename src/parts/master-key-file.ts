import { link, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { opensSecrets } from '../accounts/reseal.ts'
import { loadMasterKey, openSecretBox, type SecretBox } from '../auth/secret-box.ts'
import type { Config } from '../config/config.ts'
import { syncDirectory } from '../disk/sync-directory.ts'
import { ConfigError, codeOf } from '../errors.ts'
import type { Database } from '../ports/database/database.ts'

/**
 * A new master key lies beside the old one from before the first sealing under it until it replaces the old one. A
 * process killed in between leaves both files, and the database decides which one is right.
 */
const newKeyPath = (dataDir: string) => join(dataDir, 'master.key.new')
const keyPath = (dataDir: string) => join(dataDir, 'master.key')

/** A key is renamed once it is whole: a cut one would match nothing and stop every start. */
const partPath = (dataDir: string) => `${newKeyPath(dataDir)}.part`

/** Stores a new key beside the present one; on disk once this resolves. */
export async function placeNewKey(dataDir: string, key: Buffer): Promise<void> {
  const path = partPath(dataDir)
  await rm(path, { force: true })
  const file = await open(path, 'wx', 0o600)
  try {
    await file.chmod(0o600)
    await file.writeFile(`${key.toString('base64')}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(path, newKeyPath(dataDir))
  await syncDirectory(dataDir)
}

/**
 * Completes a reseal. The new key replaces the old one if the database is sealed under it, and is removed if it is not.
 * The old key stays under a name with its last day, because only it opens earlier backups.
 */
export async function settleMasterKey(config: Config, database: Database): Promise<void> {
  if (config.masterKey !== null) return
  await rm(partPath(config.dataDir), { force: true })
  const path = newKeyPath(config.dataDir)
  const isThere = await open(path, 'r').then(
    (file) => file.close().then(() => true),
    () => false,
  )
  if (!isThere) return
  const box = openSecretBox(await loadMasterKey(path))
  if ((await opensSecrets(database.queries, box)) === true) {
    const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')
    await link(keyPath(config.dataDir), `${keyPath(config.dataDir)}.until-${stamp}`).catch(whenThere)
    await rename(path, keyPath(config.dataDir))
  } else await rm(path)
  await syncDirectory(config.dataDir)
}

/** A killed settling has linked it already, or there is none. */
function whenThere(error: unknown): void {
  const code = codeOf(error)
  if (code !== 'EEXIST' && code !== 'ENOENT') throw error
}

/** @throws ConfigError when the master key opens no sealed secret of the database */
export async function assertMasterKeyOpens(database: Database, box: SecretBox): Promise<void> {
  if ((await opensSecrets(database.queries, box)) !== false) return
  throw new ConfigError(
    '--master-key (FLUXPORT_MASTER_KEY): no secret in the database opens with this master key. After a change of it ' +
      '(fluxport keys reseal) every server needs the new one; one that is restored needs the backup’s',
  )
}
