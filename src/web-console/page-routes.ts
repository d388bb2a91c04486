import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../errors.ts'
import type { Routes } from '../http/server.ts'
import type { PageFiles, ServedFile } from './page-files.ts'

/** Paths of the console; everything below each is the page too. */
export const consolePages = [
  ...['usage', 'places', 'top', 'exports', 'completeness', 'logs', 'accounts', 'system'],
] as const

/**
 * The page loads from this server alone, runs no script that stands in its markup, and is framed by nobody. Styles that
 * its chart sets by script are no inline styles (CSSOM).
 */
const pagePolicy = [
  ...["default-src 'self'", "img-src 'self' data:", "frame-ancestors 'none'", "base-uri 'none'"],
  ...["form-action 'self'", "object-src 'none'"],
].join('; ')

/** The file's name has the hash of its bytes. */
const forEver = 'public, max-age=31536000, immutable'
/** Kept, and asked for each time: a new build is seen at once. */
const askEachTime = 'no-cache'

const notBuilt =
  'This build of Fluxport has no console: npm run build makes it. The API answers, and fluxport --help lists commands.\n'

/** Serves the page of the console, and its files. */
export function pageRoutes(server: Routes, files: PageFiles): void {
  const hidden = { schema: { hide: true } }
  const page = async (request: FastifyRequest, reply: FastifyReply) => {
    const file = await files.file('index.html', request.headers['accept-encoding'])
    if (file) return await sendFile(request, reply, file, { 'Cache-Control': askEachTime })
    return await reply.header('Content-Type', 'text/plain; charset=utf-8').send(notBuilt)
  }
  server.get('/', hidden, page)
  for (const name of consolePages) {
    server.get(`/${name}`, hidden, page)
    server.get(`/${name}/*`, hidden, page)
  }
  server.get('/assets/:name', hidden, async (request, reply) => {
    const { name } = request.params as { name: string }
    const file = await files.file(`assets/${name}`, request.headers['accept-encoding'])
    if (!file) throw new AppError('APIGW.0101')
    return await sendFile(request, reply, file, { 'Cache-Control': forEver })
  })
}

/**
 * Sends a file, or 304 to who has it.
 * @param headers in place of those of every answer
 */
export async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  { bytes, type, encoding, etag }: ServedFile,
  headers: Record<string, string>,
): Promise<FastifyReply> {
  reply.headers({ 'Content-Security-Policy': pagePolicy, ETag: etag, Vary: 'Accept-Encoding', ...headers })
  const known = (request.headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  if (known.includes(etag)) return await reply.code(304).send()
  if (encoding) reply.header('Content-Encoding', encoding)
  return await reply.header('Content-Type', type).send(bytes)
}
