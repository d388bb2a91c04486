// Thirty-two tasks at once against one after another, and how long a list takes meanwhile.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { median, pairCount, report, seconds } from './measure.mjs'
import { seedLoad } from './seed.mjs'
import { exportTask, startServer } from './server.mjs'

const taskCount = 32
const domainCount = 100
const startTimeMs = Date.parse('2026-09-01T00:00:00+08:00')
const nameOf = (n) => `d${String(n).padStart(3, '0')}.example.com`
const formats = ['csv', 'jsonl', 'parquet', 'xlsx']

/** A week of 100 domains by 5 minutes: 201,600 rows; every format an equal number of times. */
const request = (n) => ({
  domain_name: 'all',
  start_time: startTimeMs,
  end_time: startTimeMs + 7 * 86_400_000,
  interval: 300,
  group_by: 'domain',
  service_area: 'global',
  format: formats[n % formats.length],
})

async function listMs(client) {
  return 1000 * (await seconds(() => client.get('/v1/cdn/statistics/export-tasks', { limit: 10 })))
}

export async function benchMany() {
  const directory = mkdtempSync(join(tmpdir(), 'fluxport-bench-'))
  const dataDir = join(directory, 'data')
  try {
    await seedLoad(
      dataDir,
      Array.from({ length: domainCount }, (_, n) => nameOf(n)),
      'done',
    )
    const server = await startServer(dataDir, ['--export-concurrency', '32'])
    await server.engine(`INSERT INTO usage
      SELECT toDateTime(${startTimeMs / 1000} + 300 * intDiv(number, ${domainCount}), 'UTC'),
        concat('d', leftPad(toString(number % ${domainCount}), 3, '0'), '.example.com'), 'mainland_china', 1,
        100, 1000000 + number, 80, 900000, 100, 90, 4, 5, 1, NULL, NULL
      FROM numbers(${7 * 288 * domainCount})`)
    const all = Array.from({ length: taskCount }, (_, n) => n)
    const { client } = server
    const ratios = []
    const latencies = []
    for (let i = 0; i <= pairCount; i++) {
      const idle = []
      for (let n = 0; n < 50; n++) idle.push(await listMs(client))
      const inTurn = await seconds(async () => {
        for (const n of all) await exportTask(client, request(n))
      })
      const busy = []
      let isDone = false
      const look = async () => {
        while (!isDone) {
          busy.push(await listMs(client))
          await delay(20)
        }
      }
      const looking = look()
      const atOnce = await seconds(() => Promise.all(all.map((n) => exportTask(client, request(n)))))
      isDone = true
      await looking
      if (i === 0) continue // the warm-up
      ratios.push(atOnce / inTurn)
      latencies.push(median(busy) / median(idle))
    }
    await server.stop()
    report('32 tasks at once / one after another', ratios, { atMost: 1.3 })
    report('latency of a list meanwhile / idle, medians', latencies, { atMost: 3 })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
