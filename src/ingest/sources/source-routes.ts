import { type Static, Type } from 'typebox'
import { AppError } from '../../errors.ts'
import { errorAnswers, Nullable, Text, UnixMs } from '../../http/schemas.ts'
import type { Routes } from '../../http/server.ts'
import type { Database } from '../../ports/database/database.ts'
import { retryFiles } from './retry-files.ts'
import type { LogSources } from './sources.ts'
import type { WatchedSource } from './watched-source.ts'

/** Most failures listed; further ones are only counted. */
const failuresListedMax = 100

const Failure = Type.Object({
  file: Type.String({ description: 'Path within the source' }),
  batch_id: Nullable(Type.Integer({ description: 'Batch of the attempt; null when the file could not be read' })),
  error_code: Type.String(),
  error_msg: Type.String(),
  tries: Type.Integer({ description: 'Failures in a row' }),
  retry_time: Nullable(UnixMs('Next attempt; null: once the file changes')),
})

const Waiting = Type.Object({
  file: Type.String({ description: 'Path within the source' }),
  why: Type.Enum(['settling', 'growing', 'failed', 'turn'], {
    description:
      'settling: it has just changed; growing: a part of it was loaded a short time ago; failed: it has changed after a failure, and is tried again; turn: others go first',
  }),
  until_time: Nullable(UnixMs('Earliest time at which it goes, if it does not change; null: once there is room')),
})

const Source = Type.Object({
  name: Type.String(),
  kind: Type.Enum(['directory', 'bucket']),
  location: Type.String(),
  last_look: Nullable(UnixMs('Last successful look')),
  problem: Nullable(Type.String({ description: 'Why the source does not answer now; null: it does' })),
  waiting: Type.Integer({ description: 'Files that have to settle, or wait for their turn' }),
  waiting_files: Type.Array(Waiting, { description: `The first ${failuresListedMax} of them` }),
  queued: Type.Integer({ description: 'Files handed over, whose batches have not ended' }),
  loaded: Type.Integer({ description: 'Files ever loaded; a growing file counts at each load' }),
  duplicates: Type.Integer({ description: 'Files ever found whose content was loaded already' }),
  failures: Type.Integer({ description: 'Attempts that ever failed' }),
  failed: Type.Integer({ description: 'Files that failed and are still there' }),
  failed_files: Type.Array(Failure, { description: `The first ${failuresListedMax} of them` }),
})

/** Routes that show the state of the log sources. */
export function sourceRoutes(server: Routes, deps: { sources: Pick<LogSources, 'watched'>; database: Database }): void {
  const schema = {
    operationId: 'listLogSources',
    tags: ['Log batches'],
    summary: 'Lists the log sources of this server',
    response: { 200: Type.Object({ sources: Type.Array(Source) }), ...errorAnswers },
  }
  server.get('/api/v1/log-sources', { config: { access: { roles: ['operator'] } }, schema }, async () => ({
    sources: deps.sources.watched.map(sourceView),
  }))
  retryRoute(server, deps)
}

function retryRoute(server: Routes, deps: { sources: Pick<LogSources, 'watched'>; database: Database }) {
  const schema = {
    operationId: 'retryLogSources',
    tags: ['Log batches'],
    summary: 'Has failed files of log sources tried again at the next look, though they are unchanged',
    body: Type.Object({
      source: Type.Optional(Text('Name of a log source. Default: all', 100)),
      file: Type.Optional(Text('Path within the source. Default: every failed file', 4_096)),
    }),
    response: { 200: Type.Object({ files: Type.Integer({ description: 'Files to be tried' }) }), ...errorAnswers },
  }
  server.post('/api/v1/log-sources/retry', { config: { access: { roles: ['operator'] } }, schema }, async (request) => {
    const { source: name, file = null } = request.body
    const asked = deps.sources.watched.filter((one) => name === undefined || one.settings.name === name)
    if (asked.length === 0 && name !== undefined) throw new AppError('CDN.0003', 'There is no such log source')
    const own = { database: deps.database, nowMs: Date.now() }
    let files = 0
    for (const source of asked) files += await retryFiles(own, source, file)
    if (files === 0 && file !== null) throw new AppError('CDN.0003', 'There is no such failed file')
    return { files }
  })
}

/** A log source as the answer shows it. */
export function sourceView(source: WatchedSource): Static<typeof Source> {
  const rows = [...source.known.values()]
  const failed = rows.filter((row) => row.error_code !== null && row.gone_at_ms === null)
  return {
    name: source.settings.name,
    kind: source.settings.kind,
    location: source.place.location,
    last_look: source.lastLookMs,
    problem: source.problem,
    waiting: source.waiting.length,
    waiting_files: source.waiting.slice(0, failuresListedMax).map((one) => ({
      ...{ file: one.path, why: one.why, until_time: one.untilMs },
    })),
    queued: rows.filter((row) => row.state === 'queued').length,
    loaded: source.counts.files_loaded,
    duplicates: source.counts.files_duplicate,
    failures: source.counts.files_failed,
    failed: failed.length,
    failed_files: failed.slice(0, failuresListedMax).map((row) => ({
      file: row.path,
      batch_id: row.batch_id,
      error_code: row.error_code ?? '',
      error_msg: row.error_message ?? '',
      tries: row.tries,
      retry_time: row.retry_at_ms,
    })),
  }
}
