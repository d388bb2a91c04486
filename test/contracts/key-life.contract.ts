import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { expect, it, onTestFinished } from 'vitest'
import {
  createFirstAccount,
  createKey,
  findKey,
  listKeys,
  type NewKey,
  newFirstKey,
} from '../../src/accounts/accounts.ts'
import { addAccount, addKey, revokeKey, rotateKey, setLocked } from '../../src/accounts/change-keys.ts'
import { recordKeyUse } from '../../src/accounts/key-use.ts'
import { mayFetch } from '../../src/accounts/link-rights.ts'
import { linkTagOf } from '../../src/accounts/link-tag.ts'
import { listEvents, offlineActor } from '../../src/audit/audit-log.ts'
import { openSecretBox } from '../../src/auth/secret-box.ts'
import { createTask } from '../../src/exports/tasks/create-task.ts'
import { claimTask } from '../../src/exports/tasks/task-store.ts'
import { takeDelivery, wakeDeliveries } from '../../src/exports/webhooks/delivery-store.ts'
import { type Database, migrate } from '../../src/ports/database/database.ts'
import { type CreatePlace, databaseForTest } from '../harness/database.ts'

export const box = openSecretBox(randomBytes(32))
export const inAnHour = () => Date.now() + 3_600_000
export const refused = (code: string) => expect.objectContaining({ code, status: 409 })

/** The first account with its operator key, and another account with a key of each role. */
export async function twoAccounts(createPlace: CreatePlace) {
  const { database, connect: open } = await databaseForTest(createPlace)
  // Another process's. SQLite's would wait for this one in this one's thread, and for ever.
  const connect = async () => (database.kind === 'postgres' ? await open() : database)
  const first = newFirstKey()
  await createFirstAccount(database, box, first)
  const other = (await addAccount(database, 'other', offlineActor))?.id ?? ''
  const make = async (key: Partial<NewKey>, on: Database = database) => {
    const plain: NewKey = { accountId: other, role: 'account', source: null, domains: null, description: '' }
    return (await createKey(on.queries, box, { ...plain, ...key })).accessKey
  }
  return { database, connect, first, other, make }
}

export const isGood = async (database: Database, accessKey: string) =>
  (await findKey(database, accessKey)) !== undefined
const outcomes = async (attempts: Promise<unknown>[]) =>
  (await Promise.allSettled(attempts)).map((one) => (one.status === 'fulfilled' ? one.value : one.reason.code))

export function keyLifeContract(createPlace: CreatePlace) {
  lastOperatorRules(createPlace)
  expiryRules(createPlace)
  rotationRules(createPlace)
  lockRules(createPlace)
  linkRules(createPlace)
  olderRules(createPlace)
}

function lastOperatorRules(createPlace: CreatePlace) {
  it('refuses to revoke the last operator key, and another’s account is no help while it is locked', async () => {
    const { database, first, other, make } = await twoAccounts(createPlace)
    await expect(revokeKey(database, first.accessKey, offlineActor)).rejects.toEqual(refused('FLUXPORT.0205'))
    const second = await make({ role: 'operator' })
    expect(await setLocked(database, other, true, offlineActor)).toMatchObject({ id: other })
    await expect(revokeKey(database, first.accessKey, offlineActor)).rejects.toEqual(refused('FLUXPORT.0205'))
    await setLocked(database, other, false, offlineActor)
    expect(await revokeKey(database, first.accessKey, offlineActor)).toEqual([first.accessKey])
    await expect(revokeKey(database, second, offlineActor)).rejects.toEqual(refused('FLUXPORT.0205'))
    await expect(setLocked(database, other, true, offlineActor)).rejects.toEqual(refused('FLUXPORT.0205'))
    expect(await isGood(database, second)).toBe(true)
  })

  it('leaves one of two operator keys that are revoked at once, by whatever process', async () => {
    const { database, connect, first, make } = await twoAccounts(createPlace)
    const databases = [database, await connect()]
    const second = await make({ role: 'operator' })
    const keys = [first.accessKey, second]
    const ended = await outcomes(keys.map((key, i) => revokeKey(databases[i] ?? database, key, offlineActor)))
    expect(ended).toContain('FLUXPORT.0205')
    const good = await Promise.all(keys.map((key) => isGood(database, key)))
    expect(good.sort()).toEqual([false, true])
  })

  it('leaves one when a revocation and a lock come at once', async () => {
    const { database, connect, first, other, make } = await twoAccounts(createPlace)
    const second = await make({ role: 'operator' })
    const elsewhere = await connect()
    await outcomes([
      revokeKey(database, first.accessKey, offlineActor),
      setLocked(elsewhere, other, true, offlineActor),
    ])
    const good = await Promise.all([first.accessKey, second].map((key) => isGood(database, key)))
    expect(good.sort()).toEqual([false, true])
  })

  it('lets no operator key that never expires be the last to go, or to be given an end', async () => {
    const { database, first, make } = await twoAccounts(createPlace)
    await make({ role: 'operator', expiresAtMs: inAnHour() })
    await expect(revokeKey(database, first.accessKey, offlineActor)).rejects.toEqual(refused('FLUXPORT.0205'))
    const rotation = { overlapMs: 0, expiresAtMs: inAnHour() }
    const rotated = rotateKey(database, box, first.accessKey, { rotation, actor: offlineActor })
    await expect(rotated).rejects.toEqual(refused('FLUXPORT.0205'))
    expect(await isGood(database, first.accessKey)).toBe(true)
    expect((await listKeys(database)).map((key) => key.replaces)).toEqual([null, null])
  })

  it('revokes keys of other roles whatever there is', async () => {
    const { database, make } = await twoAccounts(createPlace)
    for (const role of ['account', 'ingest'] as const)
      expect(await revokeKey(database, await make({ role }), offlineActor)).toHaveLength(1)
  })
}

