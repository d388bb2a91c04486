import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { assign, newTenant, push, type Tenant } from '../harness/customers.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { lineAt } from '../harness/recent-lines.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

const [bucketMs, hourMs, dayMs] = [300_000, 3_600_000, 86_400_000]
export const metricsToken = 'a-token-of-the-scraper'
export const [wellDomain, filesDomain] = ['well.example.test', 'files.example.test']

/** A server that is watched: well at first, then with a fault for each alert on usage. */
export type WatchedServer = {
  server: TestServer
  /** The bucket of the first log, unix ms. */
  firstMs: number
  /** Makes every fault but that of a server that does not answer. */
  breakAll(): Promise<void>
  /** The text of /metrics/usage. */
  scrape(): Promise<string>
  stop(): Promise<void>
}

export async function startWatchedServer(): Promise<WatchedServer> {
  const directory = await temporaryDirectory()
  const inbox = join(directory.path, 'inbox')
  await mkdir(inbox)
  const server = await startTestServer({ metricsToken, inbox, metricsUsageMax: '4', pushGroupSeconds: '600' })
  const firstMs = Math.floor((Date.now() - hourMs / 2) / bucketMs) * bucketMs
  const tenant = await newTenant(server, 'customer')
  await assign(server, wellDomain, tenant.accountId)
  for (const [source, cadence] of Object.entries({ edge: {}, hourly: { files_per_hour: 1 } }))
    await server.call('PUT', `/api/v1/coverage/cadences/${source}`, { delay_seconds: 60, ...cadence })
  const first = linesOf(wellDomain, firstMs, 100) + lineAt(firstMs + 2 * bucketMs, { domain: wellDomain })
  await load(server, 'edge', first)
  await load(server, 'edge', first, 'duplicate')
  const range = { domain_name: wellDomain, start_time: firstMs, end_time: firstMs + hourMs / 2 }
  await server.exportText(range, tenant.key)
  await server.raw('/readyz')
  // A batch that waits.
  await push(server, tenant.token, linesOf(wellDomain, firstMs, 1, { path: '/pushed' }), '')
  return {
    server,
    firstMs,
    breakAll: () => breakAll(server, tenant, firstMs),
    scrape: async () =>
      (await server.raw('/metrics/usage', { headers: { Authorization: `Bearer ${metricsToken}` } })).text,
    stop: async () => {
      await server.stop()
      await directory.remove()
    },
  }
}

const linesOf = (domain: string, timeMs: number, count: number, fields: object = {}) =>
  Array.from({ length: count }, (_, n) => lineAt(timeMs + n * 1_000, { domain, path: `/${n}`, ...fields })).join('')

async function load(server: TestServer, source: string, text: string, state = 'loaded'): Promise<void> {
  const query = {
    name: `${source}-${Math.random()}.log`,
    format: 'huawei_offline',
    source,
    rejected_percent_max: '100',
  }
  const { json, text: said } = await server.load(text, query)
  if (json['state'] !== state) throw new Error(said)
}

async function breakAll(server: TestServer, tenant: Tenant, firstMs: number): Promise<void> {
  await makeTaskOld(server, tenant, firstMs)
  await server.call('PUT', `/api/v1/accounts/${tenant.accountId}/settings`, { stored_bytes_max: 1_000 })
  // A missing hour, and a source that has not delivered for two days.
  for (const hours of [10, 8]) await load(server, 'hourly', linesOf(filesDomain, firstMs - hours * hourMs, 1))
  await load(server, 'ended', linesOf('silent.example.test', firstMs - 2 * dayMs, 1, { bytes: 90_000_000 }))
  await server.warehouse.command(
    `ALTER TABLE load_span UPDATE written_at = written_at - toIntervalDay(2) WHERE source = 'ended' SETTINGS mutations_sync = 2`,
  )
  const failing = linesOf('failing.example.test', firstMs + bucketMs, 120, { status: 503 })
  const rest =
    lineAt(firstMs + 3 * bucketMs, { domain: wellDomain }) + lineAt(firstMs, { domain: 'small.example.test', bytes: 1 })
  await load(server, 'edge', failing + rest + 'no log line\n'.repeat(1_200))
}

/** A task that has waited for seven hours, and goes on to. */
async function makeTaskOld(server: TestServer, tenant: Tenant, firstMs: number): Promise<void> {
  const body = { start_time: firstMs, end_time: Date.now(), require_final: 'strict' }
  const { json } = await server.call('POST', '/v1/cdn/statistics/export-tasks', body, tenant.key)
  const id = String(json['task_id'])
  const isWaiting = async () =>
    (await server.call('GET', `/api/v1/export-tasks/${id}`, undefined, tenant.key)).json['waits_for'] !== null
  while (!(await isWaiting())) await new Promise((resolve) => setTimeout(resolve, 50))
  const sqlite = new BetterSqlite3(join(server.dataDir, 'fluxport.sqlite'))
  sqlite
    .prepare('UPDATE export_task SET final_by_ms = NULL, run_at_ms = ?, state_since_ms = ? WHERE id = ?')
    .run(Date.now() + dayMs, Date.now() - 7 * hourMs, id)
  sqlite.close()
}

/** Writes a file that a scraper reads. */
export async function writeToken(directory: string): Promise<string> {
  const path = join(directory, 'fluxport.token')
  await writeFile(path, metricsToken)
  return path
}
