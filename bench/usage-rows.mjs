// The rows of the bench of usage: in the engine, and the loads that they belong to in the ledger.
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { seconds as secondsOf, untilQuiet } from './measure.mjs'
import { startServer } from './server.mjs'

export const domainCount = 1_000
export const days = 90
/** Domains with URLs, their days, and their requests. */
const urls = { domains: 50, days: 32, requests: 12_000_000 }

export const nameOf = (n) => `d${String(n).padStart(4, '0')}.example.com`
const nameSql = (n) => `concat('d', leftPad(toString(${n}), 4, '0'), '.example.com')`

/** Logs of the same rows: each has some buckets of the domains of its group. */
export const layouts = {
  days: { key: 'days', name: '90 loads', buckets: 288, groups: 1, hidden: 0 },
  hours: { key: 'hours', name: '99,360 loads', buckets: 12, groups: 46, hidden: 0 },
  // A question's figures are other ones then.
  hidden: { key: 'hidden', name: '99,360 loads of which 10,000 are hidden', buckets: 12, groups: 46, hidden: 10_000 },
}
const isManyOf = ({ groups }) => groups > 1
const loadCount = ({ buckets, groups }) => ((days * 288) / buckets) * groups

/** SQL of a row's load, of its bucket's number since the start and of its domain's number. */
const loadSql = ({ buckets, groups }, bucket, domain) =>
  `intDiv(${bucket}, ${buckets}) * ${groups} + ${domain} % ${groups} + 1`

const usageSql = (layout, startS, month) => `INSERT INTO usage
  SELECT toDateTime(${startS} + 300 * bucket, 'UTC'), ${nameSql('domain')}, 'mainland_china', ${loadSql(layout, 'bucket', 'domain')},
    100 + cityHash64(number, 1) % 100, 1000000 + cityHash64(number, 2) % 10000000, 80, 900000, 100 + cityHash64(number, 1) % 100, 90, 4, 5, 1, NULL, NULL
  FROM (SELECT number, intDiv(number, ${domainCount}) AS bucket, number % ${domainCount} AS domain FROM numbers(${days * 288 * domainCount}))
  WHERE toYYYYMM(toDateTime(${startS} + 300 * bucket, 'UTC')) = ${month}
  SETTINGS max_insert_threads = 2`

const urlsSql = (layout, startS) => `INSERT INTO url_daily
  SELECT toStartOfDay(toDateTime(${startS} + 300 * bucket, 'UTC'), 'Etc/GMT-8'), ${nameSql('domain')}, 'mainland_china', path, query, load, count(), sum(bytes)
  FROM
  (
    SELECT
      ${days * 288 - urls.days * 288} + cityHash64(number, 1) % ${urls.days * 288} AS bucket,
      cityHash64(number, 2) % ${urls.domains} AS domain,
      ${loadSql(layout, 'bucket', 'domain')} AS load,
      concat('/assets/', toString(toUInt32(exp((cityHash64(number, 3) % 1000000) / 1000000 * log(2000)))), '.jpg') AS path,
      if(cityHash64(number, 4) % 3 = 0, concat('v=', toString(cityHash64(number, 5) % 5)), '') AS query,
      500 + cityHash64(number, 6) % 100000 AS bytes
    FROM numbers(${urls.requests})
  )
  GROUP BY ALL`

const spansSql = (layout, startS, account) => `INSERT INTO load_span
    (load_id, account_id, source, file_name, file_domain, named_from, named_to, allowed_set, first_bucket, last_bucket, domains, rejected_lines, written_at)
  SELECT number + 1, '${account}', 'edge', concat('access-', toString(number), '.log'), '', 0, 0, '',
    toDateTime(${startS} + intDiv(number, ${layout.groups}) * ${300 * layout.buckets}, 'UTC') AS first,
    first + ${300 * (layout.buckets - 1)},
    arrayMap(n -> ${nameSql('n')}, arrayFilter(n -> n % ${layout.groups} = number % ${layout.groups}, range(${domainCount}))), 0,
    first + ${300 * layout.buckets} + 300
  FROM numbers(${loadCount(layout)})`

