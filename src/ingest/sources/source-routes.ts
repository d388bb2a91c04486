import { type Static, Type } from 'typebox'
import { errorAnswers, Nullable, UnixMs } from '../../http/schemas.ts'
import type { Routes } from '../../http/server.ts'
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

const Source = Type.Object({
  name: Type.String(),
  kind: Type.Enum(['directory', 'bucket']),
  location: Type.String(),
  last_look: Nullable(UnixMs('Last successful look')),
  problem: Nullable(Type.String({ description: 'Why the source does not answer now; null: it does' })),
  waiting: Type.Integer({ description: 'Files that have to settle, or wait for their turn' }),
  queued: Type.Integer({ description: 'Files handed over, whose batches have not ended' }),
  loaded: Type.Integer({ description: 'Files ever loaded; a growing file counts at each load' }),
  duplicates: Type.Integer({ description: 'Files ever found whose content was loaded already' }),
  failures: Type.Integer({ description: 'Attempts that ever failed' }),
  failed: Type.Integer({ description: 'Files that failed and are still there' }),
  failed_files: Type.Array(Failure, { description: `The first ${failuresListedMax} of them` }),
})

/** Routes that show the state of the log sources. */
export function sourceRoutes(server: Routes, deps: { sources: Pick<LogSources, 'watched'> }): void {
  const schema = {
    operationId: 'listLogSources',
    tags: ['Log batches'],
    summary: 'Lists the log sources of this server',
    response: { 200: Type.Object({ sources: Type.Array(Source) }), ...errorAnswers },
  }
  server.get('/api/v1/log-sources', { config: { access: { roles: ['operator'] } }, schema }, async () => ({
    sources: deps.sources.watched.map(sourceView),
  }))
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
    waiting: source.waiting,
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
