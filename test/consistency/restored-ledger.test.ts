import { execFile } from 'node:child_process'
import { copyFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { type Served, serve } from '../harness/served.ts'

const main = new URL('../../dist/main.js', import.meta.url).pathname

/** `fluxport doctor --deep`: its exit status and what it printed. */
async function doctor(dataDir: string, ...flags: string[]) {
  const args = [main, 'doctor', '--deep', '--data-dir', dataDir, ...flags]
  try {
    return { status: 0, text: (await promisify(execFile)(process.execPath, args)).stdout }
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string }
    return { status: code, text: stdout }
  }
}

async function totals(server: Served): Promise<string> {
  const created = await server.client.send<{ task_id: string }>('POST', '/v1/cdn/statistics/export-tasks', {
    ...{ service_area: 'global', group_by: 'domain', language: 'en' },
    start_time: Date.parse('2026-09-01T08:00:00+08:00'),
    end_time: Date.parse('2026-09-01T08:05:00+08:00'),
  })
  for (;;) {
    const task = await server.client.get<{ state: string; download_link: string }>(
      `/api/v1/export-tasks/${created.task_id}`,
    )
    if (task.state === 'fail') throw new Error('the export failed')
    if (task.state === 'success') return await (await fetch(task.download_link)).text()
    await delay(30)
  }
}

/** Logs of a domain each, by name; all lines are of one bucket. */
async function writeLogs(directory: string, counts: Record<string, number>) {
  const paths: Record<string, string> = {}
  for (const [name, count] of Object.entries(counts)) {
    const path = join(directory, `${name}.log`)
    const domain = `${name}.example.test`
    await writeFile(path, Array.from({ length: count }, (_, i) => huaweiLine({ domain, path: `/${i}` })).join(''))
    paths[name] = path
  }
  return (name: string) => paths[name] ?? ''
}

const load = async (server: Served, path: string) => (await server.load(path)).batch_id

/** Domains of the loads that lie in the warehouse, by load: one each. */
const domainsOfLoads = async (server: Served) =>
  (
    await server.warehouse.rows<{ domains: string[] }>(
      'SELECT groupUniqArray(domain) AS domains FROM request GROUP BY load_id ORDER BY load_id',
    )
  ).map((one) => one.domains.join())

it('a ledger from a backup gives no number out twice, counts nothing it does not know, and is repaired', async () => {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const dataDir = join(directory.path, 'data')
  const ledger = join(dataDir, 'fluxport.sqlite')
  const log = await writeLogs(directory.path, { a: 10, b: 20, c: 30, d: 5 })

  let server = await serve(dataDir)
  await load(server, log('a'))
  await server.kill()
  await copyFile(ledger, `${ledger}.backup`)
  await copyFile(`${ledger}-wal`, `${ledger}.backup-wal`)
  server = await serve(dataDir)
  const lost = [await load(server, log('b')), await load(server, log('c'))]
  const everything = await totals(server)
  await server.kill()

  for (const suffix of ['-wal', '-shm', '']) await rm(`${ledger}${suffix}`, { force: true })
  await copyFile(`${ledger}.backup`, ledger)
  await copyFile(`${ledger}.backup-wal`, `${ledger}-wal`)
  const cold = await doctor(dataDir)
  expect([cold.status, cold.text.match(/unknown_rows/g)?.length], cold.text).toEqual([1, 2])

  server = await serve(dataDir)
  const next = await load(server, log('d'))
  expect(next).toBeGreaterThan(Math.max(...lost))
  expect(await domainsOfLoads(server)).toEqual(['a', 'b', 'c', 'd'].map((name) => `${name}.example.test`))
  expect(await totals(server)).not.toMatch(/[bc]\.example\.test/)
  expect((await doctor(dataDir)).status).toBe(1)
  const repaired = await doctor(dataDir, '--repair')
  expect([repaired.status, repaired.text.match(/repaired/g)?.length], repaired.text).toEqual([0, 2])
  const clean = await doctor(dataDir)
  expect([clean.status, clean.text.includes('everything adds up')], clean.text).toEqual([0, true])

  for (const name of ['b', 'c']) await load(server, log(name))
  await server.client.send('DELETE', `/api/v1/log-batches/${next}`)
  const rows = (text: string) => text.split('\r\n').filter((row) => !row.includes('d.example.test'))
  expect(rows(await totals(server))).toEqual(rows(everything))
  await server.kill()
  expect((await doctor(dataDir)).text).toContain('everything adds up')
})