/** Writes a layout below a directory, unless it is there. `seconds`: how long it took, null if it was there. */
export async function writeUsage(directory, layout) {
  const dataDir = join(directory, isManyOf(layout) ? 'many' : 'few')
  const endMs = await endOf(directory)
  if (existsSync(join(dataDir, 'written'))) return { dataDir, endMs, seconds: null }
  // A run that was ended may have left a part.
  await rm(dataDir, { recursive: true, force: true })
  const seconds = await secondsOf(() => write(dataDir, layout, endMs / 1000 - days * 86_400))
  await writeFile(join(dataDir, 'written'), '')
  return { dataDir, endMs, seconds }
}

/** The end of the logs, the same for all layouts, so that their figures are. */
async function endOf(directory) {
  const path = join(directory, 'end')
  if (!existsSync(path)) await writeFile(path, String(Math.floor(Date.now() / 3_600_000) * 3_600_000))
  return Number(await readFile(path, 'utf8'))
}

async function write(dataDir, layout, startS) {
  const server = await startServer(dataDir)
  await server.stop()
  const account = seedLedger(dataDir, layout)
  const { engine, processId, stop } = await startServer(dataDir)
  await engine(spansSql(layout, startS, account))
  for (const month of monthsOf(startS)) await engine(usageSql(layout, startS, month))
  await engine(urlsSql(layout, startS))
  // Merges would otherwise run beside the questions.
  for (const table of ['usage', 'url_daily', 'load_span']) await engine(`OPTIMIZE TABLE ${table} FINAL`)
  await untilQuiet(processId)
  await stop()
}

function monthsOf(startS) {
  const all = Array.from({ length: days + 1 }, (_, n) => new Date((startS + n * 86_400) * 1000).toISOString())
  return [...new Set(all.map((text) => text.slice(0, 7).replace('-', '')))]
}

/** Loads that count, each of a batch of its own. Returns the first account, which has all domains. */
function seedLedger(dataDir, layout) {
  const sqlite = new BetterSqlite3(join(dataDir, 'fluxport.sqlite'))
  const { id } = sqlite.prepare('SELECT id FROM account WHERE is_first = 1').get()
  const numbers = (last) => `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${last})`
  sqlite.exec(`INSERT INTO batch (id, state, account_id, loaded_by, name, source, format, service_area, owner, content_path,
      compression, delivery, force, content_is_spooled, attempts, created_at_ms, updated_at_ms)
    ${numbers(loadCount(layout))} SELECT i, 'forgotten', '${id}', '', 'access-' || i || '.log', 'edge', '', '', '', '', 'none', 'file', 0, 0, 0, 0, 0 FROM n;
    INSERT INTO load (load_id, batch_id, state, visible_version, roll_up) SELECT id, id, 'visible', 1, 'done' FROM batch;
    INSERT INTO domain (name, account_id, created_at_ms)
    ${numbers(domainCount)} SELECT printf('d%04d.example.com', i - 1), NULL, 0 FROM n;
    UPDATE counter SET value = ${loadCount(layout)} WHERE name IN ('batch', 'load');
    UPDATE counter SET value = 2, changed_at_ms = ${Date.now()} WHERE name = 'data_version'`)
  sqlite.close()
  return id
}

/** Has as many loads cease to count as the layout hides; a pin keeps their rows from being removed. */
export function hideLoads(dataDir, { hidden }) {
  const sqlite = new BetterSqlite3(join(dataDir, 'fluxport.sqlite'))
  sqlite.exec(`INSERT OR IGNORE INTO backup_pin VALUES ('bench', 1, ${Date.now() + 86_400_000});
    UPDATE load SET state = 'visible', forgotten_version = NULL;
    UPDATE load SET state = 'forgotten', forgotten_version = 2
    WHERE load_id IN (SELECT load_id FROM load ORDER BY (load_id * 7919) % 99361 LIMIT ${hidden})`)
  sqlite.close()
}
