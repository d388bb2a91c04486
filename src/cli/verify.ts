import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { versionText } from '../version.ts'
import { ClientError } from './client.ts'
import { outputPath } from './output-path.ts'
import { grouped } from './progress-bar.ts'
import { say } from './terminal.ts'

type ManifestJson = {
  product_version: string
  /** Manifests of 0.1.0 have none. */
  product_commit?: string
  data_version: number
  files: { name: string; rows: number | null; bytes: number; sha256: string }[]
}

/**
 * Checks files against their manifests: size and digest. A file is recognised by its digest, whatever its present name.
 * @returns true if every file is unchanged
 * @throws ClientError when a manifest cannot be read
 */
export async function verifyFiles(paths: string[], flags: { manifest?: string }): Promise<boolean> {
  let isFine = true
  for (const path of paths) {
    const manifest = await readManifest(flags.manifest ?? `${path}.manifest.json`)
    const { bytes, sha256 } = await digestOf(path)
    const known = manifest.files.find((file) => file.sha256 === sha256 && file.bytes === bytes)
    if (known) {
      const rows = known.rows === null ? '' : `${grouped(known.rows)} rows, `
      const program = versionText(manifest.product_version, manifest.product_commit)
      say`${path}: as made (${rows}data version ${manifest.data_version}, fluxport ${program})`
      if (known === manifest.files[0] && !(await verifyTables(path, manifest.files))) isFine = false
    } else {
      isFine = false
      const sizes = manifest.files.map((file) => grouped(file.bytes)).join(' or ')
      say`${path}: NOT the file that was made: ${grouped(bytes)} bytes, sha256 ${sha256}; made were ${sizes}`
    }
  }
  return isFine
}

/** Checks the files of a report's further tables, which lie beside the main one. @returns true if all are unchanged */
async function verifyTables(path: string, [main, ...tables]: ManifestJson['files']): Promise<boolean> {
  let isFine = true
  for (const table of tables) {
    const beside = outputPath(path, main?.name ?? '', table.name)
    const found = await digestOf(beside).catch(() => null)
    const isSame = found?.sha256 === table.sha256 && found.bytes === table.bytes
    if (isSame) say`${beside}: as made (${grouped(table.rows ?? 0)} rows)`
    else if (found) say`${beside}: NOT the file that was made`
    else say`${beside}: is not there, and was made with it`
    isFine &&= isSame
  }
  return isFine
}

async function readManifest(path: string): Promise<ManifestJson> {
  try {
    const manifest = JSON.parse(await readFile(path, 'utf8')) as Partial<ManifestJson>
    if (Array.isArray(manifest.files)) return manifest as ManifestJson
  } catch (cause) {
    throw new ClientError(`${path} is not there, or no manifest: --manifest names another`, { cause })
  }
  throw new ClientError(`${path} is no manifest`)
}

async function digestOf(path: string) {
  const hash = createHash('sha256')
  let bytes = 0
  try {
    for await (const piece of createReadStream(path)) {
      hash.update(piece as Buffer)
      bytes += (piece as Buffer).length
    }
  } catch (cause) {
    throw new ClientError(`${path} cannot be read`, { cause })
  }
  return { bytes, sha256: hash.digest('hex') }
}
