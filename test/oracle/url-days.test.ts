import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { type OpenServer, startOpenServer } from '../harness/open-server.ts'
import { addEdges, generate, hasPython, type Log, loadLog, withoutPython } from '../harness/oracle.ts'
import type { Json } from '../harness/requests.ts'
import { answersTo, expectExported } from './compare.ts'

const zones = [
  { zone: 'Asia/Shanghai', offset: '+08:00' },
  // Its days begin at noon of the totals', and its clocks go back within the range.
  { zone: 'America/New_York', offset: '-04:00' },
]

/** Whole days alone, with edges on both sides, with one on one, and no whole day. */
const spans = [
  ['2025-11-01T00:00:00', '2025-11-03T00:00:00'],
  ['2025-10-31T17:22:00', '2025-11-03T09:41:00'],
  ['2025-11-01T00:00:00', '2025-11-02T23:55:00'],
  ['2025-11-01T01:00:00', '2025-11-01T23:00:00'],
]
const reports: Json[] = [
  { action: 'top_url_detail', stat_type: 'flux' },
  { action: 'top_url_detail', stat_type: 'req_num', group_by: 'domain', service_area: 'global' },
  { action: 'top_path_detail', stat_type: 'req_num', service_area: 'outside_mainland_china' },
  { action: 'top_path_detail', stat_type: 'flux', group_by: 'domain', service_area: 'global' },
]
const requestsIn = (offset: string): Json[] =>
  spans.flatMap(([start, end]) =>
    reports.map((report) => ({
      ...report,
      start_time: Date.parse(start + offset),
      end_time: Date.parse(end + offset),
      limit: 3_000,
      language: 'en',
      format: 'csv',
    })),
  )

describe.skipIf(!hasPython).each(zones)(
  `lists of days and their edges in $zone, counted twice${withoutPython}`,
  ({ zone, offset }) => {
    const requests = requestsIn(offset)
    let open: OpenServer
    let directory: Awaited<ReturnType<typeof temporaryDirectory>>
    let answers: string[][]
    beforeAll(async () => {
      directory = await temporaryDirectory()
      open = await startOpenServer({ timeZone: zone })
      const logs = await writeLogs(directory.path, offset)
      answers = await answersTo(logs, requests, { 'time-zone': zone })
      for (const log of logs) await loadLog(open.server, log)
    }, 120_000)
    afterAll(async () => {
      await open.stop()
      await directory.remove()
    })

    const compareAll = async () => {
      const ids = await createAll(open.server, requests)
      for (const [n, request] of requests.entries())
        await expectExported(await exportedBy(open.server, ids[n] ?? ''), request, zone, answers[n] ?? [])
    }

    it('are right out of the daily totals', async () => {
      await open.rolledUp()
      await compareAll()
    })

    it('are right out of the requests, though the daily totals have them already', async () => {
      await open.forgetRollUps()
      await compareAll()
    })

    it('were read from where it says', async () => {
      const wrong = 'ALTER TABLE url_daily UPDATE requests = requests + 1 WHERE true SETTINGS mutations_sync = 2'
      await open.server.warehouse.command(wrong)
      await compareAll()
      await open.rememberRollUps()
      await expect(compareAll()).rejects.toThrow('to deeply equal')
    })
  },
)

/** Three days and a half from the evening before the first range on; queries are in the combined one alone. */
async function writeLogs(directory: string, offset: string): Promise<Log[]> {
  const logs: Log[] = [
    { path: join(directory, 'inside.log'), format: 'huawei_offline' },
    { path: join(directory, 'outside.log'), format: 'combined_vhost', isOutside: true },
  ]
  for (const [n, log] of logs.entries()) {
    const how = { start: `2025-10-31T12:00:00${offset}`, 'duration-seconds': 84 * 3600, domains: 4 - n }
    await generate(log, { ...how, lines: 10_000, seed: 30 + n })
    const fromMs = Date.parse(how.start)
    if (n === 0) await addEdges(log, { fromMs, toMs: fromMs + 84 * 3_600_000, stepMs: 3_600_000 })
  }
  return logs
}
