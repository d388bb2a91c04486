import type BetterSqlite3 from 'better-sqlite3'
import type { SqliteDatabase, SqliteStatement } from 'kysely'
import { wholeNumber } from '../../exact-json.ts'

type Row = Record<string, unknown>

/** Most statements that are kept prepared, the latest used. Those of all loops and routes are about 300. */
const keptMax = 500

/**
 * The database for kysely, with integers from 2^53 on as bigints, because the driver's numbers lose digits there.
 * Reading all integers as bigints takes 1.6 times as long, so only an answer with such an integer is read again.
 * Statements are kept prepared: preparing was two thirds of what an idle server asked of SQLite.
 */
export function readingExactly(sqlite: BetterSqlite3.Database): SqliteDatabase {
  const kept = new Map<string, BetterSqlite3.Statement>()
  const prepared = (text: string): BetterSqlite3.Statement => {
    const statement = kept.get(text) ?? sqlite.prepare(text)
    kept.delete(text)
    kept.set(text, statement)
    if (kept.size > keptMax) kept.delete(kept.keys().next().value ?? '')
    return statement
  }
  return {
    close: () => sqlite.close(),
    prepare: (text) => exactStatement(prepared(text), () => sqlite.prepare(text)),
  }
}

/** @param prepareAnother for reading row by row: meanwhile a statement can answer nobody else */
function exactStatement(
  statement: BetterSqlite3.Statement,
  prepareAnother: () => BetterSqlite3.Statement,
): SqliteStatement {
  return {
    reader: statement.reader,
    run: (values) => statement.run(...values),
    all: (values) => (statement.readonly ? readTwiceIfNeeded(statement, values) : exactRows(statement, values)),
    iterate: (values) => exactRowsOneByOne(prepareAnother(), values),
  }
}

function readTwiceIfNeeded(statement: BetterSqlite3.Statement, values: readonly unknown[]): Row[] {
  const rows = statement.all(...values) as Row[]
  return rows.some(hasLongNumber) ? exactRows(statement, values) : rows
}

function hasLongNumber(row: Row): boolean {
  for (const name in row) {
    const value = row[name]
    if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) return true
  }
  return false
}

function exactRows(statement: BetterSqlite3.Statement, values: readonly unknown[]): Row[] {
  statement.safeIntegers(true)
  try {
    return (statement.all(...values) as Row[]).map(exactRow)
  } finally {
    statement.safeIntegers(false)
  }
}

function* exactRowsOneByOne(statement: BetterSqlite3.Statement, values: readonly unknown[]): IterableIterator<Row> {
  for (const row of statement.safeIntegers(true).iterate(...values)) yield exactRow(row as Row)
}

function exactRow(row: Row): Row {
  for (const name in row) {
    const value = row[name]
    if (typeof value === 'bigint') row[name] = wholeNumber(String(value))
  }
  return row
}
