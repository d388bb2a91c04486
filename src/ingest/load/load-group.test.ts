import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fluxOf, linesOf, openQueue, type Queue } from '../../../test/harness/load-queue.ts'
import { startLocalServer, type WarehouseServer } from '../../../test/harness/warehouse.ts'
import { forgetBatch } from '../../ledger/loads.ts'
import type { BatchRow } from '../../ports/database/schema.ts'
import { WarehouseUnavailable } from '../../ports/warehouse/warehouse.ts'
import { chooseGroup } from './choose-group.ts'

let server: WarehouseServer
beforeAll(async () => {
  server = await startLocalServer()
})
afterAll(() => server.stop())

/** Each batch's sums in a table, requests and bytes, by its counting load. */
async function sumsOf({ database, warehouse }: Queue, table: 'request' | 'usage') {
  const loads = await database.queries.selectFrom('load').selectAll().where('state', '=', 'visible').execute()
  const sql =
    table === 'request'
      ? 'count() AS requests, sum(bytes) AS flux'
      : 'sum(requests) AS requests, sum(flux_bytes) AS flux'
  const rows = await warehouse.rows<{ id: number; requests: number; flux: number }>(
    `SELECT load_id AS id, ${sql} FROM ${table} GROUP BY load_id`,
  )
  return new Map(loads.map((load) => [load.batch_id, rows.find((row) => row.id === load.load_id)]))
}

/** Number of steps in which the batches began to count. */
async function steps({ database }: Queue): Promise<number> {
  const loads = await database.queries.selectFrom('load').selectAll().where('state', '=', 'visible').execute()
  return new Set(loads.map((load) => load.visible_version)).size
}

const figures = ({ state, lines, requests, rejected_lines, header_lines, flux_bytes }: BatchRow) => ({
  ...{ state, lines, requests, rejected_lines, header_lines, flux_bytes },
})

describe('small files that wait together', () => {
  it('are loaded in one step, each as its own load with its own figures', async () => {
    const test = await openQueue(server)
    const counts = new Map<number, number>()
    for (let n = 1; n <= 40; n++) counts.set(await test.queue(`file-${n}.log`, linesOf(`f${n}`, n)), n)
    await test.loadAll()
    expect(await steps(test)).toBe(1)
    const [requests, usage] = [await sumsOf(test, 'request'), await sumsOf(test, 'usage')]
    for (const [id, count] of counts) {
      const expected = { requests: count, flux: fluxOf(count) }
      expect(figures(await test.batch(id))).toEqual({
        ...{ state: 'loaded', lines: count, requests: count, rejected_lines: 0, header_lines: 0 },
        flux_bytes: fluxOf(count),
      })
      expect([requests.get(id), usage.get(id)]).toMatchObject([expected, expected])
    }
  })

  it('have their rejected lines counted and numbered each in its own file', async () => {
    const test = await openQueue(server)
    const bad = (n: number) => `${linesOf(`r${n}`, n)}no request ${n}\n\n${linesOf(`s${n}`, 2)}cut`
    const ids: number[] = []
    for (let n = 1; n <= 12; n++) ids.push(await test.queue(`file-${n}.log`, bad(n)))
    await test.queue('without.log', linesOf('without', 5))
    await test.loadAll()
    expect(await steps(test)).toBe(1)
    const samples = await test.warehouse.rows<{ id: number; reason: string; found: unknown }>(
      'SELECT load_id AS id, reason, samples AS found FROM rejected ORDER BY load_id, reason',
    )
    for (const [index, id] of ids.entries()) {
      const n = index + 1
      expect(figures(await test.batch(id))).toMatchObject({
        lines: n + 5,
        requests: n + 2,
        rejected_lines: 2,
        header_lines: 1,
      })
      const loadId = await test.database.queries
        .selectFrom('load')
        .select('load_id')
        .where('batch_id', '=', id)
        .executeTakeFirst()
      expect(samples.filter((row) => row.id === loadId?.load_id)).toMatchObject([
        { reason: 'blank', found: [{ line_number: n + 2, line: '' }] },
        {
          reason: 'fields',
          found: [
            { line_number: n + 1, line: `no request ${n}` },
            { line_number: n + 5, line: 'cut' },
          ],
        },
      ])
    }
    expect(samples).toHaveLength(24)
  })

  it('may be called anything, hold gzip, and be of several parameters: what goes together goes together', async () => {
    const test = await openQueue(server)
    const names = ['a b.log', '{x,y}.log', '*.log', '?.log', '[1].log', "it's.log", '$(x).log', '中文.log', '%2F.log']
    const ids = []
    for (const name of names) {
      ids.push(await test.queue(name, linesOf(name, 3)))
      ids.push(await test.queue(`${name}.gz`, gzipSync(linesOf(`${name}.gz`, 3))))
      const outside = { serviceArea: 'outside_mainland_china' }
      ids.push(await test.queue(`out ${name}`, linesOf(`out ${name}`, 3), outside))
    }
    await test.loadAll()
    expect(await steps(test)).toBe(3)
    for (const id of ids) expect(await test.batch(id)).toMatchObject({ state: 'loaded', requests: 3, lines: 3 })
    const areas = await test.warehouse.rows(
      'SELECT service_area AS area, count() AS n FROM request GROUP BY 1 ORDER BY 1',
    )
    expect(areas).toEqual([
      { area: 'mainland_china', n: 2 * 9 * 3 },
      { area: 'outside_mainland_china', n: 9 * 3 },
    ])
  })

  it('are looked at for a time only: those that are not keep their turn', async () => {
    const { parts, queue, batch } = await openQueue(server)
    const rows: BatchRow[] = []
    for (const name of ['1.log', '2.log', '3.log']) rows.push(await batch(await queue(name, linesOf(name, 2))))
    expect(await chooseGroup(parts, rows)).toHaveLength(3)
    expect((await chooseGroup(parts, rows, 0)).length).toBeLessThan(2)
  })

  it('leave exactly the others when one of them is forgotten', async () => {
    const test = await openQueue(server)
    const ids = []
    for (let n = 1; n <= 5; n++) ids.push(await test.queue(`file-${n}.log`, linesOf(`f${n}`, 10)))
    await test.loadAll()
    await forgetBatch(test.database, ids[2] as number)
    await test.queue('next.log', linesOf('next', 1))
    await test.loadAll()
    expect([...(await sumsOf(test, 'usage')).keys()].sort()).toEqual([1, 2, 4, 5, 6])
    expect(await test.warehouse.rows('SELECT count() AS n, uniqExact(load_id) AS loads FROM request')).toEqual([
      { n: 41, loads: 5 },
    ])
  })
})

