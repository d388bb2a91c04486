import { appendFile, mkdir, readdir, rename, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { hasEnded, quickDirectory, sourceUntil, writeSources } from '../harness/sources.ts'

const opened: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.stop()
})

/** A server that watches an empty directory. */
async function watching(settings: object = {}) {
  const place = await temporaryDirectory()
  opened.push({ stop: place.remove })
  const inbox = join(place.path, 'inbox')
  await mkdir(inbox)
  const server = await startTestServer({ sources: await writeSources(place.path, [quickDirectory(inbox, settings)]) })
  opened.push(server)
  const until = (isWanted: (source: Json) => boolean) => sourceUntil((path) => asked(server, path), isWanted)
  return { server, inbox, place: place.path, until }
}
const asked = async (server: TestServer, path: string) => (await server.call('GET', path)).json

/** Lines of 100 bytes of flux each, in one bucket. */
const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => huaweiLine({ path: `/${from + i}`, bytes: 100 })).join('')

async function counted(server: TestServer): Promise<number> {
  const text = await server.exportText({
    ...{ start_time: Date.parse('2026-09-01T08:00:00+08:00'), end_time: Date.parse('2026-09-01T08:05:00+08:00') },
    ...{ service_area: 'global', language: 'en' },
  })
  const [, flux, , requests] = text.split('\r\n')[1]?.split(',') ?? []
  expect(Number(flux)).toBe(Number(requests) * 100)
  return Number(requests)
}

const batches = async (server: TestServer) =>
  (await asked(server, '/api/v1/log-batches?limit=1000'))['batches'] as { name: string; state: string; lines: number }[]
const loadedNames = async (server: TestServer) => (await batches(server)).map((batch) => batch.name).reverse()

describe('an inbox', () => {
  it('has a source for each directory below it', async () => {
    const place = await temporaryDirectory()
    opened.push({ stop: place.remove })
    const inbox = join(place.path, 'inbox')
    for (const name of ['edge-1', 'edge-2/deep', 'not one']) await mkdir(join(inbox, name), { recursive: true })
    const files = ['edge-1/a.log', 'edge-2/deep/a.log', 'not one/a.log', 'a.log']
    const texts = [lines(0, 4), lines(4, 8), lines(8, 12), lines(8, 12)]
    for (const [n, file] of files.entries()) await writeFile(join(inbox, file), texts[n] ?? '')
    for (const file of files) await utimes(join(inbox, file), 1_780_000_000, 1_780_000_000)
    const server = await startTestServer({ inbox, inboxSource: '{source}/**' })
    opened.push(server)
    await sourceUntil((path) => asked(server, path), hasEnded(4), 'inbox')
    const { batches: all } = (await asked(server, '/api/v1/log-batches')) as { batches: Json[] }
    const told = all.map((one) => `${one['source']} ${one['state']}`).sort()
    expect(told).toEqual(['default duplicate', 'default loaded', 'edge-1 loaded', 'edge-2 loaded'])
    await expect(startTestServer({ inbox, inboxSource: '*/*' })).rejects.toThrow('--inbox-source')
  })
})

