import BetterSqlite3 from 'better-sqlite3'
import pg from 'pg'
import { vi } from 'vitest'

/** An SQL text, and the values of one of its runs. */
export type Statement = { text: string; values: readonly unknown[] }

/** Statements that this process sends to its databases until `stop`, once for each text and choice of values. */
export function recordStatements(): { all(): Statement[]; stop(): void } {
  const seen = new Map<string, Statement>()
  const note = (text: string, values: readonly unknown[]) => {
    seen.set(JSON.stringify([text, values.filter((value) => typeof value === 'string')]), { text, values })
  }
  const spies = [recordSqlite(note), recordPostgres(note)]
  return {
    all: () => [...seen.values()],
    stop: () => {
      for (const spy of spies) spy.mockRestore()
    },
  }
}

type Note = (text: string, values: readonly unknown[]) => void

function recordSqlite(note: Note) {
  const prepare = BetterSqlite3.prototype.prepare as (text: string) => BetterSqlite3.Statement
  return vi.spyOn(BetterSqlite3.prototype, 'prepare').mockImplementation(function (
    this: BetterSqlite3.Database,
    text: string,
  ) {
    const statement = prepare.call(this, text)
    for (const way of ['all', 'run', 'iterate'] as const) {
      const original = statement[way].bind(statement) as (...values: unknown[]) => never
      statement[way] = (...values: unknown[]) => {
        note(text, values)
        return original(...values)
      }
    }
    return statement
  } as never)
}

function recordPostgres(note: Note) {
  const query = pg.Client.prototype.query as (...given: unknown[]) => unknown
  return vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...given: unknown[]) {
    const [first, values] = given
    if (typeof first === 'string') note(first, Array.isArray(values) ? values : [])
    return query.apply(this, given)
  } as never)
}
