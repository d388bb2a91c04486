import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { generate, hasPython, type Log, loadLog, withoutPython } from '../harness/oracle.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { answersTo, expectExported, formats } from './compare.ts'

/** The sixth of October 2024 begins at one: its first hour is leapt over. */
const zone = 'America/Asuncion'
const firstMs = Date.parse('2024-09-27T07:00:00-04:00')
const days = 12

/** From before the logs to a month behind them; one month that ends in the middle of a day; a part of the domains. */
const asked: Json[] = [
  { start_time: firstMs - 3 * 86_400_000, end_time: firstMs + 40 * 86_400_000, service_area: 'global' },
  { start_time: Date.parse('2024-10-01T04:00:00Z'), end_time: Date.parse('2024-10-08T16:03:00Z') },
  {
    start_time: firstMs,
    end_time: firstMs + 20 * 86_400_000,
    domain_name: 'www.example.test,site-77.example.test,site-108.example.test',
    service_area: 'outside_mainland_china',
  },
]
const requests = asked.flatMap((request) =>
  formats.map((format, f): Json => ({ action: 'billing_summary', ...request, format, language: f % 2 ? 'en' : 'zh' })),
)
const named = (request: Json, i: number): [string, Json, number] => [Object.values(request).join(' '), request, i]

/** What the server is told, and the oracle. */
const rules = [
  { discard: '5', validDayBytes: '0', overhead: '10' },
  { discard: '0.5', validDayBytes: '400000', overhead: '0' },
]

describe.skipIf(!hasPython).each(rules)(
  `bills of 110 domains where a day begins at one, without the highest $discard %, counted twice${withoutPython}`,
  ({ discard, validDayBytes, overhead }) => {
    const facts = { 'discard-percent': discard, 'valid-day-bytes': validDayBytes, 'overhead-percent': overhead }
    let server: TestServer
    let directory: Awaited<ReturnType<typeof temporaryDirectory>>
    let answers: string[][]
    let taskIds: string[]
    beforeAll(async () => {
      directory = await temporaryDirectory()
      server = await startTestServer({
        timeZone: zone,
        billingDiscardPercent: discard,
        billingValidDayBytes: validDayBytes,
        billingOverheadPercent: overhead,
      })
      const logs = await writeLogs(directory.path)
      answers = await answersTo(logs, requests, { 'time-zone': zone, ...facts })
      for (const log of logs) await loadLog(server, log)
      taskIds = await createAll(server, requests)
    }, 120_000)
    afterAll(async () => {
      await server.stop()
      await directory.remove()
    })

    it.each(requests.map(named))('%s', async (_name, request, i) => {
      await expectExported(await exportedBy(server, taskIds[i] ?? ''), request, zone, answers[i] ?? [])
    })
  },
)

async function writeLogs(directory: string): Promise<Log[]> {
  const logs: Log[] = [
    { path: join(directory, 'inside.log'), format: 'huawei_offline' },
    { path: join(directory, 'outside.log'), format: 'combined_vhost', isOutside: true },
  ]
  for (const [n, log] of logs.entries()) {
    const how = { start: new Date(firstMs).toISOString(), 'duration-seconds': (days - n) * 86_400, domains: 110 }
    await generate(log, { ...how, lines: 5_000 - n * 1_000, seed: 40 + n })
  }
  return logs
}