describe('a directory', () => {
  it('says until when a file waits, and why', async () => {
    const { server, inbox, until } = await watching({ settle_seconds: 600, growth_seconds: 0 })
    const before = Date.now()
    await writeFile(join(inbox, 'fresh.log'), lines(0, 3))
    const { waiting_files: files } = await until((source) => source['waiting'] === 1)
    expect(files).toMatchObject([{ file: 'fresh.log', why: 'settling' }])
    const waits = Number((files as Json[])[0]?.['until_time']) - before
    expect(waits).toBeGreaterThanOrEqual(600_000)
    const { out } = await runCommand(server.dataDir, 'sources')
    expect(out).toMatch(/logs: 1 waits\n {2}fresh\.log: until 2\d{3}-.* as it has just changed\n/)
  })

  it('has a failed file tried again without a change when somebody asks for it', async () => {
    const { server, inbox, until } = await watching()
    await writeFile(join(inbox, 'unknown.log'), 'what is this\n'.repeat(5))
    await until((source) => source['failures'] === 1)
    const retry = (body: object) => server.call('POST', '/api/v1/log-sources/retry', body)
    expect((await retry({ file: 'other.log' })).json).toMatchObject({ error_code: 'CDN.0003' })
    expect((await retry({ source: 'other' })).json).toMatchObject({ error_code: 'CDN.0003' })
    expect((await retry({ source: 'logs', file: 'unknown.log' })).json).toEqual({ files: 1 })
    const { failed_files: failed } = await until((source) => source['failures'] === 2)
    expect(failed).toMatchObject([{ file: 'unknown.log', tries: 2, retry_time: null }])
  })

  it('keeps a quarantined file in place, takes its replacement, and puts an accepted one away', async () => {
    const { server, inbox, place, until } = await watching({ after: 'move', done_directory: 'done' })
    const garbled = (from: number) => lines(from, from + 80) + 'rubbish\n'.repeat(20)
    await writeFile(join(inbox, 'one.log'), garbled(0))
    await writeFile(join(inbox, 'two.log'), garbled(200))
    const failed = await until((source) => source['failed'] === 2)
    expect(failed['failed_files']).toMatchObject([{ error_code: 'FLUXPORT.0109' }, { error_code: 'FLUXPORT.0109' }])
    expect(await counted(server)).toBe(0)
    await writeFile(join(inbox, 'one.log'), lines(0, 100))
    await until((source) => source['loaded'] === 1)
    const { batches } = (await asked(server, '/api/v1/log-batches?state=quarantined')) as { batches: Json[] }
    expect(batches).toMatchObject([{ name: 'two.log', requests: 80, rejected_lines: 20 }])
    await server.call('POST', `/api/v1/log-batches/${batches[0]?.['batch_id']}/accept`)
    await until((source) => source['loaded'] === 2 && source['failed'] === 0)
    expect(await counted(server)).toBe(180)
    expect(await readdir(inbox)).toEqual([])
    expect((await readdir(join(place, 'done'))).sort()).toEqual(['one.log', 'two.log'])
  })

  it('has its files loaded in order of the time in their names, and left', async () => {
    const { server, inbox, until } = await watching()
    const names = ['2026090103-edge.log', '2026090101-edge.log.gz', 'sub', '2026090102-edge.log']
    await mkdir(join(inbox, 'sub'))
    await writeFile(join(inbox, 'sub', 'not-meant.log'), lines(900, 950))
    await writeFile(join(inbox, names[1] as string), gzipSync(lines(0, 10)))
    await writeFile(join(inbox, names[0] as string), lines(20, 35))
    await writeFile(join(inbox, names[3] as string), lines(10, 20))
    await until(hasEnded(3))
    expect(await counted(server)).toBe(35)
    expect(await loadedNames(server)).toEqual([names[1], names[3], names[0]])
    expect((await readdir(inbox)).sort()).toEqual([...names].sort())
    await delay(1_000)
    expect(await batches(server)).toHaveLength(3)
  })

  it('has loaded files moved, beside files of the same name, and those in directories below too', async () => {
    const { server, inbox, until } = await watching({ after: 'move', recursive: true })
    await writeFile(join(inbox, 'a.log'), lines(0, 3))
    await mkdir(join(inbox, 'edge'))
    await writeFile(join(inbox, 'edge', 'b.log'), lines(3, 5))
    await until(hasEnded(2))
    await writeFile(join(inbox, 'a.log'), lines(5, 9))
    await until(hasEnded(3))
    await writeFile(join(inbox, 'again.log'), lines(0, 3))
    const source = await until(hasEnded(4))
    expect(source).toMatchObject({ loaded: 3, duplicates: 1, failed: 0 })
    expect(await counted(server)).toBe(9)
    expect((await readdir(inbox, { recursive: true })).sort()).toEqual(
      ['done', 'done/a.log', 'done/a.log.2', 'done/again.log', 'done/edge', 'done/edge/b.log', 'edge'].sort(),
    )
  })

  it('has loaded files deleted, and unfinished, hidden and empty ones and links passed over', async () => {
    const { server, inbox, place, until } = await watching({ after: 'delete' })
    await writeFile(join(place, 'elsewhere.log'), lines(50, 60))
    await symlink(join(place, 'elsewhere.log'), join(inbox, 'link.log'))
    for (const name of ['.hidden.log', 'half.log.part', 'rsync.tmp']) await writeFile(join(inbox, name), lines(60, 70))
    await writeFile(join(inbox, 'empty.log'), '')
    await writeFile(join(inbox, 'a{1,2}*?.log'), lines(0, 4))
    await writeFile(join(inbox, 'a1.log'), lines(4, 9))
    await until(hasEnded(2))
    expect(await counted(server)).toBe(9)
    expect((await readdir(inbox)).sort()).toEqual([
      '.hidden.log',
      'empty.log',
      'half.log.part',
      'link.log',
      'rsync.tmp',
    ])
    await rename(join(inbox, 'half.log.part'), join(inbox, 'half.log'))
    await until(hasEnded(3))
    expect(await counted(server)).toBe(19)
  })

  it('may have links followed', async () => {
    const { server, inbox, place, until } = await watching({ follow_links: true })
    await writeFile(join(place, 'elsewhere.log'), lines(0, 10))
    await symlink(join(place, 'elsewhere.log'), join(inbox, 'link.log'))
    await until(hasEnded(1))
    expect(await counted(server)).toBe(10)
  })

  it('gives each file the parameters of the first rule that means it, and leaves what none means', async () => {
    const rules = [
      { files: ['*-ov.log'], service_area: 'outside_mainland_china', source: 'ov' },
      { files: ['edge-*'], source: 'edge' },
    ]
    const { server, inbox, until } = await watching({ rules, source: 'unused', format: 'huawei_offline' })
    await writeFile(join(inbox, 'edge-ov.log'), lines(0, 1))
    await writeFile(join(inbox, 'edge-1.log'), lines(1, 3))
    await writeFile(join(inbox, 'other.log'), lines(3, 9))
    await until(hasEnded(2))
    await delay(500)
    expect((await batches(server)).sort((a, b) => (a.name < b.name ? -1 : 1))).toMatchObject([
      { name: 'edge-1.log', source: 'edge', service_area: 'by_country' },
      { name: 'edge-ov.log', source: 'ov', service_area: 'outside_mainland_china', loaded_by: 'source:logs' },
    ])
  })
})

