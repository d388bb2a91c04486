import { afterAll, beforeAll, describe } from 'vitest'
import { type CreatePlace, createPostgresPlace, createSqlitePlace } from './database.ts'
import { findPostgres, startTestPostgres, type TestPostgres } from './postgres.ts'

/** Declares suites for SQLite and for PostgreSQL, which is skipped with the reason where none can be had. */
export function onEachDatabase(suites: (name: string, createPlace: CreatePlace) => void): void {
  suites('SQLite', createSqlitePlace)
  const source = findPostgres()
  if ('reason' in source) {
    const name = `PostgreSQL (skipped: ${source.reason})`
    console.warn(name)
    describe.skip(name, () => suites('PostgreSQL', createSqlitePlace))
    return
  }
  describe('on a server', () => {
    let server: TestPostgres
    beforeAll(async () => {
      server = await startTestPostgres(source)
    })
    afterAll(() => server.stop())
    suites('PostgreSQL', (state) => createPostgresPlace(server, state))
  })
}
