import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { codeOf } from '../errors.ts'

/** `dist/console/`, where the build puts the page; the same from `src/` and from `dist/`. */
export const builtConsole: string = fileURLToPath(new URL('../../dist/console/', import.meta.url))

/** Types of the files that a build of the page has. */
const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}

/** Compressed forms beside a file, the smallest first. */
const encodings = [
  { name: 'br', ending: '.br' },
  { name: 'gzip', ending: '.gz' },
] as const

/** A file in the form that the client takes. */
export type ServedFile = { bytes: Buffer; type: string; encoding: 'br' | 'gzip' | null; etag: string }

/** The page's files. Only names of the list that was read at the start are opened: no request makes a path. */
export type PageFiles = {
  /** True if the build has a page. */
  hasPage: boolean
  /** @param name `index.html`, or `assets/NAME` @returns null for any name that the build has not */
  file(name: string, acceptEncoding: string | undefined): Promise<ServedFile | null>
}

/**
 * Lists the files of a build. Each is read when it is first asked for, and then held: all are below 1 MB, and a client
 * that reads slowly holds no copy of its own.
 */
export async function openPageFiles(directory: string): Promise<PageFiles> {
  const [top, assets] = await Promise.all([namesIn(directory), namesIn(join(directory, 'assets'))])
  const names = new Set([...top.filter((name) => /^index\.html/.test(name)), ...assets.map((name) => `assets/${name}`)])
  const read = new Map<string, Promise<{ bytes: Buffer; etag: string } | null>>()
  const bytesOf = (name: string) => {
    const reading = read.get(name) ?? readListed(join(directory, name))
    read.set(name, reading)
    // A failed read is tried again.
    reading.catch(() => read.delete(name))
    return reading
  }
  return {
    hasPage: names.has('index.html'),
    file: async (name, acceptEncoding) => {
      if (!names.has(name)) return null
      const found = encodings.find(({ name: one, ending }) => accepts(acceptEncoding, one) && names.has(name + ending))
      const held = await bytesOf(name + (found?.ending ?? ''))
      if (!held) return null
      return { ...held, type: types[extname(name)] ?? 'application/octet-stream', encoding: found?.name ?? null }
    },
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => entry.name)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

/** Null for a file that went since the start, as in an upgrade under a running server. */
async function readListed(path: string): Promise<{ bytes: Buffer; etag: string } | null> {
  try {
    const bytes = await readFile(path)
    return { bytes, etag: etagOf(bytes) }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

/** A strong tag: the same bytes alone have it. */
export const etagOf = (bytes: Buffer): string =>
  `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`

/** True if the header names the encoding, and not with a weight of 0. */
function accepts(acceptEncoding: string | undefined, encoding: string): boolean {
  return (acceptEncoding ?? '').split(',').some((part) => {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    return name === encoding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
  })
}
