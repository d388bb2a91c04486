import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { type ClickHouseClient, ClickHouseError, type ClickHouseSettings, createClient } from '@clickhouse/client'
import {
  type InsertCount,
  type LogContent,
  type Parameters,
  type Run,
  type Warehouse,
  WarehouseRefused,
  WarehouseUnavailable,
} from './warehouse.ts'

/** Where the server is. The engine host and a server by URL are the same thing here. */
export type ClickHouseAddress = {
  url: string
  user: string
  password: string
  database: string
  /** True when the server may open the paths that we hand it: the engine host on our own machine. */
  readsLocalFiles: boolean
}

/** A load or an export slice of a big range may take long; whoever waits decides, through the signal. */
const requestTimeoutMs = 24 * 3_600_000
const settings: ClickHouseSettings = {
  output_format_json_quote_64bit_integers: 0,
  // Without it the server answers 200 first and may fail later, in the middle of the bytes.
  wait_end_of_query: 1,
  // The zone of a column is part of its type; the session's must not change a result.
  session_timezone: 'UTC',
}

/** Server-side codes after which the same statement may succeed: the server went away or was too busy. */
const transientCodes = new Set([
  159, // TIMEOUT_EXCEEDED
  202, // TOO_MANY_SIMULTANEOUS_QUERIES
  209, // SOCKET_TIMEOUT
  210, // NETWORK_ERROR
  241, // MEMORY_LIMIT_EXCEEDED: others' queries may have taken it
  394, // QUERY_WAS_CANCELLED: by our own shutdown
  236, // ABORTED: the server is shutting down
])

/** Opens the port; no connection is made before the first statement. */
export function openClickHouse(address: ClickHouseAddress): Warehouse {
  const client = createClient({
    url: address.url,
    username: address.user,
    password: address.password,
    database: address.database,
    request_timeout: requestTimeoutMs,
    max_open_connections: 32,
    clickhouse_settings: settings,
    // A list of thousands of domains does not fit a URL.
    use_multipart_params_auto: true,
    // Advice on idle sockets would print to standard output.
    log: { level: 127 as never },
  })
  const kill = async (queryId: string) => {
    const query = `KILL QUERY WHERE query_id = {queryId:String} SYNC`
    await translated(client.command({ query, query_params: { queryId } }))
  }
  return {
    rows: async <Row>(sql: string, parameters: Parameters = {}) => {
      const run = async () => {
        const result = await client.query({ query: sql, query_params: parameters, format: 'JSONEachRow' })
        return await result.json<Row>()
      }
      return translated(run())
    },
    command: async (sql, parameters = {}) => {
      await translated(client.command({ query: sql, query_params: parameters }))
    },
    bytes: (sql, parameters, run) => killedOnAbort(kill, run, () => readBytes(client, sql, parameters, run)),
    insertLines: (insert, log, parameters, run) =>
      killedOnAbort(kill, run, () =>
        address.readsLocalFiles
          ? insertByPath(client, insert, log, parameters, run)
          : insertByBody(client, insert, log, parameters, run),
      ),
    progress: (queryId) => progressOf(client, queryId),
    kill,
    ready: () => isReady(client),
    close: () => client.close(),
  }
}

async function readBytes(client: ClickHouseClient, sql: string, parameters: Parameters, run: Run) {
  const result = await translated(
    client.exec({
      query: sql,
      query_params: parameters,
      query_id: run.queryId,
      clickhouse_settings: { ...run.settings },
    }),
  )
  return { stream: result.stream as Readable, rows: Number(result.summary?.result_rows ?? Number.NaN) }
}

async function insertByPath(
  client: ClickHouseClient,
  insert: (lines: string) => string,
  log: LogContent,
  parameters: Parameters,
  run: Run,
): Promise<InsertCount> {
  const lines = `(SELECT line FROM file({logPath:String}, 'LineAsString', 'line String', {logCompression:String}))`
  const result = await translated(
    client.command({
      query: insert(lines),
      query_params: { ...parameters, logPath: log.path, logCompression: log.compression },
      query_id: run.queryId,
      clickhouse_settings: { ...run.settings },
    }),
  )
  return countOf(result.summary)
}

async function insertByBody(
  client: ClickHouseClient,
  insert: (lines: string) => string,
  log: LogContent,
  parameters: Parameters,
  run: Run,
): Promise<InsertCount> {
  const file = createReadStream(log.path, { highWaterMark: 1 << 20 })
  const values = log.compression === 'gzip' ? file.pipe(createGunzip()) : file
  file.on('error', (error) => values.destroy(error))
  try {
    const result = await translated(
      client.exec({
        query: `${insert(`input('line String')`)} FORMAT LineAsString`,
        query_params: parameters,
        query_id: run.queryId,
        clickhouse_settings: { ...run.settings },
        use_multipart_params_auto: false, // the body is the log
        values,
      }),
    )
    result.stream.resume()
    return countOf(result.summary)
  } finally {
    file.destroy()
  }
}

function countOf(summary: { read_rows: string; written_rows: string } | undefined): InsertCount {
  if (!summary) throw new WarehouseRefused(0, 'The warehouse did not say how many rows it wrote')
  return { readLines: Number(summary.read_rows), writtenRows: Number(summary.written_rows) }
}

async function progressOf(client: ClickHouseClient, queryId: string) {
  const result = await translated(
    client.query({
      query: `SELECT read_rows AS readRows, read_bytes AS readBytes FROM system.processes WHERE query_id = {queryId:String}`,
      query_params: { queryId },
      format: 'JSONEachRow',
    }),
  )
  const [row] = await result.json<{ readRows: number; readBytes: number }>()
  return row ?? null
}

async function isReady(client: ClickHouseClient): Promise<boolean> {
  try {
    await client.command({ query: 'SELECT 1 FORMAT Null', abort_signal: AbortSignal.timeout(2_000) })
    return true
  } catch {
    return false
  }
}

/** An aborted HTTP request leaves an insert running at the server, so the statement itself is ended. */
async function killedOnAbort<T>(
  kill: (queryId: string) => Promise<void>,
  run: Run,
  work: () => Promise<T>,
): Promise<T> {
  run.signal.throwIfAborted()
  const onAbort = () => {
    kill(run.queryId).catch(() => undefined) // the server is gone, and the statement with it
  }
  run.signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await work()
  } finally {
    run.signal.removeEventListener('abort', onAbort)
  }
}

async function translated<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof ClickHouseError)) throw new WarehouseUnavailable(error)
    const code = Number(error.code)
    if (transientCodes.has(code)) throw new WarehouseUnavailable(error)
    throw new WarehouseRefused(code, error.message, error)
  }
}
