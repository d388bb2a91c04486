import type { Readable } from 'node:stream'
import type { ReadableCompression } from './decompress.ts'
import type { Secrets } from './secrets.ts'

/**
 * Stores requests and their rollups. One adapter, `clickhouse.ts`, serves the embedded engine host and a server by URL;
 * they differ in the delivery of a log (`readsLocalFiles`).
 */
export interface Warehouse {
  /** Rows of a query with a small result, held in memory. Integers are numbers below 2^53, else bigints. */
  rows<Row>(sql: string, parameters?: Parameters, run?: Run): Promise<Row[]>
  /** Runs a statement to its end. */
  command(sql: string, parameters?: Parameters, run?: Run): Promise<void>
  /**
   * Bytes of a query that ends in a FORMAT clause. The answer begins only when the server has the whole result, so that
   * a failure half way is an error and never a short file.
   */
  bytes(sql: string, parameters: Parameters, run: Run): Promise<{ stream: Readable; rows: number }>
  /**
   * Runs `INSERT INTO … SELECT … FROM ${lines}` over a log, or over many at once. Lines become rows of these columns:
   * `line`; `line_number`, from 1 in each log, correct for one log only when the statement runs in one thread; for many
   * logs also `log_name`, a LowCardinality(String).
   */
  insertLines(
    insert: (lines: string) => string,
    log: LogContent | LinkedLogs,
    parameters: Parameters,
    run: Run,
  ): Promise<InsertCount>
  /** True if `insertLines` takes many logs at once. */
  readonly takesLinkedLogs: boolean
  /** True if the server opens a file by its path, as linked logs require; other servers are sent the bytes. */
  opens(path: string): Promise<boolean>
  /**
   * Creates or replaces a dictionary of a query's rows; the server fills it at its first use. The server reads the rows
   * by its named collection if it has one, else with Fluxport's user, whose password it stores and shows to nobody.
   */
  createDictionary(dictionary: Dictionary): Promise<void>
  /** Runs an INSERT that ends in a FORMAT clause over bytes in that format. */
  insertBytes(insert: string, bytes: Readable, run: Run): Promise<void>
  /** Progress of a running statement; null when it does not run. */
  progress(queryId: string): Promise<{ readRows: number; readBytes: number } | null>
  /** Ends a running statement and waits for its end; a missing one is no error. */
  kill(queryId: string): Promise<void>
  /** As `kill`, for every statement whose id begins with `prefix`. */
  killAll(prefix: string): Promise<void>
  /** True when the server answers a trivial query within two seconds. */
  ready(): Promise<boolean>
  close(): Promise<void>
}

/** Names, columns and the query are SQL of the program. `/*database*\/` in the query stands for Fluxport's database. */
export type Dictionary = { name: string; columns: string; key: string; layout: 'IP_TRIE()' | 'FLAT()'; query: string }

export type Parameters = Record<string, unknown>

/**
 * `queryId` is unique among running statements; `signal` stops the statement at the server too. `secrets` are the
 * values that the statement reads with `secretSql` (secrets.ts): no text of the server's, and no error here, contains
 * them.
 */
export type Run = {
  queryId: string
  signal: AbortSignal
  settings?: Record<string, string | number>
  secrets?: Secrets
}

/** Sets and lists over half a gigabyte of the engine's memory spill to its disk: slower, and equally exact. */
export const spillSettings = {
  max_bytes_before_external_group_by: 512 * 1024 ** 2,
  max_bytes_before_external_sort: 512 * 1024 ** 2,
}

/**
 * A whole file of log lines. ClickHouse does not read bzip2. It takes a file's end for the end of its zstd, even if
 * cut: the caller must read a zstd file to its end as well.
 */
export type LogContent = { path: string; compression: ReadableCompression }

/** Whole log files that are read as one: links to them in a directory of their own, with distinct names. */
export type LinkedLogs = { linksDirectory: string; compression: LogContent['compression'] }

/** `readLines` counts every line of the log, `writtenRows` the inserted rows. */
export type InsertCount = { readLines: number; writtenRows: number }

/** The warehouse's codes for compressed content that it cannot read to its end, or that has trailing bytes. */
export const undecodableCodes: readonly number[] = [
  354, // ZLIB_INFLATE_FAILED
  554, // LZMA_STREAM_DECODER_FAILED: xz
  561, // ZSTD_DECODER_FAILED
]

/** The warehouse cannot be reached or was ended meanwhile: the same work may succeed later. */
export class WarehouseUnavailable extends Error {
  constructor(cause: unknown) {
    super('The warehouse does not answer', { cause })
    this.name = 'WarehouseUnavailable'
  }
}

/** The warehouse's disk is full: the same work may succeed once there is room. `code` is the file system's. */
export class WarehouseFull extends WarehouseUnavailable {
  readonly code = 'ENOSPC'
}

/**
 * The warehouse refused or failed the statement: the same work fails again. `code` is ClickHouse's error code. A figure
 * too large for its column is an AppError FLUXPORT.0303 instead.
 */
export class WarehouseRefused extends Error {
  readonly code: number
  constructor(code: number, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'WarehouseRefused'
    this.code = code
  }
}
