import { expect, it } from 'vitest'
import { batchForTest, type CreatePlace, databaseForTest } from '../../../test/harness/database.ts'
import type { NewBatch } from '../../ledger/batches.ts'
import type { Database } from '../../ports/database/database.ts'
import { isSamePush } from './push-digest.ts'
import { isReader, KeyTaken, keyText, knownKeys, type Received, recordReaders, recordReceived } from './push-store.ts'

const newBatch = (accountId: string, source: string): NewBatch => ({
  ...{ accountId, loadedBy: `key of ${accountId}`, name: '(push)', source, format: 'huawei_offline' },
  ...{
    defaultDomain: null,
    serviceArea: 'by_country',
    logZone: 'UTC',
    countAlso: [],
    allowedDomains: null,
    mayDeliver: 'any',
    force: false,
  },
  ...{
    rejectedPercentMax: 10,
    overlap: 'refuse',
    delivery: 'push',
    idempotencyKey: null,
    pushedSha256: null,
    owner: 'this-process',
  },
  content: { path: `/nowhere/${accountId}-${source}`, compression: 'none' },
  contentIsSpooled: true,
})
const received = (accountId: string, source: string, ...keys: string[]): Received => ({
  ...{ batchId: null, newBatch: newBatch(accountId, source), receivedBytes: 1, pushes: keys.length },
  keyed: keys.map((idempotencyKey) => ({ accountId, source, idempotencyKey, bytes: 1, pushedSha256: `of ${source}` })),
})
const known = async (database: Database, accountId: string, source: string, idempotencyKey: string) => {
  const key = { accountId, source, idempotencyKey }
  return (await knownKeys(database.queries, [key])).get(keyText(key))
}

/** Rules of push keys, on every database. */
export function pushStoreContract(createPlace: CreatePlace) {
  it('knows a key within its account and source, with what came under it', async () => {
    const { database } = await databaseForTest(createPlace)
    const [one, two, other] = await recordReceived(database, [
      received('a', 'edge', 'k', 'k2'),
      received('a', 'edge-2', 'k'),
      received('b', 'edge', 'k'),
    ])
    expect(await known(database, 'a', 'edge', 'k')).toEqual({
      ...{ batchId: one, loadedBy: 'key of a', pushedSha256: 'of edge' },
    })
    expect((await known(database, 'a', 'edge-2', 'k'))?.batchId).toBe(two)
    expect((await known(database, 'b', 'edge', 'k'))?.batchId).toBe(other)
    expect(await known(database, 'b', 'edge-2', 'k')).toBeUndefined()
    await expect(recordReceived(database, [received('a', 'edge', 'new', 'k')])).rejects.toThrow(KeyTaken)
    expect(await known(database, 'a', 'edge', 'new')).toBeUndefined()
  })

  it('knows those of batches of their own likewise', async () => {
    const { database } = await databaseForTest(createPlace)
    const alone = (source: string) =>
      batchForTest(database, { delivery: 'push', source, idempotencyKey: 'k', pushedSha256: `of ${source}` })
    const [one, two] = [await alone('edge'), await alone('edge-2')]
    await expect(alone('edge')).rejects.toThrow()
    expect(await known(database, 'account-1', 'edge', 'k')).toMatchObject({ batchId: one, pushedSha256: 'of edge' })
    expect(await known(database, 'account-1', 'edge-2', 'k')).toMatchObject({ batchId: two })
  })

  it('takes anything for the same where nobody knows what came', async () => {
    const { database } = await databaseForTest(createPlace)
    await batchForTest(database, { delivery: 'push', source: 'edge', idempotencyKey: 'old' })
    const old = await known(database, 'account-1', 'edge', 'old')
    expect(old && isSamePush(old, 'whatever')).toBe(true)
    expect(old && isSamePush({ ...old, pushedSha256: 'a' }, 'b')).toBe(false)
  })

  it('lets an access key ask about a batch that its push was answered with, once recorded, and no other', async () => {
    const { database } = await databaseForTest(createPlace)
    const batchId = await batchForTest(database)
    const readers = [{ batchId, accessKey: 'second' }]
    await recordReaders(database.queries, readers)
    await recordReaders(database.queries, readers)
    expect(await isReader(database.queries, batchId, 'second')).toBe(true)
    expect(await isReader(database.queries, batchId, 'third')).toBe(false)
  })
}
