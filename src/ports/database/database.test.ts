import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { createSqlitePlace, databaseForTest } from '../../../test/harness/database.ts'
import { onEachDatabase } from '../../../test/harness/each-database.ts'
import { databaseContract } from './database.contract.ts'

onEachDatabase((name, createPlace) => {
  describe(`${name} as a Database`, () => databaseContract(createPlace))
})

describe('SQLite', () => {
  it('flushes every commit to the disk', async () => {
    const { database } = await databaseForTest(createSqlitePlace)
    const full = await sql<{ synchronous: number }>`pragma synchronous`.execute(database.queries)
    const wal = await sql<{ journal_mode: string }>`pragma journal_mode`.execute(database.queries)
    expect([full.rows, wal.rows]).toEqual([[{ synchronous: 2 }], [{ journal_mode: 'wal' }]])
  })
})
