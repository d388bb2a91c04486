import { PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { codeOf } from '../../errors.ts'
import { wholeNumber } from '../../exact-json.ts'
import { createQueries, type Database, onlyMigrate } from './database.ts'

const int8TypeId = 20

/** SQLSTATEs after which the same transaction may be run again. */
const retryableStates: Record<string, true> = {
  '40001': true, // serialization_failure
  '40P01': true, // deadlock_detected
}

/**
 * Opens a PostgreSQL database by URL and brings it up to date.
 * int8 columns are read as numbers, and from 2^53 on as bigints: a batch's bytes may be that many.
 */
export async function openPostgres(url: string, prepare = onlyMigrate): Promise<Database> {
  const types = { getTypeParser: (id: number, format?: 'text' | 'binary') => parserOf(id, format) }
  const pool = new pg.Pool({ connectionString: url, max: 10, types: types as pg.CustomTypesConfig })
  pool.on('error', () => undefined) // a broken idle connection is replaced; if none can be made, the next query fails
  const queries = createQueries(new PostgresDialect({ pool }))
  try {
    await prepare(queries)
  } catch (error) {
    await queries.destroy()
    throw error
  }
  return {
    kind: 'postgres',
    queries,
    nowMs: sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`,
    lockAndSkip: (query) => query.forUpdate().skipLocked(),
    lockAgainstWriters: (query) => query.forShare(),
    lock: (query) => query.forUpdate(),
    changeMark: () => null,
    write: (work) => retrying(() => queries.transaction().execute(work)),
    close: () => queries.destroy(),
  }
}

function parserOf(id: number, format?: 'text' | 'binary') {
  return id === int8TypeId ? wholeNumber : pg.types.getTypeParser(id, format as 'text')
}

async function retrying<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const state = codeOf(error)
      if (attempt === 5 || !retryableStates[state]) throw error
    }
  }
}
