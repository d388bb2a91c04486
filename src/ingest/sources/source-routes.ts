import { type Static, Type } from 'typebox'
import { errorAnswers, Nullable, UnixMs } from '../../http/schemas.ts'
import type { Routes } from '../../http/server.ts'
import type { LogSources } from './sources.ts'
import type { WatchedSource } from './watched-source.ts'

/** More failures than this are counted, not listed. */
const failuresListedMax = 100

const Failure = Type.Object({
  file: Type.String({ description: 'Within the source' }),
  batch_id: Nullable(Type.Integer({ description: 'None when the file could not be read at all' })),
  error_code: Type.String(),
  error_msg: Type.String(),
  tries: Type.Integer({ description: 'Failures in a row' }),
  retry_time: Nullable(UnixMs('When it is tried again though it has not changed; null: once it changes')),
})

const Source = Type.Object({
  name: Type.String(),
  kind: Type.Enum(['directory', 'bucket']),
  location: Type.String(),
  last_look: Nullable(UnixMs('When it was last seen')),
  problem: Nullable(Type.String({ description: 'Why it cannot be seen now' })),
  waiting: Type.Integer({ description: 'Files that have to settle, or wait for their turn' }),
  queued: Type.Integer({ description: 'Files handed over, whose batches have not ended' }),
  loaded: Type.Integer({ description: 'Files loaded, a file that grows at each time; ever' }),
  duplicates: Type.Integer({ description: 'Files whose content was loaded already; ever' }),
  failures: Type.Integer({ description: 'Failed attempts; ever' }),
  failed: Type.Integer({ description: 'Files that are there and not loaded, as they failed' }),
  failed_files: Type.Array(Failure, { description: `The first ${failuresListedMax} of them` }),
})

/** The state of what this server fetches logs from. */
export function sourceRoutes(server: Routes, deps: { sources: Pick<LogSources, 'watched'> }): void {
  const schema = {
    operationId: 'listLogSources',
    tags: ['Log batches'],
    summary: 'The places that this server fetches logs from',
    response: { 200: Type.Object({ sources: Type.Array(Source) }), ...errorAnswers },
  }
  server.get('/api/v1/log-sources', { config: { access: { roles: ['operator'] } }, schema }, async () => ({
    sources: deps.sources.watched.map(sourceView),
  }))
}

/** How a source is shown. */
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
