import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { generate, hasPython, type Log, loadLog, withoutPython } from '../harness/oracle.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { answersTo, expectExported } from './compare.ts'

const zone = 'Asia/Shanghai'
const range = {
  start_time: Date.parse('2025-09-10T10:00:00+08:00'),
  end_time: Date.parse('2025-09-10T20:00:00+08:00'),
  service_area: 'global',
  format: 'csv',
  language: 'en',
}

/** What is the same whoever asked, and whatever was behind the question mark. */
const requests: Json[] = [
  ...[300, 3600].flatMap((interval) =>
    [{}, { group_by: 'domain' }].map((group) => ({ action: 'uv', interval, ...group })),
  ),
  { action: 'reports_detail', interval: 300, group_by: 'domain' },
  { action: 'top_path_detail', limit: 100, group_by: 'domain' },
  { action: 'top_ua_detail', limit: 50 },
].map((request) => ({ ...range, ...request }))

describe.skipIf(!hasPython)(`a log of which addresses and queries are not kept, counted twice${withoutPython}`, () => {
  let server: TestServer
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>
  let answers: string[][]
  let taskIds: string[]
  beforeAll(async () => {
    directory = await temporaryDirectory()
    const log: Log = { path: join(directory.path, 'day.log'), format: 'huawei_offline' }
    await generate(log, {
      lines: 8_000,
      seed: 5,
      domains: 4,
      start: '2025-09-10T09:00:00+08:00',
      'duration-seconds': 43_200,
    })
    answers = await answersTo([log], requests, { 'time-zone': zone })
    server = await startTestServer({ timeZone: zone, clientAddresses: 'truncated', queryStrings: 'drop' })
    await loadLog(server, log)
    taskIds = await createAll(server, requests)
  }, 120_000)
  afterAll(async () => {
    await server.stop()
    await directory.remove()
  })

  it.each(requests.map((request, i): [Json, number] => [request, i]))('%j', async (request, i) => {
    await expectExported(await exportedBy(server, taskIds[i] ?? ''), request, zone, answers[i] ?? [])
  })
})
