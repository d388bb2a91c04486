import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * What a backup is: a directory of gzipped JSON lines (the database, a file a table), gzipped blocks in ClickHouse's Native
 * format (the warehouse, a file a table and partition), other files as they are, and `manifest.json`, which is written last.
 * Nothing in it depends on which database, engine or artifact store it was taken from.
 */
export type BackupManifest = {
  form: typeof backupForm
  product_version: string
  created_at: number
  data_version: number
  database: { migrations: string[] }
  warehouse: { schema: number }
  /** Whether the master key is in it, without which no secret opens. */
  has_master_key: boolean
  files: BackupFile[]
}

export type BackupFile = {
  /** Below the backup's directory, with slashes. */
  path: string
  /** Of the file as it lies there. */
  bytes: number
  sha256: string
  /** Rows, for tables. */
  rows?: number
  /** The table that the rows are of, and its columns in their order. */
  table?: string
  columns?: string[]
}

export const backupForm = 1
const manifestName = 'manifest.json'
export const manifestPath = (directory: string) => join(directory, manifestName)
export const digestPath = (directory: string) => join(directory, `${manifestName}.sha256`)
export const digestText = (manifest: string) => `${sha256Of(manifest)}  ${manifestName}\n`
/** Where a backup is while it is made. */
export const unfinishedPath = (directory: string) => `${directory}.unfinished`

/** A backup is not whole, or not one: the sentence names the file. */
export class BackupDamaged extends Error {}

/** @throws BackupDamaged when it is missing, altered, or of a form that this program does not know */
export async function readManifest(directory: string): Promise<BackupManifest> {
  const read = (path: string) =>
    readFile(path, 'utf8').catch((cause) => {
      throw new BackupDamaged(`${path} cannot be read: ${directory} is no backup, or one that was not finished`, {
        cause,
      })
    })
  const text = await read(manifestPath(directory))
  if ((await read(digestPath(directory))) !== digestText(text))
    throw new BackupDamaged(`${manifestPath(directory)} is damaged: its SHA-256 is another`)
  const manifest = JSON.parse(text) as BackupManifest
  if (manifest.form !== backupForm)
    throw new BackupDamaged(
      `The backup has form ${manifest.form}, this program knows ${backupForm}: use a newer fluxport`,
    )
  return manifest
}

/**
 * Reads all of a backup and compares it with its manifest.
 * @throws BackupDamaged naming the first file that is missing or altered
 */
export async function verifyBackup(directory: string): Promise<BackupManifest> {
  const manifest = await readManifest(directory)
  for (const file of manifest.files) {
    const path = join(directory, file.path)
    const found = await stat(path).catch(() => null)
    if (!found) throw new BackupDamaged(`${path} is missing`)
    if (found.size !== file.bytes)
      throw new BackupDamaged(`${path} is damaged: it has ${found.size} bytes instead of ${file.bytes}`)
    if ((await digestOf(path)) !== file.sha256) throw new BackupDamaged(`${path} is damaged: its SHA-256 is another`)
  }
  return manifest
}

const sha256Of = (text: string) => createHash('sha256').update(text).digest('hex')

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  try {
    for await (const piece of createReadStream(path)) hash.update(piece as Buffer)
  } catch (cause) {
    throw new BackupDamaged(`${path} cannot be read`, { cause })
  }
  return hash.digest('hex')
}