function expiryRules(createPlace: CreatePlace) {
  it('knows no key from its expiry on', async () => {
    const { database, make } = await twoAccounts(createPlace)
    const [past, soon] = [await make({ expiresAtMs: Date.now() - 1 }), await make({ expiresAtMs: inAnHour() })]
    expect([await isGood(database, past), await isGood(database, soon)]).toEqual([false, true])
  })

  it('keeps when a key was last used, once a minute at most', async () => {
    const { database, make } = await twoAccounts(createPlace)
    const key = await make({})
    const clock = { nowMs: 1_800_000_000_000 }
    const log = { child: () => log, debug() {}, info() {}, warn() {}, error() {} }
    const use = recordKeyUse({ database, nowMs: () => clock.nowMs, log: log as never })
    const lastUsed = async () => (await listKeys(database)).find((one) => one.access_key === key)?.last_used_at_ms
    for (const [afterMs, expected] of [
      [0, 0],
      [59_999, 0],
      [60_000, 60_000],
      [90_000, 60_000],
    ] as const) {
      clock.nowMs = 1_800_000_000_000 + afterMs
      use.used(key)
      await use.flush()
      expect(await lastUsed()).toBe(1_800_000_000_000 + expected)
    }
    await use.stop()
  })
}

function rotationRules(createPlace: CreatePlace) {
  const rotate = (database: Database, key: string, overlapMs: number) =>
    rotateKey(database, box, key, { rotation: { overlapMs, expiresAtMs: undefined }, actor: offlineActor })

  it('makes a key with the same rights, and ends the old one after the overlap', async () => {
    const { database, other, make } = await twoAccounts(createPlace)
    const old = await make({ role: 'ingest', source: 'edge', domains: ['www.example.test'] })
    const made = await rotate(database, old, 3_600_000)
    const key = await findKey(database, made?.key.accessKey ?? '')
    const rights = { account_id: other, role: 'ingest', source: 'edge', domains_json: '["www.example.test"]' }
    expect(key).toMatchObject({ ...rights, replaces: old, expires_at_ms: null })
    expect(box.open(key?.secret_sealed ?? '', key?.access_key ?? '')).toBe(made?.key.secretKey)
    const before = await findKey(database, old)
    expect((before?.expires_at_ms ?? 0) - Date.now()).toBeGreaterThan(3_500_000)
    expect(made?.oldUntilMs).toBe(before?.expires_at_ms)
  })

  it('ends the old one at once without an overlap, the last operator key too', async () => {
    const { database, first } = await twoAccounts(createPlace)
    const made = await rotate(database, first.accessKey, 0)
    expect(await isGood(database, first.accessKey)).toBe(false)
    expect(await isGood(database, made?.key.accessKey ?? '')).toBe(true)
    expect(await rotate(database, first.accessKey, 0)).toBeNull()
    expect(await rotate(database, 'FLXUNKNOWN', 0)).toBeNull()
  })

  it('makes one of those who rotate a key at once, and none while both are good', async () => {
    const { database, connect, make } = await twoAccounts(createPlace)
    const old = await make({})
    const databases = [database, await connect()]
    const ended = await outcomes(databases.map((one) => rotate(one, old, 60_000)))
    expect(ended.filter((one) => one === 'FLUXPORT.0206')).toHaveLength(1)
    expect((await listKeys(database)).filter((key) => key.replaces === old)).toHaveLength(1)
  })

  it('gives a key that expires as long a life as the one before had', async () => {
    const { database, make } = await twoAccounts(createPlace)
    const old = await make({ expiresAtMs: inAnHour() })
    const made = await rotate(database, old, 60_000)
    expect((made?.expiresAtMs ?? 0) - Date.now()).toBeGreaterThan(3_590_000)
  })
}

