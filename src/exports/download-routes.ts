import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { mayFetch } from '../accounts/link-rights.ts'
import type { DownloadLinks } from '../auth/download-links.ts'
import { AppError } from '../errors.ts'
import { errorAnswers, Text } from '../http/schemas.ts'
import type { Routes } from '../http/server.ts'
import { handedOutLog } from '../ledger/handed-out-logs.ts'
import { keptLogKey, keptLogOfLink } from '../ledger/kept-logs.ts'
import { type Artifacts, ArtifactsUnavailable } from '../ports/artifacts/artifacts.ts'
import type { Database } from '../ports/database/database.ts'
import type { Shares } from '../turns/shares.ts'
import { contentTypeOf, filesOf } from './run/task-files.ts'

export type DownloadRouteDeps = {
  database: Database
  artifacts: Artifacts
  links: DownloadLinks
  downloads: Shares
  /** A redirect to the store is good this long, and no longer than the link; 0: files pass through the server. */
  redirectSeconds: number
  /** Makes `links` read its present keys, which another process may have changed. */
  readLinkKeys(): Promise<void>
}

/** Serves files by signed link, without an access key; whole, or the one range that is asked for. */
export function downloadRoutes(server: Routes, deps: DownloadRouteDeps): void {
  server.get(
    '/downloads/:taskId/:fileName',
    {
      schema: {
        operationId: 'download',
        tags: ['Downloads'],
        summary: 'A finished file',
        params: Type.Object({ taskId: Text('As the link has it'), fileName: Text('As the link has it') }),
        querystring: Type.Object({
          expires: Type.Optional(Text('As the link has it')),
          signature: Type.Optional(Text('As the link has it')),
          key: Type.Optional(Text('As the link has it')),
        }),
        response: { 200: Type.Unsafe<Readable>({ type: 'string', format: 'binary' }), 302: atStore, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const { taskId, fileName } = request.params
      const { expires = '', signature = '', key } = request.query
      await deps.readLinkKeys()
      const link = { taskId, fileName, expires, signature, ...(key === undefined ? {} : { key }) }
      await assertMayFetch(deps, link)
      const file = await findFile(deps.database, taskId, fileName)
      const size = file && (await deps.artifacts.size(file.key).catch(asNotReady))
      if (!file || size === null) throw new AppError('CDN.0003', 'The file is not there any more')
      request.proveConnection(file.accountId)
      const address = request.method === 'GET' ? await addressOf(deps, file.key, link) : null
      if (address !== null) return reply.header('Cache-Control', 'private, no-store').redirect(address, 302)
      const etag = `"${file.sha256}"`
      // A client that has a part of another file gets the whole file.
      const isSame = (request.headers['if-range'] ?? etag) === etag
      const range = isSame ? rangeOf(request.headers.range, size) : null
      if (range && range.from >= range.to) {
        reply.header('Content-Range', `bytes */${size}`)
        throw new AppError('CDN.0001', `The parameter Range is invalid: the file has ${size} bytes`, { status: 416 })
      }
      const stream = await openFor(deps, file, range ?? undefined, { reply, isSent: request.method !== 'HEAD' })
      reply
        .header('Content-Type', contentTypeOf(fileName))
        .header('Content-Disposition', `attachment; filename="${fileName}"`)
        .header('Content-Length', range ? range.to - range.from : size)
        .header('Accept-Ranges', 'bytes')
        .header('ETag', etag)
        .header('Cache-Control', 'private, no-store')
      if (range) reply.code(206).header('Content-Range', `bytes ${range.from}-${range.to - 1}/${size}`)
      return reply.send(stream)
    },
  )
}

const atStore = Type.Null({ description: 'With --artifacts-redirect-seconds: `Location` is an address at the store' })

/** Address of a file at the store; null: the file passes through the server. */
async function addressOf({ artifacts, redirectSeconds }: DownloadRouteDeps, key: string, link: Link) {
  if (redirectSeconds === 0) return null
  const leftSeconds = Math.floor(Number(link.expires) - Date.now() / 1000)
  const seconds = Math.min(redirectSeconds, leftSeconds)
  if (seconds < 1) return null
  return await artifacts.link(key, { seconds, name: link.fileName, type: contentTypeOf(link.fileName) })
}

/**
 * Opens a file. The download counts for its task's account until the connection is done with it. For HEAD nothing is
 * opened: the framework would read the whole file for nobody, long after the answer.
 */
async function openFor(
  { artifacts, downloads }: { artifacts: Artifacts; downloads: Shares },
  file: { key: string; accountId: string },
  range: { from: number; to: number } | undefined,
  { reply, isSent }: { reply: FastifyReply; isSent: boolean },
): Promise<Readable> {
  const taken = downloads.take(file.accountId, 1)
  if (taken === null) {
    const problem = 'The account has as many downloads at once as its share'
    throw new AppError('FLUXPORT.0004', problem, { retryAfterSeconds: 1 })
  }
  reply.raw.once('close', taken.release)
  if (!isSent) return Readable.from([])
  const opened = await artifacts.open(file.key, range).catch(asNotReady)
  if (opened) return opened.stream
  throw new AppError('CDN.0003', 'The file is not there any more')
}

/** @throws AppError FLUXPORT.0002 for a store that does not answer; its reason is for the log alone */
function asNotReady(cause: unknown): never {
  if (!(cause instanceof ArtifactsUnavailable)) throw cause
  const problem = 'The store of finished files cannot be reached; try again'
  throw new AppError('FLUXPORT.0002', problem, { cause, retryAfterSeconds: 5 })
}

type Link = Parameters<DownloadLinks['verify']>[0]

/** A missing task is no reason to refuse: its file is gone. @throws AppError FLUXPORT.0201 */
async function assertMayFetch({ links, database }: DownloadRouteDeps, link: Link): Promise<void> {
  if (!links.verify(link)) throw new AppError('FLUXPORT.0201')
  const accountId = await accountOf(database, link.taskId)
  if (accountId !== undefined && !(await mayFetch(database, accountId, link.key))) throw new AppError('FLUXPORT.0201')
}

/** The account that a genuine link was made for; undefined: the task is gone. */
async function accountOf({ queries }: Database, taskId: string): Promise<string | undefined> {
  const log = keptLogOfLink(taskId)
  if (log) return log.accountId
  const task = queries.selectFrom('export_task').select('account_id').where('id', '=', taskId)
  return (await task.executeTakeFirst())?.account_id
}

/** A kept log is given out as long as the account would find it in the list. */
async function findLog(database: Database, { id, accountId }: { id: string; accountId: string }, name: string) {
  const log = await handedOutLog(database, accountId, { id, name })
  return log && { key: keptLogKey(id), sha256: log.sha256 ?? '', accountId }
}

async function findFile(database: Database, taskId: string, fileName: string) {
  const log = keptLogOfLink(taskId)
  if (log) return await findLog(database, log, fileName)
  const row = await database.queries
    .selectFrom('export_task')
    .select(['account_id', 'file_name', 'artifact_key', 'artifact_sha256', 'files_json'])
    .where('id', '=', taskId)
    .where('state', '=', 'success')
    .executeTakeFirst()
  if (!row) return null
  const file = filesOf(row).find(({ name }) => name === fileName)
  if (file) return { ...file, accountId: row.account_id }
  // A task of a version that did not list files.
  const isMain = row.file_name === fileName && row.artifact_key !== null && row.artifact_sha256 !== null
  const { account_id: accountId } = row
  return isMain ? { key: row.artifact_key as string, sha256: row.artifact_sha256 as string, accountId } : null
}

/** One range of RFC 9110, end exclusive, empty when it begins beyond the file; null without a valid single range. */
function rangeOf(header: string | undefined, size: number): { from: number; to: number } | null {
  const [match, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (match === undefined || (first === '' && last === '')) return null
  if (first === '') return { from: Math.max(0, size - Number(last)), to: size }
  if (last !== '' && Number(last) < Number(first)) return null
  return { from: Number(first), to: last === '' ? size : Math.min(size, Number(last) + 1) }
}
