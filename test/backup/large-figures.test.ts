import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { parseExactJson } from '../../src/exact-json.ts'
import { alterBackup } from '../harness/altered-backup.ts'
import { runCommand } from '../harness/command.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { startTestEngine } from '../harness/engine.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { findPostgres, startTestPostgres } from '../harness/postgres.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

const petabyte = 2n ** 50n
const range = {
  start_time: Date.parse('2026-09-01T00:00:00+08:00'),
  end_time: Date.parse('2026-09-02T00:00:00+08:00'),
  service_area: 'global',
  language: 'en',
}

/** Lines of a petabyte and a rest that come to so many bytes. */
function logOf(domain: string, bytes: bigint): string {
  const line = (of: bigint, n: bigint) => huaweiLine({ domain, bytes: String(of), path: `/${domain}/${n % 7n}` })
  const whole = bytes / petabyte
  const lines = Array.from({ length: Number(whole) }, (_, n) => line(petabyte, BigInt(n)))
  return [...lines, line(bytes % petabyte, whole)].join('')
}

/** What a file may have of bytes at most, and around the last figure that a double holds. */
const sums = {
  'p53.example.test': 2n ** 53n + 1n,
  'nine.example.test': 9n * petabyte,
  'most.example.test': 2n ** 63n - 1n,
}

let server: TestServer
let place: Awaited<ReturnType<typeof temporaryDirectory>>
const at = (name: string) => join(place.path, name)
beforeAll(async () => {
  server = await startTestServer()
  place = await temporaryDirectory()
  for (const [domain, bytes] of Object.entries(sums)) {
    const { json } = await server.load(logOf(domain, bytes), { name: `${domain}.log` })
    expect(json, domain).toMatchObject({ state: 'loaded' })
  }
})
afterAll(async () => {
  await server.stop()
  await place.remove()
})

async function figuresOf(on: TestServer) {
  const ids = await createAll(on, [{ ...range, group_by: 'domain', interval: 300 }])
  const [file] = (await exportedBy(on, ids[0] ?? '')).files
  const { text } = await on.call('GET', '/api/v1/log-batches')
  const { batches } = parseExactJson(text) as { batches: Json[] }
  return { file: file?.bytes.toString(), flux: batches.map((batch) => batch['flux']) }
}

async function verified(path: string) {
  const { code, err } = await runCommand(server.dataDir, 'backup', 'verify', path)
  return { code, err }
}

describe('a backup of batches beyond 2^53 bytes', () => {
  it('verifies, and is restored with every digit', async () => {
    expect((await runCommand(server.dataDir, 'backup', at('large'), '--with-master-key')).code).toBe(0)
    expect(await verified(at('large'))).toEqual({ code: 0, err: '' })
    expect(await runCommand(at('restored'), 'restore', at('large'))).toMatchObject({ code: 0, err: '' })
    const again = await startTestServer({ dataDir: at('restored') })
    onTestFinished(() => again.stop())
    const figures = await figuresOf(again)
    expect(figures).toEqual(await figuresOf(server))
    expect(figures.flux.map(String).sort()).toEqual(Object.values(sums).map(String).sort())
  })

  it('with a row that no server writes is refused by verify as by restore', async () => {
    await runCommand(server.dataDir, 'backup', at('to-alter'), '--with-master-key')
    const rows: Json[] = [
      { flux_bytes: '2^63' },
      { flux_bytes: 1.5 },
      { created_at_ms: 2 ** 60 },
      { log_zone: 'Nowhere' },
    ]
    for (const change of rows) {
      const altered = await alterBackup(at('to-alter'), at('altered'))
      await altered.rows('batch', ([first, ...others]) => [{ ...(first as Json), ...change }, ...others])
      await altered.finish()
      const [name = ''] = Object.keys(change)
      const problem = new RegExp(`database/batch has a row whose ${name} no server writes`)
      expect(await verified(altered.path), name).toEqual({ code: 1, err: expect.stringMatching(problem) })
      const restored = await runCommand(at('nowhere'), 'restore', altered.path, '--accept-unsealed')
      expect(restored.err, name).toMatch(problem)
      await rm(at('nowhere'), { recursive: true, force: true })
    }
  })

  const postgres = findPostgres()
  it.skipIf('reason' in postgres)('goes to servers and back with every digit', async () => {
    const database = await startTestPostgres(postgres as Exclude<typeof postgres, { reason: string }>)
    onTestFinished(() => database.stop())
    const engine = await startTestEngine()
    onTestFinished(() => engine.stop())
    await engine.warehouse.command('CREATE DATABASE restored')
    const { url } = await database.createDatabase()
    const servers = ['--clickhouse-url', engine.urlOf('restored'), '--database-url', url]
    expect((await runCommand(server.dataDir, 'backup', at('portable'), '--with-master-key')).code).toBe(0)
    expect(await runCommand(at('scaled'), 'restore', at('portable'), ...servers)).toMatchObject({ code: 0, err: '' })
    expect((await runCommand(at('scaled'), 'backup', at('back'), '--with-master-key', ...servers)).code).toBe(0)
    expect(await verified(at('back'))).toEqual({ code: 0, err: '' })
    expect(await runCommand(at('other'), 'restore', at('back'))).toMatchObject({ code: 0, err: '' })
    const again = await startTestServer({ dataDir: at('other') })
    onTestFinished(() => again.stop())
    expect(await figuresOf(again)).toEqual(await figuresOf(server))
  })
})
