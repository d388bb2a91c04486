import { createHash } from 'node:crypto'
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import {
  type BackupManifest,
  digestPath,
  digestText,
  manifestPath,
  sealPath,
} from '../../src/upkeep/backup/backup-form.ts'

/** A copy of a backup, to be altered by somebody who can write to it and knows no key: digests fit, the seal is gone. */
export type AlteredBackup = {
  path: string
  manifest: BackupManifest
  /** Puts other bytes in a file's place, and other digests. */
  put(path: string, bytes: Buffer): Promise<void>
  /** Changes rows of a table of the database. */
  rows(table: string, change: (rows: Record<string, unknown>[]) => unknown[]): Promise<void>
  /** Writes the manifest as it is now. */
  finish(): Promise<void>
}

export async function alterBackup(from: string, to: string): Promise<AlteredBackup> {
  await rm(to, { recursive: true, force: true })
  await cp(from, to, { recursive: true })
  await rm(sealPath(to))
  const manifest = JSON.parse(await readFile(manifestPath(to), 'utf8')) as BackupManifest
  const put = async (path: string, bytes: Buffer) => {
    await writeFile(join(to, path), bytes)
    const file = manifest.files.find((one) => one.path === path)
    if (!file) throw new Error(`no file ${path}`)
    Object.assign(file, { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
  }
  return {
    path: to,
    manifest,
    put,
    rows: async (table, change) => {
      const path = `database/${table}.jsonl.gz`
      const lines = gunzipSync(await readFile(join(to, path)))
        .toString('utf8')
        .split('\n')
        .filter((line) => line !== '')
      const rows = change(lines.map((line) => JSON.parse(line)))
      await put(path, gzipSync(rows.map((row) => `${JSON.stringify(row)}\n`).join('')))
      const file = manifest.files.find((one) => one.path === path)
      if (file) file.rows = rows.length
    },
    finish: async () => {
      const text = JSON.stringify(manifest)
      await writeFile(manifestPath(to), text)
      await writeFile(digestPath(to), digestText(text))
    },
  }
}
