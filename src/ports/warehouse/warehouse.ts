import type { Readable } from 'node:stream'
import type { Compression } from './decompress.ts'
import type { Secrets } from './secrets.ts'

/**
 * Where requests and their rollups live. One adapter, `clickhouse.ts`, serves the embedded engine host and a server by
 * URL; they differ in how a log reaches them (`readsLocalFiles`).
 */
export interface Warehouse {
  /** Rows of a query whose result is small: it is held in memory. Integers come as numbers below 2^53, else as bigints. */
  rows<Row>(sql: string, parameters?: Parameters, run?: Run): Promise<Row[]>
  /** Runs a statement to its end. */
  command(sql: string, parameters?: Parameters, run?: Run): Promise<void>
  /**
   * Bytes of a query that ends in a FORMAT clause. The answer begins only when the whole result stands at the server, so
   * that a failure half way is an error here and never a short file.
   */
  bytes(sql: string, parameters: Parameters, run: Run): Promise<{ stream: Readable; rows: number }>
  /**
   * Runs `INSERT INTO … SELECT … FROM ${lines}` over a log, or over many at once. Lines become rows of these columns:
   * `line`; `line_number`, from 1 in each log, right for one log only when the statement runs in one thread; of many logs
   * also `log_name`, a LowCardinality(String).
   */
  insertLines(
    insert: (lines: string) => string,
    log: LogContent | LinkedLogs,
    parameters: Parameters,
    run: Run,
  ): Promise<InsertCount>
  /** Whether `insertLines` takes many logs at once. */
  readonly takesLinkedLogs: boolean
  /** Whether the server opens a file by its path, as linked logs have to be; of others it is sent the bytes. */
  opens(path: string): Promise<boolean>
  /**
   * Makes a dictionary out of a query's rows, or makes it again; it is read when it is first asked. The server reads it
   * with our own user, whose password it keeps and shows to nobody.
   */
  createDictionary(dictionary: Dictionary): Promise<void>
  /** Runs an INSERT that ends in a FORMAT clause over bytes in that format. */
  insertBytes(insert: string, bytes: Readable, run: Run): Promise<void>
  /** How far a running statement is, or null when it does not run. */
  progress(queryId: string): Promise<{ readRows: number; readBytes: number } | null>
  /** Ends a running statement and waits for its end; nothing to end is fine. */
  kill(queryId: string): Promise<void>
  /** The same for every statement whose id begins with `prefix`. */
  killAll(prefix: string): Promise<void>
  /** True when it answers a trivial query within two seconds. */
  ready(): Promise<boolean>
  close(): Promise<void>
}

/** Names, columns and the query are SQL of ours. `/*database*\/` in the query stands for our database. */
export type Dictionary = { name: string; columns: string; key: string; layout: 'IP_TRIE()' | 'FLAT()'; query: string }

export type Parameters = Record<string, unknown>

/**
 * `queryId` is unique among running statements; `signal` stops the statement at the server too. `secrets` is what the
 * statement reads with `secretSql` (secrets.ts): no text of the server's, and no error here, has them.
 */
export type Run = {
  queryId: string
  signal: AbortSignal
  settings?: Record<string, string | number>
  secrets?: Secrets
}

/** Sets and lists that do not fit half a gigabyte of the engine's memory go to its disk: slower, and just as exact. */
export const spillSettings = {
  max_bytes_before_external_group_by: 512 * 1024 ** 2,
  max_bytes_before_external_sort: 512 * 1024 ** 2,
}

/**
 * A whole file of log lines. ClickHouse does not read bzip2. It takes the end of a file for the end of its zstd, cut or not:
 * whoever hands one over reads it to its end as well.
 */
export type LogContent = { path: string; compression: Exclude<Compression, 'bzip2'> }

/** Whole files of log lines that are read as one: links to them in a directory of their own, whose names tell them apart. */
export type LinkedLogs = { linksDirectory: string; compression: LogContent['compression'] }

/** `readLines` counts every line of the log, `writtenRows` what the statement inserted. */
export type InsertCount = { readLines: number; writtenRows: number }

/** What the warehouse says of compressed content that it cannot read to its end, bytes behind it included. */
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

/** The warehouse's disk is full: the same work may succeed once there is room. `code` is the file system's for that. */
export class WarehouseFull extends WarehouseUnavailable {
  readonly code = 'ENOSPC'
}

/**
 * The warehouse refused or failed the statement: the same work fails again. `code` is ClickHouse's error code. A figure that
 * its column cannot hold is an AppError FLUXPORT.0303 instead.
 */
export class WarehouseRefused extends Error {
  readonly code: number
  constructor(code: number, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'WarehouseRefused'
    this.code = code
  }
}
