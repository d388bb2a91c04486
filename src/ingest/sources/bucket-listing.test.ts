import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CreatePlace, databaseForTest } from '../../../test/harness/database.ts'
import { silentLog } from '../../../test/harness/directory.ts'
import { onEachDatabase } from '../../../test/harness/each-database.ts'
import { credentialVariables, quickBucket, startTestS3, type TestS3 } from '../../../test/harness/s3.ts'
import type { Database } from '../../ports/database/database.ts'
import type { SourceFileRow } from '../../ports/database/source-rows.ts'
import { logFormats } from '../formats/known-formats.ts'
import type { Bucket } from './buckets/bucket.ts'
import { openListing } from './buckets/bucket-listing.ts'
import { bucketMemory } from './buckets/bucket-memory.ts'
import type { BucketSettings } from './buckets/bucket-settings.ts'
import { openS3Bucket } from './buckets/s3-bucket.ts'
import { hasToDo, knownFiles, openSource, recordFiles } from './files/file-store.ts'
import type { FoundFile } from './files/log-place.ts'
import { parseSources } from './source-settings.ts'

const key = { owner: 'this-process', name: 'logs' }
const hourMs = 3_600_000
const plenty = { files: 1_000, bytes: 1e9 }
const defaults = { serviceArea: 'by_country', timeZone: 'UTC', rejectedPercentMax: 10, formats: logFormats }

let s3: TestS3
let prefixes = 0
beforeAll(async () => {
  s3 = await startTestS3()
})
afterAll(() => s3.stop())

const rowOf = (file: FoundFile, more: Partial<SourceFileRow>): SourceFileRow => ({
  ...{ owner: key.owner, source_name: key.name, path: file.path, identity: file.identity, size_bytes: file.sizeBytes },
  ...{ end_byte: null, state: 'loaded', batch_id: 1, error_code: null, error_message: null, tries: 0 },
  ...{ retry_at_ms: null, changed_at_ms: 0, gone_at_ms: null, seen_at_ms: Date.now() },
  ...more,
})

/** A prefix of its own, a database, and every key after which a page was requested. */
async function listed(createPlace: CreatePlace, more: object) {
  const prefix = `test-${++prefixes}/`
  const settingsWith = (others: object): BucketSettings => {
    const document = JSON.stringify({ sources: [quickBucket(s3, { prefix, ...more, ...others })] })
    const [settings] = parseSources(document, '/', defaults) as BucketSettings[]
    if (!settings) throw new Error('no settings')
    return settings
  }
  const { database } = await databaseForTest(createPlace)
  await openSource(database, key)
  const bucket = await openS3Bucket(settingsWith({}), credentialVariables)
  const askedAfter: string[] = []
  const said: object[] = []
  const log = { ...silentLog, warn: (fields: object) => void said.push(fields) }
  const spied: Bucket = {
    ...bucket,
    list: (after, signal) => {
      askedAfter.push(after.replace(prefix, ''))
      return bucket.list(after, signal)
    },
  }
  const open = (others = {}) =>
    openListing(settingsWith(others), { bucket: spied, memory: bucketMemory(database, key), log })
  return { database, put: (name: string) => s3.put(prefix + name, name), prefix, open, askedAfter, said }
}

type Opened = Awaited<ReturnType<typeof openListing>>

/** Looks once and has all found objects loaded; returns their names. */
async function load(database: Database, listing: Opened, nowMs: number, limit = plenty): Promise<string[]> {
  const known = await knownFiles(database, key, 'to-do')
  const found = await listing.look(known, nowMs, limit, new AbortController().signal)
  await database.write((tx) =>
    recordFiles(
      tx,
      found.ready.map((file) => rowOf(file, {})),
    ),
  )
  await found.handedOver()
  return found.ready.map((file) => file.path)
}

