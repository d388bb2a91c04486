import { link, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { opensSecrets } from '../accounts/reseal.ts'
import { loadMasterKey, openSecretBox, type SecretBox } from '../auth/secret-box.ts'
import type { Config } from '../config/config.ts'
import { syncDirectory } from '../disk/sync-directory.ts'
import { ConfigError, codeOf } from '../errors.ts'
import type { Database } from '../ports/database/database.ts'

/**
 * A new master key lies beside the old one from before anything is sealed under it until it has taken its place. A process
 * that is killed in between leaves both, and the database says which is the one.
 */
const newKeyPath = (dataDir: string) => join(dataDir, 'master.key.new')
const keyPath = (dataDir: string) => join(dataDir, 'master.key')

/** It has its name once it is whole: a cut one would be nobody's key, and stop every start. */
const partPath = (dataDir: string) => `${newKeyPath(dataDir)}.part`

/** Writes a key down beside the one that counts; on disk once this resolves. */
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
 * Ends what a reseal began: the new key takes the old one's place when the database is sealed under it, and goes when it is
 * not. The old one stays under a name with its last day, as backups of before open with it alone.
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

/** A settling that was killed has linked it already, or there is none. */
function whenThere(error: unknown): void {
  const code = codeOf(error)
  if (code !== 'EEXIST' && code !== 'ENOENT') throw error
}

/** @throws ConfigError when the master key opens nothing that is sealed in the database */
export async function assertMasterKeyOpens(database: Database, box: SecretBox): Promise<void> {
  if ((await opensSecrets(database.queries, box)) !== false) return
  throw new ConfigError(
    '--master-key (FLUXPORT_MASTER_KEY): no secret in the database opens with this master key. After a change of it ' +
      '(fluxport keys reseal) every server needs the new one; one that is restored needs the backup’s',
  )
}
