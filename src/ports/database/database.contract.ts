import { readdirSync } from 'node:fs'
import { sql } from 'kysely'
import { describe, expect, it, onTestFinished } from 'vitest'
import { batchForTest, type CreatePlace, databaseForTest } from '../../../test/harness/database.ts'
import { type Database, nextValue } from './database.ts'
import { inSnapshot, tableRows } from './database-rows.ts'

/** Rules of the port itself, for every database. Rules of the stored data have suites of their own: test/contracts/. */
export function databaseContract(createPlace: CreatePlace) {
  describe('migrations', () => migrationsContract(createPlace))
  describe('transactions', () => transactionsContract(createPlace))
  describe('whole numbers', () => wholeNumbersContract(createPlace))
  describe('the mark of changes', () => changeMarkContract(createPlace))
}

function changeMarkContract(createPlace: CreatePlace) {
  it('moves with each change by whomever, and stays without one; or there is none', async () => {
    const { database, connect } = await databaseForTest(createPlace)
    const other = await connect()
    const before = database.changeMark()
    if (before === null) return expect(database.kind).toBe('postgres')
    await accountIds(database)
    expect(database.changeMark()).toBe(before)
    await addAccount(database, 'own')
    const own = database.changeMark()
    expect(own).not.toBe(before)
    await addAccount(other, 'another’s')
    expect(database.changeMark()).not.toBe(own)
  })

  it('keeps a statement prepared, and gives each run its own values and columns', async () => {
    const { database } = await databaseForTest(createPlace)
    await addAccount(database, 'one')
    await addAccount(database, 'two', 2 ** 53 - 1)
    const at = async (createdAtMs: number) => {
      const query = database.queries.selectFrom('account').selectAll().where('created_at_ms', '=', createdAtMs)
      return (await query.execute()).map((row) => row.id)
    }
    expect([await at(1), await at(2 ** 53 - 1), await at(1)]).toEqual([['one'], ['two'], ['one']])
    await sql`alter table account add column later integer default 7`.execute(database.queries)
    const [row] = await database.queries.selectFrom('account').selectAll().where('created_at_ms', '=', 1).execute()
    expect(row).toMatchObject({ id: 'one', later: 7 })
  })
}

const account = (id: string, createdAtMs = 1) => ({ id, name: id, is_first: 0, created_at_ms: createdAtMs })
const addAccount = (database: Database, id: string, createdAtMs?: number) =>
  database.queries.insertInto('account').values(account(id, createdAtMs)).execute()
const accountIds = async (database: Database) => {
  const rows = await database.queries.selectFrom('account').select('id').execute()
  return rows.map((row) => row.id).sort()
}

/** Every file of the directory, even one that is not registered. */
const allMigrations = readdirSync(new URL('./migrations/', import.meta.url))
  .map((name) => name.replace(/\.ts$/, ''))
  .sort()
const migrationsDone = async (database: Database) => {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(database.queries)
  return rows.map((row) => row.name)
}

function wholeNumbersContract(createPlace: CreatePlace) {
  it.each(
    [53n, 60n, 63n].flatMap((power) => [2n ** power - 1n, ...(power < 63n ? [2n ** power, 2n ** power + 1n] : [])]),
  )('keep every digit of %s, read alone, in a list, as a stream and as an answer to a change', async (bytes) => {
    const { database } = await databaseForTest(createPlace)
    const { queries } = database
    const id = await batchForTest(database)
    await batchForTest(database, { name: 'other.log' })
    const exact = bytes < 2n ** 53n ? Number(bytes) : bytes
    const changed = queries.updateTable('batch').set({ flux_bytes: exact, lines: 7 }).where('id', '=', id)
    expect(await changed.returning(['flux_bytes', 'lines']).execute()).toEqual([{ flux_bytes: exact, lines: 7 }])
    const rows = await queries.selectFrom('batch').selectAll().orderBy('id').execute()
    expect(rows.map((row) => row.flux_bytes)).toEqual([exact, null])
    expect(rows.map((row) => typeof row.created_at_ms)).toEqual(['number', 'number'])
    const found = await queries.selectFrom('batch').select('id').where('flux_bytes', '=', exact).execute()
    expect(found).toEqual([{ id }])
    const pages = await inSnapshot(database, async (tx) => {
      const all: unknown[] = []
      for await (const page of tableRows(database.kind, tx, 'batch')) all.push(...page.map((row) => row['flux_bytes']))
      return all
    })
    expect(pages.filter((one) => one !== null)).toEqual([exact])
  })
}

