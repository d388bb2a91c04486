import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { type Client, ClientError } from './client.ts'
import { printStatus, type Status } from './geo.ts'
import { downloadHttps, unpacked } from './geo-files.ts'
import { bytesText } from './progress-bar.ts'
import { print, sayAside } from './terminal.ts'

export type UpdateFlags = { sha256?: string[]; licence?: string; attribution?: string }

type Found = { path: string; name: string; sha256: string; bytes: number }

/**
 * Sends whole files to the server, which makes one version of them or none.
 * @param from directories, files and https URLs of files
 * @throws ClientError when a file is missing or is not the wanted one, or when the server refuses them
 */
export async function updateGeo(client: Client, from: string[], flags: UpdateFlags): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'fluxport-geo-'))
  try {
    const files: Found[] = []
    for (const path of await pathsOf(from, directory, flags.sha256 ?? []))
      files.push(await described(await unpacked(path, directory)))
    for (const { name, bytes, sha256 } of files) sayAside`${name}: ${bytesText(bytes)}, sha256 ${sha256}`
    const before = await client.get<Status>('/api/v1/geo')
    const { licence, attribution } = flags
    const list = files.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 }))
    const query = { files: JSON.stringify(list), licence, attribution }
    const after = await client.upload<Status>('/api/v1/geo/updates', query, Readable.from(bodyOf(files)))
    printStatus(after)
    if (after.geo_version === before.geo_version) print('These files are in use already')
    else print('Logs loaded from now on are located with it; fluxport batches relocate looks up again what is loaded')
  } finally {
    await rm(directory, { recursive: true })
  }
}

async function* bodyOf(files: readonly Found[]) {
  for (const { path } of files) yield* createReadStream(path)
}

async function described(path: string): Promise<Found> {
  const { size } = await stat(path)
  return { path, name: basename(path).replace(/^unpacked-/, ''), bytes: size, sha256: await digestOf(path) }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer)
  return hash.digest('hex')
}

/** The files themselves, downloaded where a URL names them, each with a wanted digest if there are any. */
async function pathsOf(from: string[], directory: string, digests: string[]): Promise<string[]> {
  const wanted = new Set(digests.map((digest) => digest.toLowerCase()))
  const paths: string[] = []
  for (const one of from) {
    const local = one.startsWith('file:') ? fileURLToPath(one) : one
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(local)) paths.push(await downloadHttps(new URL(local), directory))
    else if ((await kindOf(local)) === 'directory') paths.push(...(await pathsIn(local)))
    else paths.push(local)
  }
  for (const path of paths) {
    const digest = wanted.size > 0 ? await digestOf(path) : ''
    if (wanted.size > 0 && !wanted.has(digest))
      throw new ClientError(`${basename(path)}: its SHA-256 is ${digest}, not the given one`)
  }
  return paths
}

async function kindOf(path: string): Promise<'directory' | 'file'> {
  const found = await stat(path).catch(() => null)
  if (found?.isDirectory()) return 'directory'
  if (found?.isFile()) return 'file'
  throw new ClientError(`${path}: there is no such file or directory`)
}

const sumsName = 'SHA256SUMS'

/** Files of geographic data in a directory, in order of their names; each is as its SHA256SUMS says, if there is one. */
async function pathsIn(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).sort()
  const found = names.filter((name) => /\.(xdb|mmdb|csv)(\.gz)?$/i.test(name))
  if (found.length === 0)
    throw new ClientError(`${directory}: there is no file .xdb, .mmdb or .csv, nor one of these with .gz`)
  const sums = names.includes(sumsName) ? sumsOf(await readFile(join(directory, sumsName), 'utf8')) : null
  for (const name of sums ? found : []) {
    const digest = await digestOf(join(directory, name))
    if (sums?.get(name) !== digest)
      throw new ClientError(`${name}: its SHA-256 is ${digest}, which ${sumsName} does not say`)
  }
  return found.map((name) => join(directory, name))
}

/** Lines of sha256sum: a digest, a blank, a blank or an asterisk, a name. */
const sumsOf = (text: string) =>
  new Map(
    text.split('\n').flatMap((line) => {
      const [, digest = '', name = ''] = /^([0-9a-f]{64})[ ][ *](.+?)\r?$/i.exec(line) ?? []
      return name ? [[name, digest.toLowerCase()] as const] : []
    }),
  )
