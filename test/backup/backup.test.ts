import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { BackupManifest } from '../../src/upkeep/backup/backup-form.ts'
import { digestPath, digestText, manifestPath, sealPath } from '../../src/upkeep/backup/backup-form.ts'
import { runCommand } from '../harness/command.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { startTestEngine } from '../harness/engine.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { findPostgres, startTestPostgres } from '../harness/postgres.ts'
import { type Json, newAccount, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const range = {
  start_time: Date.parse('2026-09-01T00:00:00+08:00'),
  end_time: Date.parse('2026-09-04T00:00:00+08:00'),
  domain_name: 'd0.example.test,d2.example.test,d3.example.test',
  service_area: 'global',
  language: 'en',
}
const requests: Json[] = [
  { ...range, group_by: 'domain', interval: 300 },
  { ...range, interval: 3600, country: 'cn' },
  { ...range, action: 'top_url_detail' },
  { ...range, action: 'top_path_detail', end_time: range.end_time - 3_600_000, stat_type: 'req_num' },
  { ...range, action: 'top_ua_detail', format: 'jsonl' },
  { ...range, action: 'top_referer_detail', group_by: 'domain', format: 'xlsx' },
  { ...range, action: 'top_ip_detail', format: 'parquet' },
  { ...range, action: 'isp_detail', interval: 3600 },
  { ...range, action: 'uv', interval: 3600, group_by: 'domain', compression: 'zip' },
  { ...range, action: 'billing_summary', format: 'xlsx' },
]

const line = (n: number, day = 1 + (n % 3)) =>
  huaweiLine({
    time: `0${day}/Sep/2026:${String(n % 24).padStart(2, '0')}:${String((n * 7) % 60).padStart(2, '0')}:01 +0800`,
    domain: `d${n % 4}.example.test`,
    path: `/${n % 23}?v=${n % 5}`,
    bytes: 1_000 + n,
    status: n % 9 === 0 ? 404 : 200,
    referrer: `https://r${n % 6}.test/`,
    userAgent: `agent ${n % 8}`,
  }).replace('198.51.100.7', `198.51.${n % 90}.7`)
const log = (from: number, count: number) => Array.from({ length: count }, (_, i) => line(from + i)).join('')

async function everyExport(server: TestServer): Promise<Map<string, string>[]> {
  const ids = await createAll(server, requests)
  const done = await Promise.all(ids.map((id) => exportedBy(server, id)))
  return done.map(({ files }) => new Map(files.map((file, i) => [`${i} ${file.rows}`, file.bytes.toString('base64')])))
}

/** Workbooks say which data version they are of. */
const sameAtAnyVersion = (files: unknown[]) => files.filter((_, i) => requests[i]?.['format'] !== 'xlsx')

let server: TestServer
let place: Awaited<ReturnType<typeof temporaryDirectory>>
let customer: Key & { account_id: string }
let taskId: string
let taskText: string
let expected: Map<string, string>[]
beforeAll(async () => {
  server = await startTestServer()
  place = await temporaryDirectory()
  for (let n = 0; n < 4; n++) await server.load(log(n * 300, 300), { name: `${n}.log` })
  const { json } = await server.load(log(5_000, 50), { name: 'forgotten.log' })
  await server.call('DELETE', `/api/v1/log-batches/${json['batch_id']}`)
  customer = await newAccount(server, 'customer')
  await server.call('PUT', '/api/v1/domains/d1.example.test', { account_id: customer.account_id })
  expected = await everyExport(server)
  const [id = ''] = await createAll(server, [requests[0] ?? {}])
  taskId = id
  taskText = (await exportedBy(server, id)).files[0]?.bytes.toString() ?? ''
})
afterAll(async () => {
  await server.stop()
  await place.remove()
})

const at = (name: string) => join(place.path, name)
const backup = (name: string, ...more: string[]) => runCommand(server.dataDir, 'backup', at(name), ...more)

async function serverOn(dataDir: string, flags: Record<string, string> = {}): Promise<TestServer> {
  const started = await startTestServer({ dataDir, ...flags })
  onTestFinished(() => started.stop())
  return started
}

const totals = (on: TestServer) =>
  on.warehouse.rows<Json>('SELECT count() AS requests, sum(bytes) AS flux FROM request')

describe('a backup of a running server', () => {
  it('has everything, restored to an empty directory: every export to the byte, files, keys, accounts, batches', async () => {
    const made = await backup('whole', '--with-master-key')
    expect([made.code, made.err]).toEqual([0, expect.stringMatching(/has the master key/)])
    const verified = await runCommand(server.dataDir, 'backup', 'verify', at('whole'))
    expect(verified.out).toMatch(/as made: data version \d+,.*When it was made: Settings are not in it/s)
    expect(made.err).toContain('Settings are not in it')
    expect(await runCommand(at('restored'), 'restore', at('whole'))).toMatchObject({ err: '', code: 0 })
    const again = await serverOn(at('restored'))
    expect(again.credentials.secret_key).toBe(server.credentials.secret_key)
    expect(await everyExport(again)).toEqual(expected)
    const batches = (on: TestServer) => on.call('GET', '/api/v1/log-batches?limit=1000')
    expect((await batches(again)).json).toEqual((await batches(server)).json)
    const owned = { domains: [{ domain_name: 'd1.example.test' }] }
    expect((await again.call('GET', '/api/v1/domains', undefined, customer)).json).toMatchObject(owned)
    expect((await exportedBy(again, taskId)).files[0]?.bytes.toString()).toBe(taskText)
    expect((await again.load(log(0, 300), { name: 'renamed.log' })).json).toMatchObject({ state: 'duplicate' })
    const before = await totals(again)
    await again.call('DELETE', '/api/v1/log-batches/1')
    await again.load(log(0, 300), { name: 'again.log' })
    await expect.poll(() => totals(again), { timeout: 20_000 }).toEqual(before)
  })

  it('is of one state while logs are loaded and forgotten, and loses nothing that was acknowledged', async () => {
    let acknowledged = 0
    const stop = new AbortController()
    const late = (path: string) => huaweiLine({ time: '20/Sep/2026:08:00:01 +0800', path }).repeat(10)
    const pushing = (async () => {
      for (let n = 0; !stop.signal.aborted; n++) {
        const target = '/api/v1/log-batches?wait=false'
        const headers = { 'X-Sdk-Content-Sha256': 'UNSIGNED-PAYLOAD' }
        const pushed = await sendSigned(server, { method: 'POST', target, headers, body: late(`/pushed-${n}`) })
        expect(pushed.status, pushed.text).toBe(202)
        acknowledged += 1
        const loaded = await server.load(late(`/late-${n}`), { name: `late-${n}.log` })
        if (n % 3 === 2) await server.call('DELETE', `/api/v1/log-batches/${loaded.json['batch_id']}`)
      }
    })()
    await expect.poll(() => acknowledged, { timeout: 20_000 }).toBeGreaterThan(3)
    const before = acknowledged
    const made = await backup('busy', '--with-master-key')
    stop.abort()
    await pushing
    expect(made.code, made.err).toBe(0)
    expect((await runCommand(at('calm'), 'restore', at('busy'))).code).toBe(0)
    const again = await serverOn(at('calm'))
    expect(sameAtAnyVersion(await everyExport(again))).toEqual(sameAtAnyVersion(expected))
    const pushed = async () => {
      const counts = `SELECT uniqExact(path) AS paths, count() AS requests FROM request WHERE path LIKE '/pushed-%'`
      return (await again.warehouse.rows<{ paths: number; requests: number }>(counts))[0]
    }
    await expect.poll(async () => (await pushed())?.paths, { timeout: 20_000 }).toBeGreaterThanOrEqual(before)
    const found = await pushed()
    expect(found?.requests).toBe((found?.paths ?? 0) * 10)
    const { json } = await again.call('GET', '/api/v1/log-batches?limit=1000')
    const counting = (json['batches'] as { state: string; requests: number }[]).filter((one) => one.state === 'loaded')
    const sum = counting.reduce((total, one) => total + one.requests, 0)
    for (const table of ['request', 'usage']) {
      const column = table === 'request' ? 'count()' : 'sum(requests)'
      const [row] = await again.warehouse.rows<Json>(`SELECT ${column} AS requests FROM ${table}`)
      expect(row, table).toEqual({ requests: sum })
    }
  })

  it('can be made of a server that is stopped, and its restored one be backed up again alike', async () => {
    expect((await backup('first', '--with-master-key')).code).toBe(0)
    await runCommand(at('second'), 'restore', at('first'))
    const again = await runCommand(at('second'), 'backup', at('of-second'), '--with-master-key')
    expect(again.code, again.err).toBe(0)
    const rowsOf = async (name: string) => {
      const { files } = JSON.parse(await readFile(manifestPath(at(name)), 'utf8')) as BackupManifest
      // The audit log has the restore and the backup as well.
      const tables = files.filter(({ table }) => table && table !== 'audit_event')
      return Object.fromEntries(tables.map(({ path, rows }) => [path, rows]))
    }
    expect(await rowsOf('of-second')).toEqual(await rowsOf('first'))
  })
})

describe('a backup without the master key', () => {
  it('has no secret that opens, and is restored with the key alone', async () => {
    expect((await backup('sealed')).err).toMatch(/do not open without the master key/)
    expect(await readdir(at('sealed/data-dir'))).toEqual(['owner'])
    const target = at('keyless')
    expect((await runCommand(target, 'restore', at('sealed'))).err).toMatch(/no master key.*--master-key/)
    await rm(target, { recursive: true, force: true })
    const wrong = Buffer.alloc(32, 7).toString('base64')
    const refused = await runCommand(target, 'restore', at('sealed'), '--master-key', wrong)
    expect(refused.err).toMatch(/is not the one that the backup/)
    await rm(target, { recursive: true, force: true })
    const key = (await readFile(join(server.dataDir, 'master.key'), 'utf8')).trim()
    expect((await runCommand(target, 'restore', at('sealed'), '--master-key', key)).code).toBe(0)
    await writeFile(join(target, 'credentials.json'), JSON.stringify(server.credentials))
    const again = await serverOn(target, { masterKey: key })
    expect(await again.exportText(requests[0] ?? {})).toBe(taskText)
  })
})

describe('a backup that is not whole', () => {
  it('is recognised when it was killed half way, and the next takes its place once it is removed', async () => {
    const unfinished = `${at('killed')}.unfinished`
    for (;;) {
      const how = ['backup', at('killed'), '--data-dir', server.dataDir]
      const child = spawn(process.execPath, [main, ...how], { stdio: 'ignore' })
      const closed = once(child, 'close')
      while (!existsSync(join(unfinished, 'database')) && child.exitCode === null) await delay(2)
      child.kill('SIGKILL')
      await closed
      if (!existsSync(at('killed'))) break
      await rm(at('killed'), { recursive: true })
    }
    for (const path of [at('killed'), unfinished]) {
      const verified = await runCommand(server.dataDir, 'backup', 'verify', path)
      expect([verified.code, verified.err]).toEqual([
        1,
        expect.stringMatching(/manifest\.json.* no backup, or one that was not/),
      ])
    }
    expect((await backup('killed')).err).toMatch(/killed\.unfinished is there.*remove it/)
    await rm(unfinished, { recursive: true })
    expect((await backup('killed')).code).toBe(0)
    expect((await backup('killed')).err).toMatch(/is not empty/)
  })

  it('is refused, naming the file that is damaged, cut or missing, and nothing is restored', async () => {
    await backup('good', '--with-master-key')
    const { files } = JSON.parse(await readFile(manifestPath(at('good')), 'utf8')) as BackupManifest
    const kinds = ['database/batch.', 'warehouse/request/', 'artifacts/', 'data-dir/master.key']
    for (const kind of kinds) {
      const { path = '' } = files.find((file) => file.path.startsWith(kind)) ?? {}
      const damages: [RegExp, (file: string) => Promise<unknown>][] = [
        [/is damaged: its SHA-256/, flipByte],
        [/is damaged: it has \d+ bytes instead of/, (file) => truncate(file, 3)],
        [/is missing/, (file) => rm(file)],
      ]
      for (const [problem, damage] of damages) {
        await cp(at('good'), at('bad'), { recursive: true })
        await damage(join(at('bad'), path))
        const refused = await runCommand(at('nowhere'), 'restore', at('bad'))
        expect([refused.code, refused.err], path).toEqual([1, expect.stringMatching(problem)])
        expect(refused.err).toContain(path)
        await rm(at('bad'), { recursive: true })
      }
    }
    await cp(at('good'), at('bad'), { recursive: true })
    await flipByte(manifestPath(at('bad')))
    expect((await runCommand(at('nowhere'), 'restore', at('bad'))).err).toMatch(/manifest\.json is damaged/)
    expect(existsSync(at('nowhere'))).toBe(false)
  })

  async function flipByte(path: string) {
    const bytes = await readFile(path)
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
    await writeFile(path, bytes)
  }
})

describe('a restore', () => {
  it('refuses a directory that is in use', async () => {
    await backup('for-refusal', '--with-master-key')
    const refused = await runCommand(server.dataDir, 'restore', at('for-refusal'))
    expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/is not empty/)])
  })

  it('that fails half way leaves a directory on which no server starts', async () => {
    await backup('miscounted', '--with-master-key')
    const manifest = JSON.parse(await readFile(manifestPath(at('miscounted')), 'utf8')) as BackupManifest
    for (const file of manifest.files) if (file.path.startsWith('warehouse/usage/')) file.rows = 1
    const text = JSON.stringify(manifest)
    await writeFile(manifestPath(at('miscounted')), text)
    await writeFile(digestPath(at('miscounted')), digestText(text))
    await rm(sealPath(at('miscounted')))
    const failed = await runCommand(at('half'), 'restore', at('miscounted'), '--accept-unsealed')
    expect([failed.code, failed.err]).toEqual([1, expect.stringMatching(/usage has \d+ rows instead of \d/)])
    await expect(startTestServer({ dataDir: at('half') })).rejects.toThrow(/restore to here was not finished/)
  })
})

