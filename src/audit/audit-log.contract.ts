import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { type CreatePlace, databaseForTest } from '../../test/harness/database.ts'
import type { Database } from '../ports/database/database.ts'
import { type AuditEvent, listEvents, offlineActor, recordAlone, recordEvent, verifyChain } from './audit-log.ts'
import { pruneAudit } from './prune-audit.ts'
import { openRefusalLog } from './refusal-log.ts'

const event = (object: string): AuditEvent => ({ ...offlineActor, action: 'tried', object, outcome: 'done' })
const log = { child: () => log, debug() {}, info() {}, warn() {}, error() {} } as never

async function logOf(createPlace: CreatePlace, count: number) {
  const { database, connect } = await databaseForTest(createPlace)
  for (let n = 1; n <= count; n++) await recordAlone(database, event(`${n}`))
  return { database, connect }
}

const run = (database: Database, text: string) => sql.raw(text).execute(database.queries)
const objects = async (database: Database) =>
  (await listEvents(database, { limit: 1_000 })).map((one) => one.object).reverse()

export function auditLogContract(createPlace: CreatePlace) {
  it('adds events in one order without gaps, however many are added at once, and tells of them the newest first', async () => {
    const { database, connect } = await logOf(createPlace, 0)
    // SQLite's second connection would wait for the first in the same thread, for ever.
    const databases = [database, database.kind === 'postgres' ? await connect() : database]
    await Promise.all(Array.from({ length: 20 }, (_, n) => recordAlone(databases[n % 2] ?? database, event(`${n}`))))
    const events = await listEvents(database, { limit: 1_000 })
    expect(events.map((one) => one.id)).toEqual(Array.from({ length: 20 }, (_, n) => 20 - n))
    expect(await verifyChain(database)).toMatchObject({ events: 20, brokenId: null, head: events[0]?.digest })
    const page = await listEvents(database, { limit: 5, beforeId: 10 })
    expect(page.map((one) => one.id)).toEqual([9, 8, 7, 6, 5])
  })

  it('has no event of a transaction that was undone', async () => {
    const { database } = await logOf(createPlace, 1)
    const undone = database.write(async (tx) => {
      await recordEvent(tx, event('undone'))
      throw new Error('half way')
    })
    await expect(undone).rejects.toThrow('half way')
    expect(await objects(database)).toEqual(['1'])
    expect(await verifyChain(database)).toMatchObject({ events: 1, brokenId: null })
  })

  it.each(["update audit_event set object = 'x'", 'delete from audit_event', 'delete from audit_event where id = 2'])(
    'refuses: %s',
    async (statement) => {
      const { database } = await logOf(createPlace, 3)
      await expect(run(database, statement)).rejects.toThrow(/audit_event only grows/)
      expect(await objects(database)).toEqual(['1', '2', '3'])
    },
  )

  it('removes what is past its time, and says that it did', async () => {
    const { database } = await logOf(createPlace, 3)
    expect(await pruneAudit(database, 60_000, Date.now())).toBe(0)
    expect(await pruneAudit(database, 60_000, Date.now() + 120_000)).toBe(3)
    expect(await listEvents(database, { limit: 10 })).toMatchObject([{ id: 4, action: 'audit.pruned' }])
    await recordAlone(database, event('next'))
    expect(await verifyChain(database)).toMatchObject({ events: 2, firstId: 4, brokenId: null })
  })

  it.each([
    ['an event was altered', "update audit_event set object = 'x' where id = 2", 2],
    ['one was taken out', 'delete from audit_event where id = 2', 3],
    ['the first was', 'delete from audit_event where id = 1', 2],
    ['the last was', 'delete from audit_event where id = 3', 3],
  ])('shows that %s by who may switch the triggers off', async (_, statement, brokenId) => {
    const { database } = await logOf(createPlace, 3)
    await withoutTriggers(database)
    await run(database, statement)
    expect((await verifyChain(database)).brokenId).toBe(brokenId)
  })

  it('counts refusals by address and key, some apart and the rest together', async () => {
    const { database } = await logOf(createPlace, 0)
    const clock = { nowMs: 1_800_000_000_000 }
    const refusals = openRefusalLog({ database, nowMs: () => clock.nowMs, log })
    const reason = 'signature or token'
    for (let n = 0; n < 1_000; n++) refusals.count({ address: `192.0.2.${n % 100}`, key: null, reason })
    await refusals.flush()
    await refusals.flush()
    const events = await listEvents(database, { limit: 1_000 })
    expect(events).toHaveLength(21)
    const counts = events.map((one) => (JSON.parse(one.after_json ?? '{}') as { count: number }).count)
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1_000)
    await refusals.stop()
  })
}

async function withoutTriggers(database: Database): Promise<void> {
  const on = database.kind === 'postgres' ? ' on audit_event' : ''
  for (const name of ['audit_event_keeps_rows', 'audit_event_keeps_all'])
    await run(database, `drop trigger ${name}${on}`)
}
