import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { createGunzip } from 'node:zlib'
import { ClientError } from './client.ts'

/** Bound on a file as it comes, and as it is unpacked: the server takes no longer one. */
const fileBytesMax = 512 * 1024 ** 2
const downloadMsMax = 600_000
const redirectsMax = 5

/**
 * Downloads a file, over https alone, redirects among them.
 * @returns its path in the directory
 * @throws ClientError when it is not there, too long, or elsewhere than at an https URL
 */
export async function downloadHttps(url: URL, directory: string): Promise<string> {
  const answer = await answerOf(url)
  const name = basename(decodeURIComponent(url.pathname)) || 'download'
  const path = join(directory, name)
  if (!answer.body) throw new ClientError(`${url.href}: the answer is empty`)
  const body = Readable.fromWeb(answer.body as ReadableStream)
  await pipeline(body, bounded(name), createWriteStream(path, { flags: 'wx', mode: 0o600 })).catch((error) => {
    throw error instanceof ClientError
      ? error
      : new ClientError(`${url.href}: the download broke off: ${messageOf(error)}`)
  })
  return path
}

async function answerOf(first: URL): Promise<Response> {
  const signal = AbortSignal.timeout(downloadMsMax)
  let url = first
  for (let hops = 0; hops <= redirectsMax; hops++) {
    if (url.protocol !== 'https:')
      throw new ClientError(`${url.href}: a file is taken from an https URL or a path alone`)
    const answer = await fetch(url, { redirect: 'manual', signal }).catch((error) => {
      throw new ClientError(`${url.href}: no answer: ${messageOf(error)}`)
    })
    const location = answer.headers.get('location')
    if (answer.ok) return answer
    if (answer.status < 300 || answer.status > 399 || location === null)
      throw new ClientError(`${url.href}: the answer is HTTP ${answer.status}`)
    url = new URL(location, url)
  }
  throw new ClientError(`${first.href}: more than ${redirectsMax} redirects`)
}

const messageOf = (error: unknown): string => {
  const { message, cause } = error as Error
  return cause instanceof Error ? cause.message : message
}

/** A file that is packed with gzip is unpacked into the directory, under its name without `.gz`. */
export async function unpacked(path: string, directory: string): Promise<string> {
  if (!(await isGzip(path))) return path
  const name = basename(path).replace(/\.gz$/i, '')
  const target = join(directory, `unpacked-${name}`)
  const stages = [createReadStream(path), createGunzip(), bounded(name)] as const
  await pipeline(...stages, createWriteStream(target, { flags: 'wx', mode: 0o600 })).catch((error) => {
    throw error instanceof ClientError
      ? error
      : new ClientError(`${basename(path)}: it is damaged: ${messageOf(error)}`)
  })
  return target
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0)
    return buffer[0] === 0x1f && buffer[1] === 0x8b
  } finally {
    await file.close()
  }
}

/** Passes bytes on, and ends with an error beyond the bound. */
function bounded(name: string): Transform {
  let bytes = 0
  return new Transform({
    transform: (piece: Buffer, _, done) => {
      bytes += piece.length
      if (bytes > fileBytesMax) done(new ClientError(`${name}: it is longer than ${fileBytesMax} bytes`))
      else done(null, piece)
    },
  })
}
