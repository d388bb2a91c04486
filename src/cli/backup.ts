import { join, resolve } from 'node:path'
import { offlineActor, recordAlone } from '../audit/audit-log.ts'
import type { Config } from '../config/config.ts'
import { createLogger } from '../logger.ts'
import { attach } from '../parts/attach.ts'
import { keyAtHand } from '../parts/open-parts.ts'
import { type BackupManifest, hasSealOf, verifyBackup } from '../upkeep/backup/backup-form.ts'
import { createBackup } from '../upkeep/backup/create-backup.ts'
import { restoreBackup, verifyRows } from '../upkeep/backup/restore-backup.ts'
import { unsealedText, type Vouched } from '../upkeep/backup/restore-key.ts'
import { isThere } from './doctor-database.ts'
import { bytesText, grouped } from './progress-bar.ts'
import { print, printAside, say, sayAside } from './terminal.ts'

/** Makes a backup, beside the server if one runs. */
export async function backup(config: Config, directory: string, withSecrets: boolean): Promise<void> {
  await assertInstalled(config)
  const parts = await attach(config, createLogger('warn'))
  try {
    const manifest = await untilInterrupted((signal) => createBackup(parts, { directory, withSecrets }, signal))
    const event = { ...offlineActor, action: 'backup.created', object: resolve(directory), outcome: 'done' } as const
    await recordAlone(parts.database, { ...event, after: { with_master_key: withSecrets } })
    say`${directory}: ${describe(manifest)}`
    if (withSecrets) printAside('It has the master key in it: whoever can read it is an operator')
    for (const sentence of manifest.not_in_backup ?? []) sayAside`${sentence}`
  } finally {
    await parts.close()
  }
}

/** @throws Error when the directory is none of a server: opening the parts would make an empty installation of it */
async function assertInstalled({ dataDir, databaseUrl, clickhouseUrl }: Config): Promise<void> {
  const advice = 'Name the directory of the server by --data-dir'
  const isEmbedded = clickhouseUrl === null || databaseUrl === null
  if (isEmbedded && !(await isThere(dataDir))) throw new Error(`There is no data directory ${dataDir}. ${advice}`)
  const lacks = async (name: string) => !(await isThere(join(dataDir, name)))
  const missing = [
    ...(databaseUrl === null && (await lacks('fluxport.sqlite')) ? ['database (fluxport.sqlite)'] : []),
    ...(clickhouseUrl === null && (await lacks('engine')) ? ['engine (engine/)'] : []),
  ]
  if (missing.length > 0)
    throw new Error(`${dataDir} has no ${missing.join(' and no ')}: no server has run on it. ${advice}`)
}

/**
 * Reads a whole backup, checks its rows by the rules of a restore, and its seal if the master key is at hand.
 * @param acceptsUnsealed the operator trusts the storage: the remover of a seal may have altered everything and its
 *   digests
 * @throws Error with a sentence, before anything is printed
 */
export async function verify(config: Config, directory: string, acceptsUnsealed: boolean): Promise<void> {
  const read = await verifyBackup(directory)
  await verifyRows(read)
  const box = await keyAtHand(config)
  const isVouched = box !== null && hasSealOf(box, read)
  if (read.seal === null && !acceptsUnsealed) throw new Error(unsealedText)
  say`${directory}: as made: ${describe(read.manifest)}`
  const byDigest = 'compared by its digests alone: nothing is damaged, but who altered it may have altered those too'
  if (isVouched) print('Its seal is of this master key: nobody else made or altered it')
  else if (read.seal === null) print(`It has no seal: ${byDigest}`)
  else print(`The master key is not at hand (--master-key): ${byDigest}`)
  for (const sentence of read.manifest.not_in_backup ?? []) say`When it was made: ${sentence}`
}

const vouchedText: Record<Vouched, string> = {
  sealed: 'Its seal is of this master key: nobody else made or altered it',
  'sealed by its own key':
    'Its seal is of the key that lies in it: it is not damaged; who made it, the seal does not say',
  unsealed: 'It had no seal: look at the keys and their roles (fluxport keys) before anybody uses it',
}

/** Restores a backup to the configured parts. */
export async function restore(config: Config, directory: string, acceptsUnsealed: boolean): Promise<void> {
  const log = createLogger('warn')
  const { manifest, vouched } = await untilInterrupted((signal) =>
    restoreBackup(config, directory, { acceptsUnsealed, log }, signal),
  )
  say`${config.dataDir} has ${describe(manifest)}`
  print(vouchedText[vouched])
}

function describe({ files, data_version: version, created_at: createdAtMs }: BackupManifest): string {
  const rows = files.reduce(
    (sum, file) => sum + (file.table && file.path.startsWith('warehouse/') ? (file.rows ?? 0) : 0),
    0,
  )
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const made = new Date(createdAtMs).toISOString()
  return `data version ${version}, ${grouped(rows)} rows, ${grouped(files.length)} files, ${bytesText(bytes)}, made ${made}`
}

/** SIGINT and SIGTERM end the work, which then removes its files. */
async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  const interrupt = () => stop.abort(new Error('Interrupted'))
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  try {
    return await work(stop.signal)
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}
