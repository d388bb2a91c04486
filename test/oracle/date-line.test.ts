import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { generate, hasPython, type Log, loadLog, withoutPython } from '../harness/oracle.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { answersTo, expectExported, formats } from './compare.ts'

/** Its clocks went from 29 December 2011, 24:00 of UTC-10, to 31 December of UTC+14. */
const zone = 'Pacific/Apia'
const over = { start_time: Date.parse('2011-12-28T05:00:00-10:00'), end_time: Date.parse('2012-01-02T03:00:00+14:00') }
const now = { start_time: Date.parse('2025-09-10T00:00:00+13:00'), end_time: Date.parse('2025-09-11T00:00:00+13:00') }
const asked: Json[] = [
  { action: 'reports_detail', interval: 3600, ...over },
  { action: 'reports_detail', interval: 300, group_by: 'domain', ...now },
  { action: 'uv', interval: 3600, ...over },
  { action: 'billing_summary', ...over, end_time: Date.parse('2012-01-04T00:00:00+14:00') },
  { action: 'billing_summary', start_time: Date.parse('2025-08-30T00:00:00+13:00'), end_time: now.end_time },
]
const requests = asked.flatMap((request) =>
  formats.map((format): Json => ({ service_area: 'global', language: 'en', ...request, format })),
)

describe.skipIf(!hasPython)(`where clocks went over the date line, counted twice${withoutPython}`, () => {
  let server: TestServer
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>
  let answers: string[][]
  let taskIds: string[]
  beforeAll(async () => {
    directory = await temporaryDirectory()
    server = await startTestServer({ timeZone: zone })
    const logs: Log[] = []
    for (const [n, start] of ['2011-12-27T00:00:00+00:00', '2025-09-09T00:00:00+00:00'].entries()) {
      const log = { path: join(directory.path, `${n}.log`), format: 'huawei_offline' }
      await generate(log, { lines: 4_000, seed: 40 + n, domains: 2, start, 'duration-seconds': 6 * 86_400 })
      await loadLog(server, log)
      logs.push(log)
    }
    answers = await answersTo(logs, requests, { 'time-zone': zone, 'discard-percent': '5', 'overhead-percent': '10' })
    taskIds = await createAll(server, requests)
  }, 120_000)
  afterAll(async () => {
    await server.stop()
    await directory.remove()
  })

  it.each(requests.map((request, i): [string, Json, number] => [Object.values(request).join(' '), request, i]))(
    '%s',
    async (_name, request, i) => {
      await expectExported(await exportedBy(server, taskIds[i] ?? ''), request, zone, answers[i] ?? [])
    },
  )

  it.each([
    ['Pacific/Apia', '29/Dec/2011:23:30:00', '2011-12-29T23:30:00-10:00'],
    ['Pacific/Apia', '31/Dec/2011:00:30:00', '2011-12-31T00:30:00+14:00'],
    ['Pacific/Apia', '10/Sep/2025:10:00:00', '2025-09-10T10:00:00+13:00'],
    ['Pacific/Kiritimati', '10/Sep/2025:10:00:00', '2025-09-10T10:00:00+14:00'],
    ['Pacific/Kwajalein', '10/Sep/2025:10:00:00', '2025-09-10T10:00:00+12:00'],
    ['Pacific/Fakaofo', '10/Sep/2025:10:00:00', '2025-09-10T10:00:00+13:00'],
    ['Pacific/Enderbury', '10/Sep/2025:10:00:00', '2025-09-10T10:00:00+13:00'],
    ['Europe/Berlin', '10/Sep/2025:10:00:00', '2025-09-10T10:00:00+02:00'],
  ])('a line that says no zone is of %s: %s', async (logZone, clock, instant) => {
    const line =
      `198.51.100.7:50123 [${clock}.655] fe be/srv1 10/0/30/69/109 200 10588 - - ---- 1/1/1/1/0 0/0 ` +
      `{${logZone.split('/')[1]?.toLowerCase()}.test|curl/8.0} {} "GET /${clock.slice(0, 2)} HTTP/1.1"\n`
    const { json, text } = await server.load(line, {
      name: `${logZone.replace('/', '-')}${clock.slice(0, 2)}.log`,
      log_zone: logZone,
      format: 'haproxy',
    })
    expect(json, text).toMatchObject({ state: 'loaded', first_time: Date.parse(instant) })
  })
})