function lockRules(createPlace: CreatePlace) {
  it('has no key of a locked account good, and all of them again when it is unlocked', async () => {
    const { database, first, other, make } = await twoAccounts(createPlace)
    const keys = [await make({ role: 'account' }), await make({ role: 'ingest' }), await make({ role: 'operator' })]
    const good = () => Promise.all([...keys, first.accessKey].map((key) => isGood(database, key)))
    await setLocked(database, other, true, offlineActor)
    expect(await good()).toEqual([false, false, false, true])
    await setLocked(database, other, false, offlineActor)
    expect(await good()).toEqual([true, true, true, true])
    expect(await setLocked(database, 'nobody', true, offlineActor)).toBeNull()
  })

  it('begins no task of a locked account and posts none of its webhooks, until it is unlocked', async () => {
    const { database, first, other } = await twoAccounts(createPlace)
    const task = { name: '', action: 'uv', requestJson: '{}', webhookUrl: 'https://receiver.example.test/' }
    for (const [id, accountId] of [
      ['waits', other],
      ['ended', other],
      ['first', first.accountId],
    ] as const)
      await createTask(database, { ...task, id, accountId })
    await database.queries.updateTable('export_task').set({ state: 'success' }).where('id', '=', 'ended').execute()
    await setLocked(database, other, true, offlineActor)
    await wakeDeliveries(database)
    expect([await claimTask(database, 'w'), await claimTask(database, 'w')]).toMatchObject([
      { task: { id: 'first' } },
      null,
    ])
    expect(await takeDelivery(database)).toBeNull()
    await setLocked(database, other, false, offlineActor)
    expect(await claimTask(database, 'w')).toMatchObject({ task: { id: 'waits' } })
    expect(await takeDelivery(database)).toMatchObject({ task: { id: 'ended' } })
  })

  it('records each change with who made it, and no secret', async () => {
    const { database, other, make } = await twoAccounts(createPlace)
    const actor = { actor: 'FLX1', accountId: 'a', address: '192.0.2.1' }
    const asked: NewKey = { accountId: other, role: 'account', source: null, domains: null, description: '' }
    const made = await addKey(database, box, asked, actor)
    await setLocked(database, other, true, actor)
    await setLocked(database, other, true, actor)
    await setLocked(database, other, false, actor)
    await revokeKey(database, made.accessKey, actor)
    await revokeKey(database, made.accessKey, actor)
    const events = (await listEvents(database, { limit: 10, actor: 'FLX1' })).reverse()
    const expected = [
      ['access_key.created', made.accessKey],
      ['account.locked', other],
      ['account.unlocked', other],
      ['access_key.revoked', made.accessKey],
    ]
    expect(events.map((event) => [event.action, event.object])).toEqual(expected)
    expect(events.map(({ account_id: id, address }) => [id, address])).toEqual(expected.map(() => ['a', '192.0.2.1']))
    expect(JSON.stringify(events)).not.toContain(made.secretKey)
    await make({})
  })
}

function linkRules(createPlace: CreatePlace) {
  it('has a link end with its key, and with its account', async () => {
    const { database, other, make } = await twoAccounts(createPlace)
    const now = Date.now()
    const [key, expired] = [await make({}), await make({ expiresAtMs: now - 1 })]
    const others = await make({ accountId: (await addAccount(database, 'third', offlineActor))?.id ?? '' })
    const may = () =>
      Promise.all([key, expired, others].map((one) => mayFetch(database, other, linkTagOf(one)))).then(async (keys) => [
        ...keys,
        await mayFetch(database, other, undefined),
      ])
    expect(await may()).toEqual([true, false, false, true])
    await setLocked(database, other, true, offlineActor)
    expect(await may()).toEqual([false, false, false, false])
    await setLocked(database, other, false, offlineActor)
    await revokeKey(database, key, offlineActor)
    expect(await may()).toEqual([false, false, false, true])
  })
}

function olderRules(createPlace: CreatePlace) {
  it('has the keys of a database from before good as they were, with links of their own', async () => {
    const place = await createPlace()
    onTestFinished(place.remove)
    const old = await place.connect((queries) => migrate(queries, '0013-privacy'))
    const run = (text: string) => sql.raw(text).execute(old.queries)
    await run(`insert into account (id, name, is_first, created_at_ms) values ('a', 'a', 1, 1)`)
    for (const [key, revoked] of [
      ['FLX1', 'null'],
      ['FLX2', '2'],
    ])
      await run(`insert into access_key (access_key, account_id, role, secret_sealed, description, created_at_ms,
        revoked_at_ms) values ('${key}', 'a', 'operator', 'sealed', '', 1, ${revoked})`)
    await old.close()
    const database = await place.connect()
    onTestFinished(database.close)
    const key = { access_key: 'FLX1', secret_sealed: 'sealed', expires_at_ms: null, link_tag: linkTagOf('FLX1') }
    expect(await findKey(database, 'FLX1')).toMatchObject(key)
    expect([await isGood(database, 'FLX2'), (await listKeys(database)).length]).toEqual([false, 2])
    await expect(revokeKey(database, 'FLX1', offlineActor)).rejects.toEqual(refused('FLUXPORT.0205'))
    const made = await addAccount(database, 'b', offlineActor)
    expect(await listEvents(database, { limit: 5 })).toMatchObject([{ id: 1, object: made?.id }])
  })
}
