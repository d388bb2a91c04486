import { readFile, stat } from 'node:fs/promises'
import { ConfigError, codeOf } from '../errors.ts'
import { etagOf, type ServedFile } from './page-files.ts'

/** A logo has at most this many bytes: each visitor loads it. */
export const logoBytesMax = 256 * 1024

const wrong = (problem: string, cause?: unknown) =>
  new ConfigError(`--console-logo (FLUXPORT_CONSOLE_LOGO): ${problem}`, cause === undefined ? {} : { cause })

/**
 * Reads the operator's logo. Its bytes say what it is, not its name.
 * @throws ConfigError when it cannot be read, is too large, or is no PNG, SVG or WebP
 */
export async function readLogo(path: string): Promise<ServedFile> {
  const unreadable = (cause: unknown) => wrong(`${path} cannot be read: ${codeOf(cause) || 'unknown reason'}`, cause)
  const { size } = await stat(path).catch((cause) => Promise.reject(unreadable(cause)))
  if (size > logoBytesMax) throw wrong(`${path} has ${size} bytes; a logo has at most ${logoBytesMax}`)
  const bytes = await readFile(path).catch((cause) => Promise.reject(unreadable(cause)))
  const type = typeOf(bytes)
  if (type === null) throw wrong(`${path} is no PNG, SVG or WebP`)
  return { bytes, type, encoding: null, etag: etagOf(bytes) }
}

/** Before the root of an SVG: a mark of its encoding, the XML declaration, comments, a type. */
const svgStart = /^\uFEFF?\s*(<\?xml[^>]*\?>\s*)?((<!--((?!-->)[\s\S])*-->|<!DOCTYPE\s+svg[^>]*>)\s*)*<svg[\s>]/i

function typeOf(bytes: Buffer): string | null {
  if (bytes.subarray(0, 8).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'))) return 'image/png'
  const isRiff = bytes.toString('latin1', 0, 4) === 'RIFF'
  if (isRiff && bytes.toString('latin1', 8, 12) === 'WEBP') return 'image/webp'
  return svgStart.test(bytes.toString('utf8')) ? 'image/svg+xml' : null
}
