import { createHash, createHmac } from 'node:crypto'
import { join } from 'node:path'
import type { SecretBox } from '../../auth/secret-box.ts'
import { equalsDigest } from '../../auth/signature.ts'
import { BackupDamaged } from './backup-damaged.ts'
import { type BackupManifest, backupForm, ManifestRefused, manifestOf } from './manifest-rules.ts'
import { assertNothingElse, backupRoot, listedBytes, readListed } from './read-listed.ts'

export type { BackupFile, BackupManifest } from './manifest-rules.ts'
export { backupForm } from './manifest-rules.ts'

const manifestName = 'manifest.json'
export const manifestPath = (directory: string) => join(directory, manifestName)
export const digestPath = (directory: string) => join(directory, `${manifestName}.sha256`)
export const digestText = (manifest: string) => `${sha256Of(manifest)}  ${manifestName}\n`
/** Directory of a backup while it is made. */
export const unfinishedPath = (directory: string) => `${directory}.unfinished`

/** The manifest's seal: an HMAC under the master key that also seals the backup's secrets. */
export const sealPath = (directory: string) => join(directory, `${manifestName}.seal`)
export const sealText = (box: SecretBox, manifest: string) => `v1 ${sealOf(box, manifest).toString('hex')}\n`
const sealOf = (box: SecretBox, manifest: string) =>
  createHmac('sha256', box.derive('backup manifest')).update(manifest).digest()

/** A manifest of a million files has at most 256 MiB; a digest or a seal has a line. */
const manifestBytesMax = 256 * 1024 ** 2
const lineBytesMax = 1_024

/** A backup of which only the manifest was read. */
export type ReadManifest = {
  /** Its directory, links on the way there resolved. */
  root: string
  manifest: BackupManifest
  text: string
  /** Text of its seal; null: a backup of builds before seals has none. */
  seal: string | null
}

/** @throws BackupDamaged when it is missing, altered, or of a form that this program does not know */
async function readManifest(directory: string): Promise<ReadManifest> {
  const root = await backupRoot(directory)
  const read = (path: string, bytesMax: number) =>
    readListed(root, path, bytesMax).catch((cause) => {
      throw new BackupDamaged(
        `${join(directory, path)} cannot be read: ${directory} is no backup, or one that was not finished`,
        { cause },
      )
    })
  const text = await read(manifestName, manifestBytesMax)
  if ((await read(`${manifestName}.sha256`, lineBytesMax)) !== digestText(text))
    throw new BackupDamaged(`${manifestPath(directory)} is damaged: its SHA-256 is another`)
  const seal = await readListed(root, `${manifestName}.seal`, lineBytesMax).catch((error) => {
    if (error instanceof BackupDamaged && /is missing$/.test(error.message)) return null
    throw error
  })
  return { root, manifest: parseManifest(directory, text), text, seal }
}

function parseManifest(directory: string, text: string): BackupManifest {
  try {
    const value = JSON.parse(text) as { form?: unknown }
    const form = typeof value?.form === 'number' ? value.form : 'unknown'
    if (form !== backupForm)
      throw new ManifestRefused(`it has form ${form}, this program knows ${backupForm}: use a newer fluxport`)
    return manifestOf(value)
  } catch (cause) {
    const rule = cause instanceof ManifestRefused ? cause.message : 'it is no JSON'
    throw new BackupDamaged(`${manifestPath(directory)} is no backup’s: ${rule}`, { cause })
  }
}

/**
 * True if the holder of the master key wrote the manifest; that covers every file that it lists.
 * @returns false when it has no seal
 * @throws BackupDamaged when the seal is another key's
 */
export function hasSealOf(box: SecretBox, { text, seal }: Pick<ReadManifest, 'text' | 'seal'>): boolean {
  if (seal === null) return false
  const given = /^v1 ([0-9a-f]{64})\n$/.exec(seal)?.[1] ?? ''
  if (equalsDigest(given, sealOf(box, text))) return true
  throw new BackupDamaged(
    'The master key is not the one that the backup is sealed under, or its manifest was altered by somebody else',
  )
}

/**
 * Reads a whole backup and compares it with its manifest.
 * @throws BackupDamaged naming the first file that is missing, altered, a link, or not listed
 */
export async function verifyBackup(directory: string): Promise<ReadManifest> {
  const read = await readManifest(directory)
  const names = [manifestName, `${manifestName}.sha256`, `${manifestName}.seal`]
  await assertNothingElse(read.root, new Set([...names, ...read.manifest.files.map((file) => file.path)]))
  for (const file of read.manifest.files) for await (const _ of listedBytes(read.root, file));
  return read
}

const sha256Of = (text: string) => createHash('sha256').update(text).digest('hex')
