import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresPlace, createSqlitePlace, databaseForTest } from '../../test/harness/database.ts'
import { findPostgres, startTestPostgres, type TestPostgres } from '../../test/harness/postgres.ts'
import { databaseContract } from './database.contract.ts'

databaseContract('SQLite', createSqlitePlace)

describe('SQLite', () => {
  it('flushes every commit to the disk', async () => {
    const { database } = await databaseForTest(createSqlitePlace)
    const full = await sql<{ synchronous: number }>`pragma synchronous`.execute(database.queries)
    const wal = await sql<{ journal_mode: string }>`pragma journal_mode`.execute(database.queries)
    expect([full.rows, wal.rows]).toEqual([[{ synchronous: 2 }], [{ journal_mode: 'wal' }]])
  })
})

const source = findPostgres()
if ('reason' in source) {
  const name = `PostgreSQL (skipped: ${source.reason})`
  console.warn(name)
  describe.skip(name, () => databaseContract('PostgreSQL', createSqlitePlace))
} else {
  describe('on a server', () => {
    let server: TestPostgres
    beforeAll(async () => {
      server = await startTestPostgres(source)
    })
    afterAll(() => server.stop())
    databaseContract('PostgreSQL', () => createPostgresPlace(server))
  })
}
