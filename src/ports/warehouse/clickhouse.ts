import { realpath } from 'node:fs/promises'
import { sep } from 'node:path'
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { type ClickHouseClient, ClickHouseError, type ClickHouseSettings, createClient } from '@clickhouse/client'
import { AppError } from '../../errors.ts'
import { exactJson, parseExactJson } from '../../exact-json.ts'
import type { ClickHouseAddress } from './address.ts'
import { bound, boundInBody } from './bound-values.ts'
import { dictionarySql } from './dictionary-sql.ts'
import { logBody, logBodyHeaders } from './log-body.ts'
import { type Secrets, secretHeaders, secretSettings, withoutSecrets } from './secrets.ts'
import { fillSlots, sqlFile } from './sql-file.ts'
import {
  type InsertCount,
  type LinkedLogs,
  type LogContent,
  type Parameters,
  type Run,
  type Warehouse,
  WarehouseFull,
  WarehouseRefused,
  WarehouseUnavailable,
} from './warehouse.ts'

const killQuery = sqlFile(import.meta.url, './kill-query.sql')
const killQueries = sqlFile(import.meta.url, './kill-queries.sql')
const queryProgress = sqlFile(import.meta.url, './query-progress.sql')
const linesByPath = sqlFile(import.meta.url, './lines-by-path.sql')
const linesOfBody = `(${sqlFile(import.meta.url, './lines-of-body.sql')})`

/** A load or an export slice of a big range may take long; the caller ends it by its signal. */
const requestTimeoutMs = 24 * 3_600_000
const killAgainMs = 50
const settings: ClickHouseSettings = {
  output_format_json_quote_64bit_integers: 0,
  // Without it the server answers 200 first, and may fail later in the middle of the bytes.
  wait_end_of_query: 1,
  // A column's type includes its zone; the session's zone must not change a result.
  session_timezone: 'UTC',
  // The cache's key took longer than all else of a small log: 1.3 s of 1.5 s for one line of nginx_json. Since 25.3.
  use_query_condition_cache: 0,
}

/** The server's error codes after which the same statement may succeed: it went away or was too busy. */
const transientCodes = new Set([
  159, // TIMEOUT_EXCEEDED
  202, // TOO_MANY_SIMULTANEOUS_QUERIES
  209, // SOCKET_TIMEOUT
  210, // NETWORK_ERROR
  241, // MEMORY_LIMIT_EXCEEDED: other queries may have taken it
  394, // QUERY_WAS_CANCELLED: by Fluxport's own shutdown
  236, // ABORTED: the server is shutting down
])

/** Opens the port; no connection is made before the first statement. */
export function openClickHouse(address: ClickHouseAddress): Warehouse {
  const client = createClient({
    url: address.url,
    username: address.user,
    password: address.password,
    database: address.database,
    http_headers: address.headers ?? {},
    request_timeout: requestTimeoutMs,
    max_open_connections: address.connectionsMax ?? 32,
    clickhouse_settings: settings,
    json: { parse: <T>(text: string) => parseExactJson(text) as T, stringify: (value) => exactJson(value) },
    // A list of thousands of domains does not fit a URL. `exec` needs boundInBody instead.
    use_multipart_params_auto: true,
    // Advice on idle sockets would print to standard output.
    log: { level: 127 as never },
  })
  return {
    rows: <Row>(sql: string, parameters: Parameters = {}, run?: Run) => {
      const work = () => translated(readRows<Row>(client, sql, parameters, run), run?.secrets)
      return run ? killedOnAbort(client, run, work) : work()
    },
    command: async (sql, parameters = {}, run) => {
      const work = () => execute(client, boundInBody(sql, parameters), run)
      await (run ? killedOnAbort(client, run, work) : work())
    },
    bytes: (sql, parameters, run) => killedOnAbort(client, run, () => readBytes(client, sql, parameters, run)),
    insertLines: (insert, log, parameters, run) =>
      killedOnAbort(client, run, async () =>
        (await canOpen(address, log)) && !isPattern(log)
          ? insertByPath(client, insert, log, parameters, run)
          : insertByBody(client, insert, log, parameters, run),
      ),
    takesLinkedLogs: address.readsLocalFiles,
    opens: (path) => opens(address, path),
    createDictionary: async (dictionary) => {
      await execute(client, boundInBody(dictionarySql(dictionary, address), {})).catch(withoutStatement)
    },
    insertBytes: (insert, bytes, run) => killedOnAbort(client, run, () => insertBody(client, insert, bytes, run)),
    progress: (queryId) => progressOf(client, queryId),
    kill: (queryId) => kill(client, queryId),
    killAll: async (prefix) => {
      await execute(client, boundInBody(killQueries, { prefix }))
    },
    ready: () => isReady(client),
    close: () => client.close(),
  }
}

