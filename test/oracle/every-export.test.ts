import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { actions } from '../../src/exports/request/actions.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { addEdges, generate, hasPython, type Log, loadLog, withoutPython } from '../harness/oracle.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { answersTo, expectExported, formats } from './compare.ts'

const zone = 'Asia/Shanghai'
const dayStart = '2025-09-10T09:00:00+08:00'

/** A bill is of months; everything else of a day, unaligned on both sides, with buckets before the first request and after
 * the last, requests of the months before it, and others after the first. */
const monthsStart = '2025-07-20T00:00:00+08:00'
const day = { start_time: Date.parse('2025-09-10T12:03:20+08:00'), end_time: Date.parse('2025-09-11T00:31:00+08:00') }
const months = {
  start_time: Date.parse('2025-07-25T10:02:00+08:00'),
  end_time: Date.parse('2025-09-11T06:00:00+08:00'),
}

const areas = ['global', 'mainland_china', 'outside_mainland_china']
const compressions = ['none', 'gzip', 'zip']
const hasBuckets = ['reports_detail', 'isp_detail', 'uv']
const isList = (action: string) => action.startsWith('top_')

/** One of each action, grouped and not, of each interval; areas and orders in turn. */
// A bill has its own count: bill.test.ts.
const asked: Json[] = actions
  .filter((action) => action !== 'bill')
  .flatMap((action, a) =>
    [300, 3600].slice(0, hasBuckets.includes(action) ? 2 : 1).flatMap((interval, n) =>
      [{}, { group_by: 'domain' }].map((group, g) => ({
        action,
        ...(action === 'billing_summary' ? months : day),
        ...group,
        ...(hasBuckets.includes(action) ? { interval } : {}),
        ...(isList(action)
          ? { stat_type: (a + g) % 2 === 0 ? 'flux' : 'req_num', limit: action === 'top_path_detail' ? 10_000 : 40 + g }
          : {}),
        service_area: areas[(a + n + g) % 3],
      })),
    ),
  )

/** Each of them in every format and language, compressed in turn. */
const requests = asked.flatMap((request, n) =>
  formats.flatMap((format, f) =>
    ['zh', 'en'].map(
      (language, l): Json => ({ ...request, format, language, compression: compressions[(n + f + l) % 3] }),
    ),
  ),
)

const nameOf = ({ action, interval, group_by, format, language, compression }: Json) =>
  [action, interval, group_by ?? 'in one', format, language, compression].filter(Boolean).join(', ')

describe.skipIf(!hasPython)(`every export of a log of two formats, counted twice${withoutPython}`, () => {
  let server: TestServer
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>
  let answers: string[][]
  let taskIds: string[]
  beforeAll(async () => {
    directory = await temporaryDirectory()
    server = await startTestServer({ timeZone: zone })
    const logs = await writeLogs(directory.path)
    answers = await answersTo(logs, requests, { 'time-zone': zone })
    for (const log of logs) await loadLog(server, log)
    taskIds = await createAll(server, requests)
  }, 120_000)
  afterAll(async () => {
    await server.stop()
    await directory.remove()
  })

  it.each(requests.map((request, i): [string, Json, number] => [nameOf(request), request, i]))(
    '%s',
    async (_name, request, i) => {
      await expectExported(await exportedBy(server, taskIds[i] ?? ''), request, zone, answers[i] ?? [])
    },
  )
})

/** A day of both formats, one of either area; and weeks before, for a bill. */
async function writeLogs(directory: string): Promise<Log[]> {
  const log = (name: string, format: string, more = {}): Log => ({ path: join(directory, name), format, ...more })
  const inside = log('inside.log', 'huawei_offline')
  const outside = log('outside.log', 'combined_vhost', { isOutside: true })
  const weeks = log('weeks.log', 'huawei_offline')
  const hours = { start: dayStart, 'duration-seconds': 15 * 3600 }
  await generate(inside, { ...hours, lines: 9_000, seed: 1, domains: 7 })
  const last = Date.parse('2025-09-10T23:55:00+08:00')
  await addEdges(inside, { fromMs: Date.parse(dayStart), toMs: last, stepMs: 300_000 })
  // Of some of the same domains: buckets with hits and requests that may have been any.
  await generate(outside, { ...hours, lines: 6_000, seed: 2, domains: 3 })
  await generate(weeks, { lines: 8_000, seed: 3, domains: 3, start: monthsStart, 'duration-seconds': 45 * 86_400 })
  return [inside, outside, weeks]
}
