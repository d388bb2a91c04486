import { expect, it } from 'vitest'
import { type CreatePlace, databaseForTest } from '../../test/harness/database.ts'
import type { Database } from '../ports/database/database.ts'
import {
  type Cadence,
  everyAccount,
  readCadences,
  removeCadence,
  setCadence,
  sourceKey,
  statedOf,
  tickDataVersion,
} from './cadences.ts'
import { pinDataVersion } from './data-version.ts'

const nothingStated: Cadence = {
  accountId: 'account-1',
  source: 'cdn',
  filesPerHour: null,
  filesPerDay: null,
  dayZone: null,
  delaySeconds: null,
  skipsEmptyHours: false,
  domains: null,
  expectedFromMs: null,
  expectedUntilMs: null,
}
const everythingStated: Cadence = {
  accountId: 'account-1',
  source: 'cdn',
  filesPerHour: 2,
  filesPerDay: null,
  dayZone: null,
  delaySeconds: 86_400,
  skipsEmptyHours: true,
  domains: ['a.example.test', 'b.example.test'],
  expectedFromMs: 1_788_220_800_000,
  expectedUntilMs: 1_788_307_200_000,
}
const pin = (database: Database) => database.write((tx) => pinDataVersion(database, tx))

/** Rules of stated cadences, on every database. */
export function cadenceContract(createPlace: CreatePlace) {
  it('are kept as stated, and stated anew as a whole', async () => {
    const { database } = await databaseForTest(createPlace)
    await setCadence(database, everythingStated)
    expect([...(await readCadences(database.queries)).values()]).toEqual([everythingStated])
    await setCadence(database, nothingStated)
    expect([...(await readCadences(database.queries)).values()]).toEqual([nothingStated])
    expect(await removeCadence(database, 'account-1', 'cdn')).toBe(true)
    expect(await removeCadence(database, 'account-1', 'cdn')).toBe(false)
    expect((await readCadences(database.queries)).size).toBe(0)
  })

  it('state daily files with the zone of their day, and then go by the clock', async () => {
    const { database } = await databaseForTest(createPlace)
    const daily: Cadence = { ...nothingStated, filesPerDay: 3, dayZone: 'Europe/Berlin' }
    await setCadence(database, daily)
    expect([...(await readCadences(database.queries)).values()]).toEqual([daily])
    const { dataVersion, changedAtMs } = await pin(database)
    await tickDataVersion(database, (changedAtMs ?? 0) + 300_000)
    expect((await pin(database)).dataVersion).toBe(dataVersion + 1)
  })

  it('are an account’s own, before what holds for every account', async () => {
    const { database } = await databaseForTest(createPlace)
    await setCadence(database, { ...everythingStated, accountId: everyAccount })
    await setCadence(database, { ...nothingStated, accountId: 'account-2' })
    const cadences = await readCadences(database.queries)
    expect(statedOf(cadences, 'account-1', 'cdn')).toMatchObject({ accountId: everyAccount, filesPerHour: 2 })
    expect(statedOf(cadences, 'account-2', 'cdn')).toMatchObject({ accountId: 'account-2', filesPerHour: null })
    expect(statedOf(cadences, 'account-1', 'edge')).toBeUndefined()
    expect(await removeCadence(database, 'account-1', 'cdn')).toBe(false)
    expect(await removeCadence(database, 'account-2', 'cdn')).toBe(true)
    expect([...(await readCadences(database.queries)).values()]).toMatchObject([{ accountId: everyAccount }])
  })

  it('make a data version of their own, which has them', async () => {
    const { database } = await databaseForTest(createPlace)
    const before = await pin(database)
    await setCadence(database, everythingStated)
    const stated = await pin(database)
    expect(stated.dataVersion).toBeGreaterThan(before.dataVersion)
    expect(stated.cadences.get(sourceKey('account-1', 'cdn'))).toEqual(everythingStated)
    await removeCadence(database, 'account-1', 'cdn')
    const removed = await pin(database)
    expect(removed.dataVersion).toBeGreaterThan(stated.dataVersion)
    expect(removed.cadences.size).toBe(0)
  })

  it('that go by the clock move a version of five minutes ago, once', async () => {
    const { database } = await databaseForTest(createPlace)
    await setCadence(database, everythingStated)
    const { dataVersion, changedAtMs } = await pin(database)
    const thenMs = changedAtMs ?? 0
    await tickDataVersion(database, thenMs + 299_999)
    expect(await pin(database)).toMatchObject({ dataVersion, changedAtMs })
    await tickDataVersion(database, thenMs + 300_000)
    await tickDataVersion(database, thenMs + 300_001)
    expect(await pin(database)).toMatchObject({ dataVersion: dataVersion + 1, changedAtMs: thenMs + 300_000 })
  })

  it('that do not go by the clock leave a version as it is', async () => {
    const { database } = await databaseForTest(createPlace)
    await setCadence(database, { ...everythingStated, filesPerHour: null, skipsEmptyHours: false })
    const before = await pin(database)
    await tickDataVersion(database, (before.changedAtMs ?? 0) + 86_400_000)
    expect(await pin(database)).toEqual(before)
  })
}