/** A statement's options; its headers are merged, because these replace the statement's own. */
const optionsOf = (run: Run | undefined, statement: object) =>
  run
    ? {
        query_id: run.queryId,
        clickhouse_settings: { ...run.settings, ...secretSettings(run.secrets) },
        http_headers: {
          ...('http_headers' in statement ? (statement.http_headers as Record<string, string>) : {}),
          ...secretHeaders(run.secrets),
        },
      }
    : {}

async function readRows<Row>(client: ClickHouseClient, sql: string, parameters: Parameters, run?: Run) {
  const statement = bound(sql, parameters)
  const result = await client.query({ ...statement, ...optionsOf(run, statement), format: 'JSONEachRow' })
  return await result.json<Row>()
}

async function readBytes(client: ClickHouseClient, sql: string, parameters: Parameters, run: Run) {
  const statement = boundInBody(sql, parameters)
  const result = await translated(client.exec({ ...statement, ...optionsOf(run, statement) }), run.secrets)
  return { stream: result.stream as Readable, rows: Number(result.summary?.result_rows ?? Number.NaN) }
}

const canOpen = async (address: ClickHouseAddress, log: LogContent | LinkedLogs): Promise<boolean> =>
  await opens(address, 'path' in log ? log.path : log.linksDirectory)

/** A missing path counts as not openable; sending its bytes reports the same error. */
async function opens({ readsLocalFiles, readableDirectories = null }: ClickHouseAddress, path: string) {
  if (!readsLocalFiles || readableDirectories === null) return readsLocalFiles
  const real = await realpath(path).catch(() => null)
  return real !== null && readableDirectories.some((directory) => real.startsWith(`${directory}${sep}`))
}

/** The engine would read these as a glob of paths, or as a path into an archive. */
const isPattern = (log: LogContent | LinkedLogs) => 'path' in log && /[*?{}]|::/.test(log.path)

async function insertByPath(
  client: ClickHouseClient,
  insert: (lines: string) => string,
  log: LogContent | LinkedLogs,
  parameters: Parameters,
  run: Run,
): Promise<InsertCount> {
  const isOne = 'path' in log
  const lines = `(${fillSlots(linesByPath, { log_name: isOne ? '' : ', _file AS log_name' })})`
  const values = {
    ...parameters,
    logPath: isOne ? log.path : `${log.linksDirectory}/*`,
    logCompression: log.compression,
  }
  return countOf(await execute(client, boundInBody(insert(lines), values), run))
}

async function insertByBody(
  client: ClickHouseClient,
  insert: (lines: string) => string,
  log: LogContent | LinkedLogs,
  parameters: Parameters,
  run: Run,
): Promise<InsertCount> {
  if (!('path' in log)) throw new Error('a server by URL takes one log at a time')
  const statement = {
    ...bound(`${insert(linesOfBody)} FORMAT LineAsString`, parameters), // values go into the URL, as the body is the log
    values: Readable.from(logBody(log), { objectMode: false }),
    http_headers: logBodyHeaders(log),
  }
  return countOf(await sendBody(client, statement, run))
}

async function insertBody(client: ClickHouseClient, insert: string, bytes: Readable, run: Run): Promise<void> {
  await sendBody(client, { ...bound(insert, {}), values: bytes }, run)
}

