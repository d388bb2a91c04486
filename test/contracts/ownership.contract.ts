import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { expect, it, onTestFinished } from 'vitest'
import { tickAccountVersions } from '../../src/accounts/account-version.ts'
import { createAccount, createFirstAccount, newFirstKey } from '../../src/accounts/accounts.ts'
import { type OwnedDomains, ownedDomains } from '../../src/accounts/domains.ts'
import { claimDomain, releaseDomain } from '../../src/accounts/ownership.ts'
import { openSecretBox } from '../../src/auth/secret-box.ts'
import { setCadence } from '../../src/ledger/cadences.ts'
import { pinDataVersion } from '../../src/ledger/data-version.ts'
import { beginCopies, replaceLoads } from '../../src/ledger/load-copies.ts'
import { forgetBatch } from '../../src/ledger/loads.ts'
import { type Database, migrate } from '../../src/ports/database/database.ts'
import { type CreatePlace, databaseForTest } from '../harness/database.ts'
import { loaded, loading, pin, show } from '../harness/ledger.ts'

const box = openSecretBox(randomBytes(32))
const domain = 'www.example.test'

/** The first account and two customers. */
async function world(createPlace: CreatePlace) {
  const { database } = await databaseForTest(createPlace)
  const key = newFirstKey()
  await createFirstAccount(database, box, key)
  const named = async (name: string) => (await createAccount(database, name))?.id ?? ''
  const [ours, theirs] = [await named('ours'), await named('theirs')]
  const give = (accountId: string, withHistory?: boolean) => claimDomain(database, accountId, domain, withHistory)
  const take = () => releaseDomain(database, domain)
  return { database, first: key.accountId, ours, theirs, give, take }
}

/** Which of some loads an account sees of the domain, in a version or now; null when it is not the account's. */
async function seenBy(database: Database, accountId: string, loadIds: number[], dataVersion?: number) {
  const owned = await ownedDomains(database.queries, accountId, [domain], dataVersion)
  return 'missing' in owned ? null : loadIds.filter((loadId) => isSeen(owned, loadId))
}

/** As statements do it (exports/reports/report.ts). */
function isSeen({ seen }: OwnedDomains, loadId: number): boolean {
  const countsAs = seen.moved.find((one) => one.loadId === loadId)?.countsAs ?? loadId
  return countsAs >= (seen.fromLoad.get(domain) ?? 0)
}
const versionOf = (database: Database, accountId: string) =>
  database.write((tx) => pinDataVersion(database, tx, accountId))

export function ownershipContract(createPlace: CreatePlace) {
  transferRules(createPlace)
  orderRules(createPlace)
  versionRules(createPlace)
  it('of an older ledger is with all its history, and its batches keep what they may deliver', () =>
    fromOlderLedger(createPlace))
}

