// Exports from a rollup of ten million rows: time against the engine writing the same bytes by itself, and memory.
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pairs, peakAnonymousBytes, report } from './measure.mjs'
import { seedLoad } from './seed.mjs'
import { exportTask, startServer } from './server.mjs'

const domainCount = 386
/** 90 days of 5-minute buckets, the longest the contract allows: 10,005,120 rows with 386 domains. */
const days = 90
const startTimeMs = Date.parse('2026-07-01T00:00:00+08:00')
const dayMs = 86_400_000
const nameOf = (n) => `d${String(n).padStart(3, '0')}.example.com`

async function seed(dataDir) {
  await seedLoad(
    dataDir,
    Array.from({ length: domainCount }, (_, n) => nameOf(n)),
    'done',
  )
  const server = await startServer(dataDir)
  await server.engine(`INSERT INTO usage
    SELECT toDateTime(${startTimeMs / 1000} + 300 * intDiv(number, ${domainCount}), 'UTC') AS bucket,
      concat('d', leftPad(toString(number % ${domainCount}), 3, '0'), '.example.com'), 'mainland_china', 1,
      100 + number % 900, 1000000 + number * 7919 % 900000000, 80 + number % 700, 900000 + number * 6007 % 700000000, 100 + number % 900,
      90 + number % 800, number % 40, number % 50, number % 10, NULL, NULL
    FROM numbers(${days * 288 * domainCount})
    SETTINGS max_partitions_per_insert_block = 0`)
  await server.engine('OPTIMIZE TABLE usage FINAL')
  await server.stop()
}

const request = (rowDomains, rowDays) => ({
  domain_name: rowDomains === domainCount ? 'all' : Array.from({ length: rowDomains }, (_, n) => nameOf(n)).join(','),
  start_time: startTimeMs,
  end_time: startTimeMs + rowDays * dayMs,
  interval: 300,
  group_by: 'domain',
  service_area: 'global',
  language: 'en',
})

/** The plainest statement that gives the same rows as bytes. */
const floorSql = (rowDomains, rowDays, grouped, format = 'CSV') => `
  SELECT toTimeZone(bucket, 'Asia/Shanghai') AS time, domain, ${grouped ? 'sum(flux_bytes)' : 'flux_bytes'} AS flux, intDiv(flux * 16 + 300, 600),
    ${['requests', 'hits', 'hit_flux_bytes', 'origin_flux_bytes', 'origin_flux_bytes', 'origin_requests', 'status_2xx', 'status_3xx', 'status_4xx', 'status_5xx'].map((name, i) => `${grouped ? `sum(${name})` : name} AS c${i}`).join(', ')}
  FROM usage
  WHERE bucket >= toDateTime(${startTimeMs / 1000}, 'UTC') AND bucket < toDateTime(${(startTimeMs + rowDays * dayMs) / 1000}, 'UTC')
    AND domain < '${nameOf(rowDomains)}'
  ${grouped ? 'GROUP BY bucket, domain' : ''} ORDER BY bucket, domain
  SETTINGS format_csv_null_representation = '', output_format_csv_crlf_end_of_line = 1
  FORMAT ${format}`

async function against(server, directory, rowDomains, rowDays) {
  const target = join(directory, 'floor.csv')
  let bytes = 0
  const ours = async () => {
    ;({ bytes } = await exportTask(server.client, request(rowDomains, rowDays)))
  }
  const summed = await pairs(ours, () => server.engineFile(floorSql(rowDomains, rowDays, true), target))
  const plain = await pairs(ours, () => server.engineFile(floorSql(rowDomains, rowDays, false), target))
  const header = bytes - statSync(target).size
  return { summed, plain, note: `ours is ${header} bytes longer: the header` }
}

/** Parquet, and CSV that is compressed, of all rows, against the engine making and writing them by itself. */
async function benchFormats(server, directory) {
  for (const [name, format, compression, ending] of [
    ['Parquet', 'parquet', 'none', 'parquet'],
    ['gzip CSV', 'csv', 'gzip', 'csv.gz'],
  ]) {
    const target = join(directory, `floor.${ending}`)
    const body = { ...request(domainCount, days), format, compression }
    let bytes = 0
    const runs = await pairs(
      async () => {
        ;({ bytes } = await exportTask(server.client, body))
      },
      () => server.engineFile(floorSql(domainCount, days, true, format === 'csv' ? 'CSV' : 'Parquet'), target),
    )
    const note = `${(bytes / 1e6).toFixed(0)} MB, the engine’s ${(statSync(target).size / 1e6).toFixed(0)} MB`
    const ratios = runs.map(([a, b]) => a / b)
    report(`${name} of 10,005,120 rows / the engine summing and writing them`, ratios, { atMost: 1.3 }, note)
  }
}

/** Peak memory of an export in a process of its own. */
async function peakOf(dataDir, body) {
  const server = await startServer(dataDir)
  try {
    return await peakAnonymousBytes(server.processId, () => exportTask(server.client, body))
  } finally {
    await server.stop()
  }
}

export async function benchExport() {
  const directory = mkdtempSync(join(tmpdir(), 'fluxport-bench-'))
  const dataDir = join(directory, 'data')
  mkdirSync(dataDir)
  try {
    await seed(dataDir)
    const server = await startServer(dataDir)
    const large = await against(server, directory, domainCount, days)
    const ratios = (runs) => runs.map(([a, b]) => a / b)
    report(
      'export of 10,005,120 rows / the engine summing and writing them',
      ratios(large.summed),
      { atMost: 1.3 },
      large.note,
    )
    report(
      'the same / the engine copying the rollup’s rows out, no sum',
      ratios(large.plain),
      { atMost: 1.3 },
      'the harder floor',
    )
    await benchFormats(server, directory)
    const small = await against(server, directory, 20, 31)
    report(
      'export of 178,560 rows − the engine summing and writing them, s',
      small.summed.map(([a, b]) => a - b),
      { atMost: 0.3 },
    )
    await server.stop()
    const memory = []
    for (let i = 0; i < 3; i++) {
      const small = await peakOf(dataDir, request(35, 10)) // 100,800 rows
      memory.push(((await peakOf(dataDir, request(domainCount, days))) - small) / 1024 ** 2)
    }
    report(
      'peak memory, 10,005,120 rows − 100,800 rows, MiB',
      memory,
      { atMost: 64 },
      'RssAnon of all processes, each run fresh',
    )
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