function migrationsContract(createPlace: CreatePlace) {
  it('run once: a database that is up to date is opened as it is', async () => {
    const { database, connect } = await databaseForTest(createPlace)
    await addAccount(database, 'kept')
    const again = await connect()
    expect(await migrationsDone(again)).toEqual(allMigrations)
    expect(await accountIds(again)).toEqual(['kept'])
  })

  it('run once when several processes open an empty database at once', async () => {
    const place = await createPlace()
    onTestFinished(place.remove)
    const databases = await Promise.all(Array.from({ length: 4 }, () => place.connect()))
    for (const database of databases) onTestFinished(database.close)
    for (const database of databases) expect(await migrationsDone(database)).toEqual(allMigrations)
  })

  it('leave nothing behind when they fail half way, and succeed the next time', async () => {
    const { database, connect } = await databaseForTest(createPlace)
    const dropAll = sql.raw.bind(sql)
    const sources = ['source_file', 'log_source', 'source_cadence']
    const later = [
      'kept_log_domain',
      'kept_log',
      'log_keeping',
      'charge_mode',
      'console_link',
      'stats_config',
      'domain_ownership',
      'account_version',
      'audit_event',
      'own_secret',
      'relocation',
      'backup_pin',
      'push_reader',
      'push',
      ...sources,
      'retention_floor',
      'webhook_delivery',
      'export_idempotency',
      'batch_count',
    ]
    const first = ['export_task_count', 'export_task', 'load', 'batch', 'counter', 'domain', 'access_key']
    for (const table of [...later, ...first]) await dropAll(`drop table ${table}`).execute(database.queries)
    for (const table of ['account', 'kysely_migration']) await dropAll(`drop table ${table}`).execute(database.queries)
    await sql`create table export_task (in_the_way integer)`.execute(database.queries)
    await expect(connect()).rejects.toThrow()
    await expect(accountIds(database)).rejects.toThrow()
    await sql`drop table export_task`.execute(database.queries)
    expect(await accountIds(await connect())).toEqual([])
  })

  it('refuse a database that a newer program has changed', async () => {
    const { database, connect } = await databaseForTest(createPlace)
    await sql`insert into kysely_migration (name, timestamp) values ('9999-later', '2030-01-01')`.execute(
      database.queries,
    )
    await expect(connect()).rejects.toThrow(/9999-later/)
  })
}

function transactionsContract(createPlace: CreatePlace) {
  it('shows what was committed to another connection, and nothing of what was not', async () => {
    const { database, connect } = await databaseForTest(createPlace)
    const other = await connect()
    await database.write(async (tx) => {
      await tx.insertInto('account').values(account('one')).execute()
      await tx.insertInto('account').values(account('two')).execute()
      expect(await accountIds(other)).toEqual([])
    })
    expect(await accountIds(other)).toEqual(['one', 'two'])
  })

  it('undoes all of a transaction that throws', async () => {
    const { database } = await databaseForTest(createPlace)
    const failing = database.write(async (tx) => {
      await tx.insertInto('account').values(account('one')).execute()
      throw new Error('half way')
    })
    await expect(failing).rejects.toThrow('half way')
    expect(await accountIds(database)).toEqual([])
  })

  it('counts without gaps or repeats, however many count at once', async () => {
    const { database } = await databaseForTest(createPlace)
    const values = await Promise.all(Array.from({ length: 60 }, () => database.write((tx) => nextValue(tx, 'batch'))))
    expect(values.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1))
  })

  it('takes a number back with the transaction that drew it, so that none is missing', async () => {
    const { database } = await databaseForTest(createPlace)
    const draws = Array.from({ length: 40 }, (_, index) =>
      database.write(async (tx) => {
        const value = await nextValue(tx, 'load')
        if (index % 2 === 1) throw new Error('undone')
        return value
      }),
    )
    const drawn = (await Promise.allSettled(draws)).flatMap((draw) => (draw.status === 'fulfilled' ? [draw.value] : []))
    expect(drawn.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
  })

  it('keeps counters of different names apart', async () => {
    const { database } = await databaseForTest(createPlace)
    const drawn = await database.write(async (tx) => [
      await nextValue(tx, 'batch'),
      await nextValue(tx, 'batch'),
      await nextValue(tx, 'load'),
    ])
    expect(drawn).toEqual([1, 2, 1])
  })

  it('gives 64-bit integers back as numbers', async () => {
    const { database } = await databaseForTest(createPlace)
    await addAccount(database, 'one', Number.MAX_SAFE_INTEGER)
    const row = await database.queries.selectFrom('account').select('created_at_ms').executeTakeFirst()
    expect(row).toEqual({ created_at_ms: Number.MAX_SAFE_INTEGER })
  })

  it('tells the time in whole unix milliseconds', async () => {
    const { database } = await databaseForTest(createPlace)
    const { rows } = await sql<{ now: number }>`select ${database.nowMs} as now`.execute(database.queries)
    const now = rows[0]?.now ?? 0
    expect(Number.isInteger(now)).toBe(true)
    expect(Math.abs(now - Date.now())).toBeLessThan(5_000)
  })
}
