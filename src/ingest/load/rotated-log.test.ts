import { rename, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { linesOf, openQueue, type Queue } from '../../../test/harness/load-queue.ts'
import { startLocalServer, type WarehouseServer } from '../../../test/harness/warehouse.ts'

let server: WarehouseServer
beforeAll(async () => {
  server = await startLocalServer()
})
afterAll(() => server.stop())

/** A growing log, handed over up to its last whole line; another log has its name when it is loaded. */
async function rotatedWhileQueued(test: Queue, before: string, after: string) {
  const id = await test.queue('access.log', before)
  const { content_path: path } = await test.batch(id)
  await test.database.queries.updateTable('batch').set({ content_end_byte: before.length }).execute()
  await rename(path, `${path}.1`)
  await writeFile(path, after)
  return id
}

/** A log whose first lines end in the middle of a line of the next log. */
const [before, after] = [linesOf('b', 40), linesOf('a-longer-path', 40)]

describe('a log that is rotated between its hand-over and its load', () => {
  it('has no line of the next log cut', async () => {
    expect(after.charAt(before.length - 1)).not.toBe('\n')
    const test = await openQueue(server)
    const id = await rotatedWhileQueued(test, before, after)
    await test.loadAll()
    const found = await test.batch(id)
    expect(found).toMatchObject({ state: 'loaded', rejected_lines: 0 })
    await test.queue('access.log', after)
    await test.queue('access.log.1', before)
    await test.loadAll()
    expect(await test.warehouse.rows('SELECT count() AS n, uniqExact(path) AS paths FROM request')).toEqual([
      { n: 80, paths: 80 },
    ])
  })

  it('loads what the next log has by then when that is less', async () => {
    const test = await openQueue(server)
    const shorter = linesOf('next', 3)
    const id = await rotatedWhileQueued(test, before, `${shorter}a cut line`)
    await test.loadAll()
    expect(await test.batch(id)).toMatchObject({ state: 'loaded', requests: 3, rejected_lines: 0 })
  })
})