function transferRules(createPlace: CreatePlace) {
  it.each<{ why: string; past: ('ours' | 'theirs' | 'first' | 'nobody')[]; word?: boolean; sees: 'all' | 'new' }>([
    { why: 'nobody had', past: [], sees: 'all' },
    { why: 'nobody had, at the operator’s word', past: [], word: false, sees: 'new' },
    { why: 'the operator had', past: ['first', 'nobody'], sees: 'all' },
    { why: 'another customer had', past: ['theirs', 'nobody'], sees: 'new' },
    { why: 'another customer had before the operator', past: ['theirs', 'nobody', 'first', 'nobody'], sees: 'new' },
    { why: 'another customer had, at the operator’s word', past: ['theirs', 'nobody'], word: true, sees: 'all' },
    { why: 'it had itself last', past: ['ours', 'nobody'], sees: 'all' },
    { why: 'it had before another', past: ['ours', 'nobody', 'theirs', 'nobody'], sees: 'new' },
  ])('shows a customer of a domain that $why: $sees', async ({ past, word, sees }) => {
    const test = await world(createPlace)
    const { database } = test
    for (const owner of past) await (owner === 'nobody' ? test.take() : test.give(test[owner]))
    const { loadId: before } = await loaded(database)
    expect(await test.give(test.ours, word)).toBe(true)
    const { loadId: since } = await loaded(database)
    expect(await seenBy(database, test.ours, [before, since])).toEqual(sees === 'all' ? [before, since] : [since])
  })

  it('shows the operator everything, whatever was said', async () => {
    const { database, first, theirs, give, take } = await world(createPlace)
    await give(theirs)
    const { loadId } = await loaded(database)
    await take()
    expect(await seenBy(database, first, [loadId])).toEqual([loadId])
    await give(first, false)
    expect(await seenBy(database, first, [loadId])).toEqual([loadId])
  })

  it('is as it was in each data version, whenever that is asked for', async () => {
    const { database, ours, theirs, give, take } = await world(createPlace)
    await give(theirs)
    const { loadId: first } = await loaded(database)
    const { dataVersion: theirsThen } = await pin(database)
    await take()
    const { dataVersion: nobodys } = await pin(database)
    await give(ours)
    const { loadId: second } = await loaded(database)
    const { dataVersion: oursThen } = await pin(database)
    await give(ours, true)
    const ids = [first, second]
    expect(await seenBy(database, theirs, ids, theirsThen)).toEqual(ids)
    expect(await seenBy(database, ours, ids, theirsThen)).toBeNull()
    expect([await seenBy(database, theirs, ids, nobodys), await seenBy(database, ours, ids, nobodys)]).toEqual([
      null,
      null,
    ])
    expect(await seenBy(database, ours, ids, oursThen)).toEqual([second])
    expect([await seenBy(database, ours, ids), await seenBy(database, theirs, ids)]).toEqual([ids, null])
  })

  it('does not move the data version for what changes nothing', async () => {
    const { database, ours, theirs, give, take } = await world(createPlace)
    await give(ours)
    const { dataVersion } = await pin(database)
    expect([await give(ours), await give(ours, true), await give(theirs)]).toEqual([true, true, false])
    expect(await releaseDomain(database, 'unknown.example.test')).toBe(false)
    expect((await pin(database)).dataVersion).toBe(dataVersion)
    await take()
    expect(await take()).toBe(true)
    expect((await pin(database)).dataVersion).toBe(dataVersion + 1)
  })
}

function orderRules(createPlace: CreatePlace) {
  it('gives the new owner what was on its way, and no owner after that', async () => {
    const test = await world(createPlace)
    const { database } = test
    await test.give(test.theirs)
    const onItsWay = await loading(database)
    await test.take()
    await test.give(test.ours)
    await show(database, onItsWay.loadId)
    expect(await seenBy(database, test.ours, [onItsWay.loadId])).toEqual([onItsWay.loadId])
    await test.take()
    await test.give(test.theirs)
    expect(await seenBy(database, test.theirs, [onItsWay.loadId])).toEqual([])
  })

  it('shows of a copy, and of a copy of that, what it shows of the load', async () => {
    const test = await world(createPlace)
    const { database } = test
    await test.give(test.theirs)
    const { batchId, loadId } = await loaded(database)
    await test.take()
    await test.give(test.ours)
    let last = loadId
    for (let round = 0; round < 2; round++) {
      const copies = await beginCopies(database, [{ loadId: last, batchId }], 'this-process')
      expect(await database.write((tx) => replaceLoads(tx, copies, [domain]))).toHaveLength(1)
      last = copies[0]?.copyId ?? 0
      expect(await seenBy(database, test.ours, [last])).toEqual([])
    }
    // One that was begun before a transfer and counts after it is still what it is a copy of.
    const copies = await beginCopies(database, [{ loadId: last, batchId }], 'this-process')
    await test.take()
    await test.give(test.theirs, false)
    await database.write((tx) => replaceLoads(tx, copies, [domain]))
    expect(await seenBy(database, test.theirs, [copies[0]?.copyId ?? 0])).toEqual([])
  })
}

