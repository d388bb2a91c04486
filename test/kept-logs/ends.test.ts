import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import { expect, it, onTestFinished } from 'vitest'
import { assign, linesOf, newTenant, push } from '../harness/customers.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { fetchLog, keepLogs, logsOf } from '../harness/kept-logs.ts'
import { expectError, type Json, sendSigned } from '../harness/requests.ts'
import { startTestServer } from '../harness/server.ts'

async function started(flags: Record<string, string> = {}) {
  const server = await startTestServer(flags)
  onTestFinished(() => server.stop())
  return server
}

/** A server with a tenant that keeps the logs of `edge`, and has pushed one. */
async function withOneLog(flags: Record<string, string> = {}) {
  const server = await started(flags)
  const tenant = await newTenant(server, 'tenant')
  await assign(server, 'a.test', tenant.accountId)
  await keepLogs(server, tenant, 'edge')
  const pushed = await push(server, tenant.token, linesOf('a.test', 3), 'wait=true&source=edge')
  const [file] = await logsOf(server, tenant.key, 'a.test')
  if (!file) throw new Error('it is not kept')
  return { server, tenant, file, batchId: pushed.json['batch_id'] }
}

/** Resolves when the store has as many kept logs, unfinished ones among them. */
async function untilStored(dataDir: string, count: number): Promise<void> {
  for (let look = 0; ; look++) {
    const names = await readdir(join(dataDir, 'artifacts', 'kept-logs'), { recursive: true }).catch(() => [])
    const files = names.filter((name) => name.includes('/'))
    if (files.length === count) return
    if (look === 100) throw new Error(`the store has ${files}`)
    await delay(100)
  }
}

it('forgetting a batch ends its file: out of the list, behind the link, and on the disk', async () => {
  const { server, tenant, file } = await withOneLog()
  await untilStored(server.dataDir, 1)
  const { batches } = (await server.call('GET', '/api/v1/log-batches')).json as { batches: Json[] }
  expect(batches[0]).toMatchObject({ kept_log: { state: 'kept', size: file.size } })
  await server.call('DELETE', `/api/v1/log-batches/${batches[0]?.['batch_id']}`)
  expect(await logsOf(server, tenant.key, 'a.test')).toEqual([])
  expectError(await fetchLog(server, file), 404, 'CDN.0003')
  await untilStored(server.dataDir, 0)
  const kept = (await sendSigned(server, { target: '/api/v1/kept-logs', key: tenant.key })).json
  expect(kept['sources']).toMatchObject([{ source: 'edge', files: 0, size: 0, missed: 0 }])
})

it('removing the setting removes the files, and later ones are not kept; other sources keep theirs', async () => {
  const { server, tenant, file } = await withOneLog()
  await keepLogs(server, tenant, 'other')
  await push(server, tenant.token, linesOf('a.test', 1, { path: '/o' }), 'wait=true&source=other')
  const target = '/api/v1/kept-logs/edge'
  expect((await sendSigned(server, { method: 'DELETE', target, key: tenant.key })).status).toBe(200)
  expectError(await sendSigned(server, { method: 'DELETE', target, key: tenant.key }), 404, 'CDN.0003')
  expectError(await fetchLog(server, file), 404, 'CDN.0003')
  await push(server, tenant.token, linesOf('a.test', 1, { path: '/later' }), 'wait=true&source=edge')
  expect(await logsOf(server, tenant.key, 'a.test')).toHaveLength(1)
  await untilStored(server.dataDir, 1)
})

it('fewer days end files that are older at once, and the next start removes their bytes', async () => {
  const { path, remove } = await temporaryDirectory()
  onTestFinished(remove)
  const dataDir = join(path, 'data')
  const first = await startTestServer({ dataDir })
  const tenant = await newTenant(first, 'tenant')
  await assign(first, 'a.test', tenant.accountId)
  await keepLogs(first, tenant, 'edge')
  await push(first, tenant.token, linesOf('a.test', 3), 'wait=true&source=edge')
  expect(await logsOf(first, tenant.key, 'a.test')).toHaveLength(1)
  await keepLogs(first, tenant, 'edge', 1)
  expect(await logsOf(first, tenant.key, 'a.test')).toEqual([])
  await push(first, tenant.token, linesOf('a.test', 1, { path: '/old' }), 'wait=true&source=edge')
  await first.stop()
  await untilStored(dataDir, 1)
  await started({ dataDir })
  await untilStored(dataDir, 0)
  expect(rowsOf(dataDir)).toBe(0)
})

const rowsOf = (dataDir: string): unknown => {
  const database = new BetterSqlite3(join(dataDir, 'fluxport.sqlite'), { readonly: true })
  const rows = database.prepare('select (select count(*) from kept_log) + (select count(*) from kept_log_domain)')
  const count = rows.pluck().get()
  database.close()
  return count
}

it('an account keeps no more than it may store: the load counts, and its file is missed', async () => {
  const { server, tenant, file } = await withOneLog()
  const settings = `/api/v1/accounts/${tenant.accountId}/settings`
  await server.call('PUT', settings, { stored_bytes_max: file.size + 100 })
  const pushed = await push(server, tenant.token, linesOf('a.test', 5, { path: '/m' }), 'wait=true&source=edge')
  expect(pushed.json).toMatchObject({ state: 'loaded', requests: 5 })
  expect(await logsOf(server, tenant.key, 'a.test')).toEqual(
    [file].map((one) => ({ ...one, link: expect.any(String) })),
  )
  const { sources } = (await server.call('GET', '/api/v1/kept-logs')).json
  expect(sources).toMatchObject([{ account_name: 'tenant', files: 1, size: file.size, missed: 1 }])
  const metrics = await server.raw('/metrics')
  expect(metrics.text).toContain('fluxport_limit_reached_total{limit="kept-logs"} 1')
})

it('kept files count among the bytes that an account may store', async () => {
  const { server, tenant, file } = await withOneLog()
  const settings = `/api/v1/accounts/${tenant.accountId}/settings`
  await server.call('PUT', settings, { stored_bytes_max: file.size })
  const body = JSON.stringify({ domain_name: 'a.test' })
  const target = '/v1/cdn/statistics/export-tasks'
  const refused = await sendSigned(server, { method: 'POST', target, key: tenant.key, body })
  expect(expectError(refused, 400, 'CDN.0005')).toContain(`take ${file.size} bytes`)
})

it('a server that drops parts of requests keeps no logs, and removes those that it kept', async () => {
  const { path, remove } = await temporaryDirectory()
  onTestFinished(remove)
  const dataDir = join(path, 'data')
  const first = await startTestServer({ dataDir })
  const tenant = await newTenant(first, 'tenant')
  await assign(first, 'a.test', tenant.accountId)
  await keepLogs(first, tenant, 'edge')
  await push(first, tenant.token, linesOf('a.test', 3), 'wait=true&source=edge')
  await first.stop()
  const server = await started({ dataDir, clientAddresses: 'truncated' })
  await untilStored(dataDir, 0)
  await push(server, tenant.token, linesOf('a.test', 1, { path: '/p' }), 'wait=true&source=edge')
  expect(await logsOf(server, tenant.key, 'a.test')).toEqual([])
  const body = JSON.stringify({ keep_logs_days: 5 })
  const set = await sendSigned(server, { method: 'PUT', target: '/api/v1/kept-logs/x', key: tenant.key, body })
  expectError(set, 400, 'CDN.0001')
})