function inOrderContract(createPlace: CreatePlace) {
  const inOrder = { listing: 'in_order', lookback_seconds: 3_600 }

  it('goes on from where it stood, also after a restart, and sees what came late within the lookback', async () => {
    const { database, open, put, askedAfter } = await listed(createPlace, inOrder)
    const nowMs = Date.now()
    for (const name of ['k1', 'k2', 'k4']) await put(name)
    expect(await load(database, await open(), nowMs)).toEqual(['k1', 'k2', 'k4'])
    await put('k3')
    await put('k5')
    expect(await load(database, await open(), nowMs + hourMs / 2)).toEqual(['k3', 'k5'])
    await put('k6')
    expect(await load(database, await open(), nowMs + 3 * hourMs)).toEqual(['k6'])
    expect(askedAfter).toEqual(['', '', 'k5'])
  })

  it('does not see what came later than that, before everything is listed again', async () => {
    const { database, open, put, said } = await listed(createPlace, inOrder)
    const listing = await open()
    const nowMs = Date.now()
    await put('k2')
    expect(await load(database, listing, nowMs)).toEqual(['k2'])
    await put('k1')
    expect(await load(database, listing, nowMs + 3 * hourMs)).toEqual([])
    expect(said).toEqual([])
    expect(await load(database, listing, nowMs + 25 * hourMs)).toEqual(['k1'])
    expect(said).toEqual([{ source: 'logs', objects: 1, first: 'k1' }])
  })

  it('lists everything at once when other objects are meant', async () => {
    const { database, open, put } = await listed(createPlace, { ...inOrder, files: ['*2'] })
    const nowMs = Date.now()
    await put('k1')
    await put('k2')
    expect(await load(database, await open(), nowMs)).toEqual(['k2'])
    expect(await load(database, await open(), nowMs + 3 * hourMs)).toEqual([])
    expect(await load(database, await open({ files: ['*'] }), nowMs + 3 * hourMs)).toEqual(['k1'])
  })

  it('asks by name for a failed object that it does not come by, and misses one that is gone', async () => {
    const { database, open, put, prefix } = await listed(createPlace, inOrder)
    const listing = await open()
    const nowMs = Date.now()
    for (const name of ['k1', 'k2', 'k3']) await put(name)
    const [k1, k2] = (await listing.look(new Map(), nowMs, plenty, new AbortController().signal)).ready
    if (!k1 || !k2) throw new Error('not found')
    const failed = { state: 'failed', error_code: 'FLUXPORT.0102', retry_at_ms: nowMs } as const
    await load(database, listing, nowMs)
    await database.write((tx) =>
      recordFiles(
        tx,
        [k1, k2].map((file) => rowOf(file, failed)),
      ),
    )
    await s3.remove(`${prefix}k2`)
    const known = await knownFiles(database, key, 'to-do')
    expect([...known.values()].every(hasToDo)).toBe(true)
    const found = await listing.look(known, nowMs + 3 * hourMs, plenty, new AbortController().signal)
    expect(found.ready).toEqual([k1])
    expect(found.gone).toEqual(['k2'])
  })
}

function listingContract(createPlace: CreatePlace) {
  it('finds no more than there is room for, goes on from there, and back to what was not handed over', async () => {
    const { database, open, put } = await listed(createPlace, {})
    const listing = await open()
    for (const name of ['k1', 'k2', 'k3', 'k4', 'k5']) await put(name)
    const two = { files: 2, bytes: 1e9 }
    expect(await load(database, listing, 1, two)).toEqual(['k1', 'k2'])
    const lost = await listing.look(new Map(), 2, two, new AbortController().signal)
    expect(lost).toMatchObject({ ready: [{ path: 'k3' }, { path: 'k4' }], isMore: true })
    expect(await load(database, listing, 3, { files: 1_000, bytes: 4 })).toEqual(['k3', 'k4'])
    // An object larger than the room comes alone.
    expect(await load(database, listing, 4, { files: 1_000, bytes: 1 })).toEqual(['k5'])
    expect(await load(database, listing, 5)).toEqual([])
  })

  it('forgets what it has not come by for a week, and hands over again what comes back', async () => {
    const { database, open, put, prefix } = await listed(createPlace, {})
    const listing = await open()
    const nowMs = Date.now()
    await put('k1')
    await put('k2')
    expect(await load(database, listing, nowMs)).toEqual(['k1', 'k2'])
    await s3.remove(`${prefix}k1`)
    for (let day = 1; day <= 9; day++) expect(await load(database, listing, nowMs + day * 24.5 * hourMs)).toEqual([])
    expect([...(await knownFiles(database, key, 'all')).keys()]).toEqual(['k2'])
    await put('k1')
    expect(await load(database, listing, nowMs + 10 * 24.5 * hourMs)).toEqual(['k1'])
  })
}

onEachDatabase((name, createPlace) => {
  describe(`a listing in order, remembered in ${name}`, () => inOrderContract(createPlace))
  describe(`a listing, remembered in ${name}`, () => listingContract(createPlace))
})
