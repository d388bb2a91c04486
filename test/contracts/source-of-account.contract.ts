import { type Kysely, sql } from 'kysely'
import { expect, it, onTestFinished } from 'vitest'
import { keyText, knownKeys } from '../../src/ingest/receive/push-store.ts'
import { readCadences } from '../../src/ledger/cadences.ts'
import { migrate } from '../../src/ports/database/database.ts'
import type { Queries } from '../../src/ports/database/schema.ts'
import type { CreatePlace } from '../harness/database.ts'

/** A ledger as the build before wrote it, with the tables that build had. */
type Before = Kysely<Record<string, Record<string, unknown>>>

const batch = (id: number, accountId: string, source: string, key: string | null = null) => ({
  ...{ id, state: 'loaded', account_id: accountId, loaded_by: 'key-1', name: 'x', source, format: 'common' },
  ...{ service_area: 'by_country', owner: 'o', content_path: '/x', compression: 'none', delivery: 'push' },
  ...{ force: 0, content_is_spooled: 0, attempts: 1, created_at_ms: 1, updated_at_ms: 1, idempotency_key: key },
  log_zone: 'UTC',
})
const cadence = (source: string, delaySeconds: number) => ({
  ...{ source, files_per_hour: 2, delay_seconds: delaySeconds, skips_empty_hours: 1, domains_json: '["a.test"]' },
  ...{ expected_from_ms: 5, expected_until_ms: null, updated_at_ms: 7 },
})

async function writeBefore(queries: Queries): Promise<void> {
  const before = queries as unknown as Before
  const batches = [
    ...[batch(1, 'a', 'edge'), batch(2, 'b', 'edge'), batch(3, 'b', 'edge'), batch(4, 'a', 'pushes')],
    ...[batch(5, 'a', 'alone', 'long'), batch(6, '', 'nobody')],
  ]
  await before.insertInto('batch').values(batches).execute()
  const stated = [cadence('edge', 60), cadence('never', 61), cadence('nobody', 62), cadence('*', 63)]
  await before.insertInto('source_cadence').values(stated).execute()
  const push = { account_id: 'a', idempotency_key: 'k', batch_id: 4, bytes: 9, created_at_ms: 3 }
  await before.insertInto('push').values(push).execute()
}

/** What becomes of the ledger of the build before sources were accounts'. */
export function sourceOfAccountContract(createPlace: CreatePlace) {
  it('gives every account that delivered its cadence, and loses neither one of these nor a key', async () => {
    const place = await createPlace()
    onTestFinished(place.remove)
    const old = await place.connect(async (queries) => {
      await migrate(queries, '0013-privacy')
      await writeBefore(queries)
    })
    await old.close()
    const database = await place.connect()
    onTestFinished(database.close)
    const cadences = [...(await readCadences(database.queries)).values()]
    const told = cadences.map((one) => `${one.accountId}/${one.source} ${one.delaySeconds}`)
    expect(told.sort()).toEqual(['/* 63', '/never 61', '/nobody 62', 'a/edge 60', 'b/edge 60'])
    expect(cadences.find(({ accountId }) => accountId === 'b')).toEqual({
      ...{
        accountId: 'b',
        source: 'edge',
        filesPerHour: 2,
        filesPerDay: null,
        dayZone: null,
        delaySeconds: 60,
        skipsEmptyHours: true,
      },
      ...{ domains: ['a.test'], expectedFromMs: 5, expectedUntilMs: null },
    })
    const keys = [
      { accountId: 'a', source: 'pushes', idempotencyKey: 'k' },
      { accountId: 'a', source: 'alone', idempotencyKey: 'long' },
      { accountId: 'a', source: 'edge', idempotencyKey: 'k' },
    ]
    const known = await knownKeys(database.queries, keys)
    expect(keys.map((key) => known.get(keyText(key)))).toEqual([
      { batchId: 4, loadedBy: 'key-1', pushedSha256: null },
      { batchId: 5, loadedBy: 'key-1', pushedSha256: null },
      undefined,
    ])
    const { rows } = await sql<{ bytes: number }>`select bytes from push`.execute(database.queries)
    expect(rows).toEqual([{ bytes: 9 }])
  })
}
