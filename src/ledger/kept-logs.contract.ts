import { readdir } from 'node:fs/promises'
import { expect, it, onTestFinished } from 'vitest'
import { type CreatePlace, databaseForTest } from '../../test/harness/database.ts'
import { temporaryDirectory } from '../../test/harness/directory.ts'
import { abandon, loading } from '../../test/harness/ledger.ts'
import { createAccount } from '../accounts/accounts.ts'
import { claimDomain, releaseDomain } from '../accounts/ownership.ts'
import { storedBytes } from '../accounts/stored-bytes.ts'
import { openArtifactDirectory } from '../ports/artifacts/directory.ts'
import type { Database } from '../ports/database/database.ts'
import { handedOutLog, handedOutLogs } from './handed-out-logs.ts'
import { beginKeptLog, keptLogKey, type LogToKeep, removeEndedLogs, showKeptLogs } from './kept-logs.ts'
import { forgetBatch, makeVisible } from './loads.ts'
import { keepDaysMax, removeKeeping, setKeeping } from './log-keeping.ts'

const dayMs = 86_400_000
const serverMax = 10_000

async function world(createPlace: CreatePlace) {
  const { database } = await databaseForTest(createPlace)
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const artifacts = await openArtifactDirectory(directory.path)
  const accountId = (await createAccount(database, 'keeps'))?.id ?? ''
  const of = { accountId, source: 'edge' }
  await setKeeping(database, of, 10)
  const ofTime = (endMs: number, bytesMax = 100): Omit<LogToKeep, 'batch_id' | 'load_id'> => ({
    ...{ account_id: accountId, source: 'edge', start_ms: endMs - 3_600_000, end_ms: endMs },
    ...{ nameOf: (id: string) => `${id}.gz`, hasRejected: false, domains: ['a.test'], bytesMax },
  })
  /** A log whose bytes lie in the store, and whose load is pending. */
  const written = async (bytes = 'bytes') => {
    const { batchId, loadId } = await loading(database)
    const begun = await beginKeptLog(database, { ...ofTime(Date.now()), batch_id: batchId, load_id: loadId }, serverMax)
    if (!begun) throw new Error('nothing is kept')
    const content = async function* () {
      yield Buffer.from(bytes)
    }
    const stored = await artifacts.put(keptLogKey(begun.id), content(), new AbortController().signal)
    return { batchId, loadId, log: { ...begun, stored } }
  }
  const show = ({ loadId, log }: Awaited<ReturnType<typeof written>>) =>
    database.write(async (tx) => {
      await makeVisible(tx, loadId, [])
      await tx.updateTable('batch').set({ state: 'loaded' }).where('state', '=', 'loading').execute()
      await showKeptLogs(tx, [log])
    })
  const remove = () => removeEndedLogs({ database, artifacts })
  const files = async () =>
    (await readdir(directory.path, { recursive: true })).filter((name) => /[0-9a-f]{32}/.test(name)).length
  return { database, artifacts, of, ofTime, written, show, remove, files }
}

const statesOf = async (database: Database) =>
  (await database.queries.selectFrom('kept_log').select('state').orderBy('load_id').execute()).map((row) => row.state)

export function keptLogsContract(createPlace: CreatePlace) {
  it('removes bytes whose load never counts, and those of no load on its way', async () => {
    const { database, written, remove, files } = await world(createPlace)
    const [, lost] = [await written(), await written()]
    await abandon(database, lost.loadId)
    expect([await remove(), await files(), await statesOf(database)]).toEqual([1, 1, ['writing']])
  })

  it('has a file from the moment on at which its load counts, until its batch is forgotten', async () => {
    const { database, written, show, remove, files } = await world(createPlace)
    const log = await written()
    await show(log)
    expect([await remove(), await files(), await statesOf(database)]).toEqual([0, 1, ['kept']])
    await forgetBatch(database, log.batchId)
    expect([await remove(), await files(), await statesOf(database)]).toEqual([1, 0, []])
  })

  it('keeps nothing of a setting that was removed while it wrote, and leaves no bytes', async () => {
    const { database, of, written, show, remove, files } = await world(createPlace)
    const log = await written()
    expect(await removeKeeping(database, of)).toBe(true)
    expect([await remove(), await files()]).toEqual([0, 1])
    await show(log)
    expect([await remove(), await files(), await statesOf(database)]).toEqual([1, 0, []])
    const left = await database.queries.selectFrom('kept_log_domain').selectAll().execute()
    expect(left).toEqual([])
  })

  it('hands a file out to the account that has all of its domains, and has had them since its load counts', async () => {
    const { database, of, written, show } = await world(createPlace)
    const log = await written()
    await show(log)
    const other = (await createAccount(database, 'other'))?.id ?? ''
    const totals = () =>
      Promise.all(
        [of.accountId, other].map(async (accountId) => {
          const asked = { domain: 'a.test', startMs: 0, endMs: Date.now(), limit: 10, offset: 0 }
          const { total, logs } = await handedOutLogs(database, accountId, asked)
          expect(logs.map(({ name }) => name)).toEqual(total === 0 ? [] : [`${log.log.id}.gz`])
          const file = { id: log.log.id, name: `${log.log.id}.gz` }
          expect(await handedOutLog(database, accountId, file)).toEqual(
            total === 0 ? null : { id: file.id, sha256: log.log.stored.sha256 },
          )
          return total
        }),
      )
    expect(await totals()).toEqual([0, 0])
    await claimDomain(database, of.accountId, 'a.test')
    expect(await totals()).toEqual([1, 0])
    await releaseDomain(database, 'a.test')
    await claimDomain(database, other, 'a.test')
    expect(await totals()).toEqual([0, 0])
    await claimDomain(database, other, 'a.test', true)
    expect(await totals()).toEqual([0, 1])
  })

  it('writes nothing that is too old, nor without a setting', async () => {
    const { database, of, ofTime } = await world(createPlace)
    const ids = { batch_id: 1, load_id: 1 }
    const old = { ...ofTime(Date.now() - 10 * dayMs), ...ids }
    expect(await beginKeptLog(database, old, serverMax)).toBeNull()
    await setKeeping(database, of, keepDaysMax)
    expect(await beginKeptLog(database, old, serverMax)).toMatchObject({ isRefused: false })
    await removeKeeping(database, of)
    expect(await beginKeptLog(database, old, serverMax)).toBeNull()
  })

  it('reserves what is written, so that several at once stay below the account’s bound', async () => {
    const { database, of, ofTime } = await world(createPlace)
    const half = (n: number) => ({ ...ofTime(Date.now(), serverMax / 2), batch_id: n, load_id: n })
    const begun = await Promise.all([1, 2, 3].map((n) => beginKeptLog(database, half(n), serverMax)))
    expect(begun.filter((one) => one?.isRefused)).toHaveLength(1)
    expect((await storedBytes(database.queries, of.accountId)).files).toBe(serverMax)
  })
}