function versionRules(createPlace: CreatePlace) {
  it('has versions that others’ work does not move: of each account its own', async () => {
    const { database, ours, theirs, give } = await world(createPlace)
    await claimDomain(database, theirs, 'other.example.test')
    await give(ours)
    const before = await versionOf(database, ours)
    const { batchId } = await loaded(database)
    await forgetBatch(database, batchId, ['other.example.test', 'unknown.example.test', ''])
    const after = await versionOf(database, ours)
    expect(after).toMatchObject({ shownVersion: before.shownVersion, changedAtMs: before.changedAtMs })
    expect(after.dataVersion).toBeGreaterThan(before.dataVersion)
    const { batchId: own } = await loaded(database)
    await forgetBatch(database, own, [domain])
    expect((await versionOf(database, ours)).shownVersion).toBe(before.shownVersion + 1)
  })

  it('tells the first account the ledger’s version', async () => {
    const { database, first } = await world(createPlace)
    await loaded(database)
    const version = await versionOf(database, first)
    expect(version).toMatchObject({ shownVersion: version.dataVersion, changedAtMs: (await pin(database)).changedAtMs })
  })

  it('moves every account’s version at round five minutes while files are waited for by the clock, once', async () => {
    const { database, ours, give } = await world(createPlace)
    await give(ours)
    const shown = async () => (await versionOf(database, ours)).shownVersion
    const before = await shown()
    const laterMs = Date.now() + 600_000
    await tickAccountVersions(database, laterMs)
    expect(await shown()).toBe(before)
    await setCadence(database, { ...hourly, accountId: ours, source: 'cdn' })
    const stated = await shown()
    for (const more of [0, 1, 2]) await tickAccountVersions(database, laterMs + more)
    expect(await shown()).toBe(stated + 1)
    expect((await versionOf(database, ours)).changedAtMs).toBe(laterMs)
  })
}

const hourly = {
  ...{ filesPerHour: 1, filesPerDay: null, dayZone: null, delaySeconds: null, skipsEmptyHours: false, domains: null },
  ...{ expectedFromMs: null, expectedUntilMs: null },
}

/** A ledger of the build before, with what this build has other columns for. */
async function fromOlderLedger(createPlace: CreatePlace) {
  const place = await createPlace()
  onTestFinished(place.remove)
  const old = await place.connect((queries) => migrate(queries, '0013-privacy'))
  const run = (statement: string) => sql.raw(statement).execute(old.queries)
  await run(`insert into account (id, name, is_first, created_at_ms) values ('one', 'one', 1, 1), ('two', 'two', 0, 1)`)
  await run(`insert into domain (name, account_id, created_at_ms) values
    ('free.test', null, 1), ('${domain}', 'two', 1), ('own.test', 'one', 1)`)
  await run(`update counter set value = 7, changed_at_ms = 70 where name = 'data_version'`)
  await run(`update counter set value = 5 where name = 'load'`)
  const batches = [
    [1, 'one', 'null'],
    [2, 'one', `'["a.test"]'`],
    [3, 'two', `'["${domain}"]'`],
    [4, 'two', 'null'],
  ]
  for (const [id, account, list] of batches) await run(oldBatch(Number(id), `'${account}'`, String(list)))
  await run(`insert into load (load_id, batch_id, state, visible_version, roll_up) values (5, 1, 'visible', 3, 'done')`)
  await old.close()

  const database = await place.connect()
  onTestFinished(database.close)
  expect(await seenBy(database, 'two', [5])).toEqual([5])
  expect(await seenBy(database, 'two', [5], 7)).toEqual([5])
  expect(await ownedDomains(database.queries, 'one', null)).toMatchObject({ names: ['free.test', 'own.test'] })
  expect(await versionOf(database, 'two')).toMatchObject({ dataVersion: 7, shownVersion: 7, changedAtMs: 70 })
  const kept = await database.queries.selectFrom('batch').select(['id', 'may_deliver']).orderBy('id').execute()
  expect(kept.map((batch) => batch.may_deliver)).toEqual(['any', 'list', 'account', 'any'])
  // What goes to another customer from now on goes without what is there.
  await database.queries
    .insertInto('account')
    .values({ id: 'three', name: 'three', is_first: 0, created_at_ms: 1 })
    .execute()
  await releaseDomain(database, domain)
  await claimDomain(database, 'three', domain)
  expect(await seenBy(database, 'three', [5])).toEqual([])
}

const oldBatch = (id: number, account: string, list: string) =>
  `insert into batch (id, state, account_id, loaded_by, name, source, format, service_area, log_zone, owner, content_path,
     compression, delivery, force, content_is_spooled, attempts, allowed_domains_json, created_at_ms, updated_at_ms)
   values (${id}, 'queued', ${account}, 'key', 'name', 'default', 'auto', 'global', 'UTC', 'owner', '/path',
     'none', 'push', 0, 1, 0, ${list}, 1, 1)`