async function sendBody(client: ClickHouseClient, statement: ReturnType<typeof boundInBody>, run: Run) {
  try {
    return await execute(client, statement, run)
  } catch (error) {
    // The body broke off at the sending side; the server may still work on its part.
    const isOurs = error instanceof WarehouseRefused && !(error.cause instanceof ClickHouseError)
    if (isOurs) await kill(client, run.queryId).catch(() => undefined)
    throw error
  }
}

/** Runs a statement to its end, and returns its summary. */
async function execute(client: ClickHouseClient, statement: ReturnType<typeof boundInBody>, run?: Run) {
  const work = async () => {
    const { stream, summary } = await client.exec({ ...statement, ...optionsOf(run, statement) })
    await finished(stream.resume())
    return summary
  }
  return translated(work(), run?.secrets)
}

/** A server's error may repeat the statement, which contains the password. */
function withoutStatement(error: unknown): never {
  if (error instanceof WarehouseRefused) throw new WarehouseRefused(error.code, 'The server refused the dictionary')
  throw error
}

function countOf(summary: { read_rows: string; written_rows: string } | undefined): InsertCount {
  if (!summary) throw new WarehouseRefused(0, 'The warehouse did not say how many rows it wrote')
  return { readLines: Number(summary.read_rows), writtenRows: Number(summary.written_rows) }
}

async function kill(client: ClickHouseClient, queryId: string): Promise<void> {
  await execute(client, boundInBody(killQuery, { queryId }))
}

async function progressOf(client: ClickHouseClient, queryId: string) {
  const result = await translated(
    client.query({
      query: queryProgress,
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

const notEnoughSpaceCode = 243
const cannotConvertCode = 70

/**
 * Error of `accurateCast` for a figure that the column's type cannot hold (docs/adr/0035-figures-at-their-edges.md).
 */
const figureTooLarge = (message: string) => {
  const most = /into type (Nullable\()?Int64/.test(message) ? 2n ** 63n - 1n : 2n ** 64n - 1n
  return `A figure exceeds ${most}, the most that its column can hold`
}
const isFigureTooLarge = (code: number, message: string) =>
  code === cannotConvertCode && message.includes('cannot be safely converted')

/**
 * An aborted HTTP request leaves an insert running at the server, so the statement itself is killed. The kill is
 * repeated until the statement has answered, because it may reach the server later than the first kill.
 */
async function killedOnAbort<T>(client: ClickHouseClient, run: Run, work: () => Promise<T>): Promise<T> {
  run.signal.throwIfAborted()
  const ended = new AbortController()
  const killUntilEnded = async () => {
    while (!ended.signal.aborted) {
      await kill(client, run.queryId).catch(() => undefined) // the server is gone, and with it the statement
      await delay(killAgainMs, undefined, { signal: ended.signal }).catch(() => undefined)
    }
  }
  let killing = Promise.resolve()
  const onAbort = () => {
    killing = killUntilEnded()
  }
  run.signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await work()
  } finally {
    run.signal.removeEventListener('abort', onAbort)
    ended.abort()
    await killing
  }
}

async function translated<T>(answer: Promise<T>, secrets?: Secrets): Promise<T> {
  try {
    return await answer
  } catch (thrown) {
    const error = withoutSecrets(thrown, secrets)
    if (error instanceof WarehouseRefused) throw error // an error of reading the log that was sent
    if (!(error instanceof ClickHouseError)) throw new WarehouseUnavailable(error)
    const code = Number(error.code)
    if (code === notEnoughSpaceCode || /No space left on device|Disk quota exceeded/.test(error.message))
      throw new WarehouseFull(error)
    if (transientCodes.has(code)) throw new WarehouseUnavailable(error)
    if (isFigureTooLarge(code, error.message))
      throw new AppError('FLUXPORT.0303', figureTooLarge(error.message), { cause: error })
    throw new WarehouseRefused(code, error.message, error)
  }
}