describe('a log that is rotated', () => {
  it('counts once while it is renamed, compressed, and begun anew, and a renamed one is not read again', async () => {
    const { server, inbox, until } = await watching()
    const at = (name: string) => join(inbox, name)
    await writeFile(at('access.log'), lines(0, 100))
    await until(hasEnded(1))
    await rename(at('access.log'), at('access.log.1'))
    await appendFile(at('access.log.1'), lines(100, 130)) // the program writes on until it is told
    await writeFile(at('access.log'), lines(130, 200))
    await until(hasEnded(3))
    expect(await counted(server)).toBe(200)
    const before = (await batches(server)).length
    await rename(at('access.log.1'), at('access.log.2'))
    await rename(at('access.log'), at('access.log.1'))
    await writeFile(at('access.log'), lines(200, 250))
    await until((source) => Number(source['loaded']) >= 4 && source['waiting'] === 0)
    expect(await counted(server)).toBe(250)
    expect(await batches(server)).toHaveLength(before + 1)
    await writeFile(at('access.log.2.gz'), gzipSync(lines(0, 130)))
    expect(await until(hasEnded(5))).toMatchObject({ duplicates: 1, failed: 0 })
    expect(await counted(server)).toBe(250)
  })
})

describe('a log that is being written', () => {
  it('has its growth loaded, whole lines alone, and its last line without an end once it is quiet', async () => {
    const { server, inbox, until } = await watching({ growth_seconds: 1 })
    const path = join(inbox, 'access.log')
    const whole = lines(0, 60)
    const last = huaweiLine({ path: '/last', bytes: 100 }).trimEnd()
    for (let at = 0; at < whole.length; at += 97) {
      await appendFile(path, whole.slice(at, at + 97))
      await delay(30)
    }
    await appendFile(path, last.slice(0, 50))
    await until((source) => Number(source['loaded']) >= 1 && source['waiting'] === 0)
    const early = await batches(server)
    expect(early.every((batch) => batch.state !== 'loaded' || batch.lines <= 60)).toBe(true)
    await appendFile(path, last.slice(50))
    for (let i = 0; i < 100 && (await counted(server)) < 61; i++) await delay(100)
    expect(await counted(server)).toBe(61)
    const rejected = (await batches(server)).map((batch) => (batch as Json)['rejected_lines'] ?? 0)
    expect(rejected.every((count) => count === 0)).toBe(true)
    expect((await batches(server)).length).toBeGreaterThan(1)
  })

  it('is not moved before it has settled', async () => {
    const { server, inbox, until } = await watching({ after: 'move', settle_seconds: 1 })
    const path = join(inbox, 'access.log')
    for (let i = 0; i < 20; i++) {
      await appendFile(path, lines(i, i + 1))
      await delay(100)
      expect(await readdir(inbox)).toEqual(['access.log'])
    }
    await until(hasEnded(1))
    expect(await readdir(join(inbox, 'done'))).toEqual(['access.log'])
    expect(await counted(server)).toBe(20)
  })
})

describe('a file that fails', () => {
  it('is stated with its reason, tried again when it changes and not before, and holds up no other', async () => {
    const { server, inbox, until } = await watching({ after: 'move' })
    const whole = gzipSync(lines(0, 2_000))
    await writeFile(join(inbox, '2026090100-cut.log.gz'), whole.subarray(0, whole.length - 20))
    await writeFile(join(inbox, '2026090101-good.log'), lines(2_000, 2_010))
    const failed = await until(hasEnded(2))
    expect(failed).toMatchObject({
      ...{ loaded: 1, failed: 1, failures: 1 },
      failed_files: [{ file: '2026090100-cut.log.gz', error_code: 'FLUXPORT.0102', retry_time: null, tries: 1 }],
    })
    await delay(1_000)
    expect(await batches(server)).toHaveLength(2)
    await writeFile(join(inbox, '2026090100-cut.log.gz'), whole)
    expect(await until(hasEnded(3))).toMatchObject({ loaded: 2, failed: 0, failed_files: [] })
    expect(await counted(server)).toBe(2_010)
    expect(await readdir(inbox)).toEqual(['done'])
  })

  it('and a directory that is not there are states, not ends', async () => {
    const { server, inbox, until } = await watching()
    await rename(inbox, `${inbox}-away`)
    expect(await until((source) => source['problem'] !== null)).toMatchObject({
      problem: expect.stringContaining('does not exist'),
    })
    await rename(`${inbox}-away`, inbox)
    await writeFile(join(inbox, 'a.log'), lines(0, 2))
    expect(await until(hasEnded(1))).toMatchObject({ problem: null, loaded: 1 })
    expect(await counted(server)).toBe(2)
  })
})