describe('in a group', () => {
  it('a file that cannot be read fails alone', async () => {
    const test = await openQueue(server)
    const zipped = gzipSync(linesOf('damaged', 2_000))
    const good: number[] = []
    for (let n = 1; n <= 5; n++) good.push(await test.queue(`${n}.log.gz`, gzipSync(linesOf(`f${n}`, 100))))
    const cut = await test.queue('cut.log.gz', zipped.subarray(0, -9))
    const unknown = await test.queue('unknown.log.gz', gzipSync('what is this\n'))
    const empty = await test.queue('empty.log.gz', gzipSync(''))
    for (let n = 6; n <= 10; n++) good.push(await test.queue(`${n}.log.gz`, gzipSync(linesOf(`f${n}`, 100))))
    await test.loadAll()
    for (const id of good) expect(await test.batch(id)).toMatchObject({ state: 'loaded', requests: 100 })
    expect(await test.batch(cut)).toMatchObject({ state: 'failed', error_code: 'FLUXPORT.0102' })
    expect(await test.batch(unknown)).toMatchObject({ state: 'failed', error_code: 'FLUXPORT.0103' })
    expect(await test.batch(empty)).toMatchObject({ state: 'loaded', lines: 0 })
    expect(await steps(test)).toBe(1)
    expect([...(await sumsOf(test, 'request')).values()].map((sum) => sum?.requests)).toEqual(Array(10).fill(100))
  })

  it('the same content, or a beginning of another file, is told apart in the order of delivery', async () => {
    const test = await openQueue(server)
    const [short, long] = [linesOf('short', 2), linesOf('long', 100)]
    const first = await test.queue('1.log', short)
    const same = await test.queue('2.log', short)
    const grown = await test.queue('3.log', short + linesOf('more', 3))
    const other = await test.queue('4.log', long)
    const longer = await test.queue('5.log', long + linesOf('rest', 7))
    await test.loadAll()
    expect(await test.batch(first)).toMatchObject({ state: 'loaded', requests: 2 })
    expect(await test.batch(same)).toMatchObject({ state: 'duplicate', duplicate_of: first })
    expect(await test.batch(grown)).toMatchObject({ state: 'loaded', requests: 3 })
    expect(await test.batch(other)).toMatchObject({ state: 'loaded', requests: 100 })
    expect(await test.batch(longer)).toMatchObject({ state: 'loaded', requests: 7 })
    expect(await test.warehouse.rows('SELECT count() AS n, uniqExact(path) AS paths FROM request')).toEqual([
      { n: 112, paths: 112 },
    ])
  })

  it('a file whose bytes another process loads meanwhile is a duplicate; the others load', async () => {
    const test = await openQueue(server)
    const ids: number[] = []
    for (let n = 1; n <= 4; n++) ids.push(await test.queue(`${n}.log`, linesOf(`f${n}`, 50)))
    const other = await openQueue(server)
    await other.queue('theirs.log', linesOf('f3', 50))
    await other.loadAll()
    const theirs = await other.batch(1)
    let isFirst = true
    await test.loadAll({
      warehouse: {
        ...test.warehouse,
        insertLines: async (...given) => {
          const inserted = await test.warehouse.insertLines(...given)
          if (isFirst)
            await test.database.queries
              .insertInto('batch')
              .values({ ...theirs, id: 99 })
              .execute()
          isFirst = false
          return inserted
        },
      },
    })
    expect(await test.batch(ids[2] as number)).toMatchObject({ state: 'duplicate', duplicate_of: 99 })
    for (const id of [1, 2, 4]) expect(await test.batch(id)).toMatchObject({ state: 'loaded', requests: 50 })
    expect(
      await test.warehouse.rows('SELECT count() AS n FROM usage WHERE load_id IN (SELECT load_id FROM request)'),
    ).toHaveLength(1)
    expect([...(await sumsOf(test, 'usage')).values()].map((sum) => sum?.requests)).toEqual([50, 50, 50])
  })

  it('files load once each when the engine goes away in the middle', async () => {
    const test = await openQueue(server)
    for (let n = 1; n <= 6; n++) await test.queue(`${n}.log`, linesOf(`f${n}`, 50))
    let calls = 0
    await test.loadAll({
      warehouse: {
        ...test.warehouse,
        command: async (...given) => {
          await test.warehouse.command(...given)
          if (given[0].includes('INSERT INTO usage') && ++calls <= 2) throw new WarehouseUnavailable(new Error('gone'))
        },
      },
    })
    expect([...(await sumsOf(test, 'usage')).values()]).toMatchObject(Array(6).fill({ requests: 50, flux: fluxOf(50) }))
    expect(await test.warehouse.rows('SELECT count() AS n FROM request')).toEqual([{ n: 300 }])
    expect(await steps(test)).toBe(1)
  })
})
