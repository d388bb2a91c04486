import { stat } from 'node:fs/promises'
import { attach } from '../backup/attach.ts'
import { type BackupManifest, verifyBackup } from '../backup/backup-form.ts'
import { createBackup } from '../backup/create-backup.ts'
import { restoreBackup } from '../backup/restore-backup.ts'
import type { Config } from '../config.ts'
import { createLogger } from '../logger.ts'
import { bytesText, grouped } from './progress-bar.ts'
import { printAside, say } from './terminal.ts'

/** Makes a backup, beside the server if one runs. */
export async function backup(config: Config, directory: string, withSecrets: boolean): Promise<void> {
  const isEmbedded = config.clickhouseUrl === null || config.databaseUrl === null
  if (isEmbedded && !(await stat(config.dataDir).catch(() => null)))
    throw new Error(`There is no data directory ${config.dataDir}`)
  const parts = await attach(config, createLogger('warn'))
  try {
    const manifest = await untilInterrupted((signal) => createBackup(parts, { directory, withSecrets }, signal))
    say`${directory}: ${describe(manifest)}`
    const advice = 'Its secrets do not open without the master key, which is not in it: keep that elsewhere'
    printAside(withSecrets ? 'It has the master key in it: whoever can read it is an operator' : advice)
  } finally {
    await parts.close()
  }
}

/** Reads all of a backup. */
export async function verify(directory: string): Promise<void> {
  say`${directory}: as made: ${describe(await verifyBackup(directory))}`
}

/** Puts a backup where the configuration says. */
export async function restore(config: Config, directory: string): Promise<void> {
  const log = createLogger('warn')
  const manifest = await untilInterrupted((signal) => restoreBackup(config, directory, log, signal))
  say`${config.dataDir} has ${describe(manifest)}`
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

/** SIGINT and SIGTERM end it with nothing left behind. */
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