const postgres = findPostgres()
describe.skipIf('reason' in postgres)('from embedded parts to servers', () => {
  it('and back gives the same exports', async () => {
    const database = await startTestPostgres(postgres as Exclude<typeof postgres, { reason: string }>)
    onTestFinished(() => database.stop())
    const engine = await startTestEngine()
    onTestFinished(() => engine.stop())
    await engine.warehouse.command('CREATE DATABASE restored')
    const clickhouse = engine.urlOf('restored')
    const { url } = await database.createDatabase()
    const servers = ['--clickhouse-url', clickhouse, '--database-url', url]
    const now = await everyExport(server)
    expect((await backup('portable', '--with-master-key')).code).toBe(0)
    const there = await runCommand(at('scaled'), 'restore', at('portable'), ...servers)
    expect([there.err, there.code]).toEqual(['', 0])
    const scaled = await serverOn(at('scaled'), { clickhouseUrl: clickhouse, databaseUrl: url })
    expect(await everyExport(scaled)).toEqual(now)
    const made = await runCommand(at('scaled'), 'backup', at('from-servers'), '--with-master-key', ...servers)
    expect([made.code, made.err]).toEqual([0, expect.stringMatching(/has the master key/)])
    expect((await runCommand(at('other'), 'restore', at('from-servers'), ...servers)).err).toMatch(/is not empty/)
    await rm(at('other'), { recursive: true, force: true })
    expect((await runCommand(at('other'), 'restore', at('from-servers'))).code).toBe(0)
    expect(await everyExport(await serverOn(at('other')))).toEqual(now)
  })
})
