import { expect, it, onTestFinished } from 'vitest'
import { type CreatePlace, databaseForTest } from '../../../test/harness/database.ts'
import { temporaryDirectory } from '../../../test/harness/directory.ts'
import { addTask, artifactOf, countedTasks, keyOf } from '../../../test/harness/tasks.ts'
import type { Artifacts } from '../../ports/artifacts/artifacts.ts'
import { openArtifactDirectory } from '../../ports/artifacts/directory.ts'
import type { Database } from '../../ports/database/database.ts'
import { takeDelivery, wakeDeliveries } from '../webhooks/delivery-store.ts'
import { cancelTask, deleteTask, retryTask } from './change-task.ts'
import { keepHouse } from './housekeeping.ts'
import { listTasks } from './task-list.ts'
import { claimTask, completeTask, failTask, heartbeat, reapLeases, returnTask } from './task-store.ts'

const accounts = ['a', 'b', 'c']
const keys = Array.from({ length: 12 }, (_, n) => `key-${n}`)
const limits = { waitingMax: 1_000, storedBytesMax: 1_000_000 }
const runningMax = 3

type World = { database: Database; artifacts: Artifacts; pick: <T>(from: readonly T[]) => T; number: () => number }

/** All changes of tasks at once: nothing deadlocks, and the invariants hold afterwards. */
export function atOnceContract(createPlace: CreatePlace) {
  it('lets everything happen at once: no statement fails, and every count is right', async () => {
    const { database, connect } = await databaseForTest(createPlace)
    const directory = await temporaryDirectory()
    onTestFinished(directory.remove)
    const artifacts = await openArtifactDirectory(directory.path)
    const databases = [database]
    while (database.kind === 'postgres' && databases.length < 3) databases.push(await connect())
    const dice = createDice()
    const actor = async (n: number) => {
      for (let step = 0; step < 40; step++)
        await act({ ...dice, artifacts, database: databases[n % databases.length] ?? database })
    }
    await Promise.all(Array.from({ length: 12 }, (_, n) => actor(n)))
    for (const account of accounts) {
      const { tasks, total } = await listTasks(database, keyOf(account), { limit: 1_000, offset: 0 })
      expect([total, await countedTasks(database, account)]).toEqual([tasks.length, tasks.length])
      expect(tasks.filter((task) => task.state === 'processing').length).toBeLessThanOrEqual(runningMax)
    }
  })
}

/** Draws the same numbers every time; the databases interleave differently. */
function createDice(): Pick<World, 'pick' | 'number'> {
  let seed = 1
  const number = () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed
  }
  return { number, pick: (from) => from[number() % from.length] as (typeof from)[number] }
}

async function act(world: World): Promise<unknown> {
  const { database, artifacts, pick, number } = world
  const account = pick(accounts)
  const change = pick([cancelTask, deleteTask, (on: Database, of: string, id: string) => retryTask(on, of, id, limits)])
  const actions: (() => Promise<unknown>)[] = [
    () => {
      const idempotency = { key: pick(keys), bodySha256: 'x' }
      const webhookUrl = 'https://example.test/'
      return addTask(database, `task-${number()}`, { accountId: account, limits, webhookUrl, idempotency })
    },
    () => changeOne(world, account, (id) => change(database, account, id)),
    () => changeOne(world, account, (id) => change(database, account, id)),
    () => workOnOne(world),
    () => workOnOne(world),
    () => reapLeases(database, pick(['worker', 'another'])),
    () => keepHouse({ database, artifacts }, { fileMs: -1_000, taskMs: 1_000_000 }),
    () => wakeDeliveries(database).then(() => takeDelivery(database)),
  ]
  return await pick(actions)()
}

/** Changes a task of an account, whatever its state. */
async function changeOne({ database, pick }: World, account: string, change: (id: string) => Promise<unknown>) {
  const { tasks } = await listTasks(database, keyOf(account), { limit: 20, offset: 0 })
  if (tasks.length > 0) await change(pick(tasks).id)
}

async function workOnOne({ database, pick }: World): Promise<unknown> {
  const claim = await claimTask(database, 'worker', runningMax)
  if (!claim) return null
  await heartbeat(database, claim, { rows: 1, expectedRows: 2 })
  const ends = [
    () => completeTask(database, claim, artifactOf(claim)),
    () => failTask(database, claim, 'FLUXPORT.0001', 'for this test'),
    () => returnTask(database, claim, { delayMs: 0, countAttempt: pick([true, false]) }),
  ]
  return await pick(ends)()
}
