// The 100 costliest URLs of each of 50 domains over 31 days: from the daily totals, and from the requests themselves.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqlite } from '../dist/ports/database/sqlite.js'
import { pairs, report } from './measure.mjs'
import { seedLoad } from './seed.mjs'
import { exportTask, startServer } from './server.mjs'

const domainCount = 50
const requestCount = 12_000_000
const days = 31
const startTimeMs = Date.parse('2026-07-01T00:00:00+08:00')
const nameOf = (n) => `d${String(n).padStart(3, '0')}.example.com`

/** Requests whose URLs are uneven: a day's totals are about three times fewer rows than its requests, as in real traffic. */
const insertSql = `INSERT INTO request SELECT
    toDateTime(${startTimeMs / 1000} + cityHash64(number, 1) % ${days * 86_400}, 'UTC') AS time,
    concat('d', leftPad(toString(cityHash64(number, 2) % ${domainCount}), 3, '0'), '.example.com') AS domain,
    'mainland_china', toIPv6('::ffff:198.51.100.1'), '', '', '',
    concat('/assets/', toString(toUInt32(exp((cityHash64(number, 3) % 1000000) / 1000000 * log(2000)))), '.jpg') AS path,
    if(cityHash64(number, 4) % 3 = 0, concat('v=', toString(cityHash64(number, 5) % 5)), ''), '', 'Mozilla/5.0', 'GET', 200,
    500 + cityHash64(number, 6) % 1000000, 'hit', 5, 1
  FROM numbers(${requestCount}) SETTINGS max_partitions_per_insert_block = 0, max_insert_threads = 2`

const request = {
  action: 'top_url_detail',
  domain_name: 'all',
  group_by: 'domain',
  start_time: startTimeMs,
  end_time: startTimeMs + days * 86_400_000,
  service_area: 'global',
  language: 'en',
}

/** Says of the load that its totals are made, or that they are not: a task reads the requests then. */
async function setRolledUp(dataDir, rollUp) {
  const database = await openSqlite(join(dataDir, 'fluxport.sqlite'))
  await database.queries.updateTable('load').set({ roll_up: rollUp }).execute()
  await database.close()
}

export async function benchTop() {
  const directory = mkdtempSync(join(tmpdir(), 'fluxport-bench-'))
  const dataDir = join(directory, 'data')
  try {
    await seedLoad(
      dataDir,
      Array.from({ length: domainCount }, (_, n) => nameOf(n)),
      'done',
    )
    const server = await startServer(dataDir)
    await server.engine(insertSql)
    await server.engine(`INSERT INTO url_daily
      SELECT toStartOfDay(time, 'Etc/GMT-8'), domain, service_area, path, query, load_id, count(), sum(bytes)
      FROM request GROUP BY ALL`)
    await server.engine(`INSERT INTO usage
      SELECT toStartOfFiveMinutes(time), domain, service_area, load_id, count(), sum(bytes), 0, 0, 0, 0, 0, 0, 0, NULL, NULL
      FROM request GROUP BY ALL SETTINGS max_partitions_per_insert_block = 0`)
    const digests = new Set()
    const list = async () => {
      const { sha256 } = await exportTask(server.client, request)
      digests.add(sha256)
    }
    // The flag is set between the halves of a pair; the process reads it when a task is claimed.
    const runs = await pairs(
      async () => {
        await setRolledUp(dataDir, 'running')
        await list()
      },
      async () => {
        await setRolledUp(dataDir, 'done')
        await list()
      },
    )
    await server.stop()
    report(
      'top 100 URLs of 50 domains, 31 days: from 12,000,000 requests / from the daily totals',
      runs.map(([requests, totals]) => requests / totals),
      { atLeast: 2 },
      `${digests.size === 1 ? 'the same bytes' : 'DIFFERENT ROWS'}; ${runs[0][0].toFixed(2)} s / ${runs[0][1].toFixed(2)} s`,
    )
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
