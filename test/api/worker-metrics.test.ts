import { describe, expect, it, onTestFinished } from 'vitest'
import { parseConfig } from '../../src/config/config.ts'
import { startWorker } from '../../src/server/worker.ts'
import { programVersion } from '../../src/version.ts'
import { silentLog, temporaryDirectory } from '../harness/directory.ts'
import { startTestEngine } from '../harness/engine.ts'
import { createAll } from '../harness/exports.ts'
import { freePort } from '../harness/free-port.ts'
import { findPostgres, startTestPostgres } from '../harness/postgres.ts'
import { send } from '../harness/requests.ts'
import { startTestServer } from '../harness/server.ts'

const source = findPostgres()
const reason = 'reason' in source ? ` (skipped: ${source.reason})` : ''
const token = 'a-token-of-the-scraper'
const day = { start_time: Date.parse('2026-09-01T00:00:00Z'), end_time: Date.parse('2026-09-02T00:00:00Z') }

/** PostgreSQL, an engine by URL and a directory for files: the flags of processes that share them. */
async function sharedParts() {
  const postgres = await startTestPostgres(source as Exclude<typeof source, { reason: string }>)
  onTestFinished(() => postgres.stop())
  const engine = await startTestEngine()
  onTestFinished(() => engine.stop())
  const place = await temporaryDirectory()
  onTestFinished(place.remove)
  const { url } = await postgres.createDatabase()
  const masterKey = Buffer.alloc(32, 3).toString('base64')
  const shared = { clickhouseUrl: engine.urlOf('default'), databaseUrl: url, artifactsDir: `${place.path}/files` }
  return { ...shared, masterKey, dataDir: `${place.path}/data` }
}

describe.skipIf('reason' in source)(`the metrics of a worker${reason}`, () => {
  it('have its process and the stages of its exports, at an address of their own alone, and with the token alone', async () => {
    const flags = await sharedParts()
    const server = await startTestServer({ ...flags, exportConcurrency: '1' })
    await createAll(server, Array(6).fill(day))
    await server.stop() // some of them wait
    const port = await freePort()
    const own = { metricsAddress: `127.0.0.1:${port}`, metricsToken: token }
    const start = () => startWorker(parseConfig({ ...flags, ...own }, {}), silentLog)
    const worker = await start()
    onTestFinished(worker.stop)

    const ask = (target: string, headers = {}) => send(`http://127.0.0.1:${port}`, { target, headers })
    const bearer = { Authorization: `Bearer ${token}` }
    const statuses = [await ask('/metrics'), await ask('/metrics/usage', bearer), await ask('/healthz', bearer)]
    expect(statuses.map(({ status }) => status)).toEqual([401, 404, 404])
    const text = async () => (await ask('/metrics', bearer)).text
    const published = async () =>
      Number(/^fluxport_export_stage_duration_seconds_count\{stage="publish"\} (\d+)$/m.exec(await text())?.[1])
    await expect.poll(published, { timeout: 60_000 }).toBeGreaterThan(0)
    expect(await text()).toContain(`fluxport_build_info{version="${programVersion}",`)
    expect(await text()).toMatch(/^process_resident_memory_bytes \d+$/m)
    expect(await text()).not.toMatch(/fluxport_(export_tasks|log_batches|load_stage|http_requests)/)
    await expect(start()).rejects.toThrow(/--metrics-address .* cannot be listened on/)
  })
})
