import { spawnSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { combinedLine, huaweiLine } from '../harness/log-lines.ts'
import type { Json } from '../harness/requests.ts'
import { credentialVariables, quickBucket, startTestS3, type TestS3 } from '../harness/s3.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { hasEnded, sourceUntil, writeSources } from '../harness/sources.ts'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
let s3: TestS3

/** One server for most tests: each has a source, a prefix and a domain of its own. */
let server: TestServer
let place: Awaited<ReturnType<typeof temporaryDirectory>>
const opened: { stop(): Promise<void> }[] = []

const rules = (domain: string) => [
  { files: ['nginx/**'], format: 'combined', domain, source: 'nginx' },
  { files: ['*.gz', '*.log'], source: 'cdn' },
]
const settings: Record<string, object> = {
  formats: { rules: rules('formats.example.test') },
  again: {},
  longer: {},
  odd: { after: 'delete' },
  deleted: { after: 'delete', files: ['*.log', '*.gz'] },
  gone: {},
  pages: { files: ['*50'], start_after: 'k0099' },
  down: {},
  'no-bucket': { bucket: 'nothere' },
  'no-key': { access_key_env: 'PATH' },
  'no-store': { endpoint: 'http://127.0.0.1:9' },
}

beforeAll(async () => {
  Object.assign(process.env, credentialVariables)
  s3 = await startTestS3()
  place = await temporaryDirectory()
  const sources = Object.entries(settings).map(([name, more]) => quickBucket(s3, { name, prefix: `${name}/`, ...more }))
  server = await startTestServer({ sources: await writeSources(place.path, sources) })
})
afterAll(async () => {
  await server.stop()
  await place.remove()
  await s3.stop()
  for (const name of Object.keys(credentialVariables)) delete process.env[name]
})
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.stop()
})

const asked = async (by: TestServer, path: string) => (await by.call('GET', path)).json

/** What a test does with the source of its own. */
function sourceOf(name: string, by = server) {
  const domain = `${name}.example.test`
  return {
    prefix: `${name}/`,
    put: (key: string, body: string | Buffer) => s3.put(`${name}/${key}`, body),
    until: (isWanted: (source: Json) => boolean) => sourceUntil((path) => asked(by, path), isWanted, name),
    /** Lines of 100 bytes of flux each, in one bucket of time. */
    lines: (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => huaweiLine({ domain, path: `/${from + i}`, bytes: 100 })).join(''),
    counted: () => countedOf(by, domain),
  }
}

async function countedOf(by: TestServer, domain: string): Promise<number> {
  const text = await by.exportText({
    ...{ start_time: Date.parse('2026-09-01T08:00:00+08:00'), end_time: Date.parse('2026-09-01T08:05:00+08:00') },
    ...{ service_area: 'global', language: 'en', domain_name: domain },
  })
  const [, flux, , requests] = text.split('\r\n')[1]?.split(',') ?? []
  expect(Number(flux)).toBe(Number(requests) * 100)
  return Number(requests)
}

type Batch = { name: string; state: string; format: string; source: string; loaded_by: string }
const batches = async (name: string) => {
  const all = (await asked(server, '/api/v1/log-batches?limit=1000'))['batches'] as Batch[]
  return all.filter((batch) => batch.loaded_by === `source:${name}`)
}
const keysBelow = async (prefix: string) => (await s3.keys()).filter((key) => key.startsWith(prefix))

/** A server of a test's own. */
async function serverWith(name: string, flags: Record<string, string>, more: object = {}) {
  const directory = await temporaryDirectory()
  opened.push({ stop: directory.remove })
  const sources = await writeSources(directory.path, [quickBucket(s3, { name, prefix: `${name}/`, ...more })])
  const own = await startTestServer({ sources, ...flags })
  opened.push(own)
  return own
}

describe('a bucket', () => {
  it('has objects of several formats under one prefix loaded, each as its rule says, and left', async () => {
    const { prefix, put, until, lines, counted } = sourceOf('formats')
    await put('nginx/access', combinedLine({ bytes: 100, path: '/n' }).repeat(3))
    await put('2026090100-cdn.log.gz', gzipSync(lines(0, 10)))
    await put('2026090101-cdn.log', lines(10, 30))
    await put('empty.log', '')
    await put('readme.txt', 'no log')
    const source = await until(hasEnded(3))
    expect(source).toMatchObject({
      kind: 'bucket',
      location: 's3://logs/formats/',
      loaded: 3,
      failed: 0,
      problem: null,
    })
    expect(JSON.stringify(source)).not.toContain('S3RVER')
    expect(await counted()).toBe(33)
    expect((await batches('formats')).sort((a, b) => (a.name < b.name ? -1 : 1))).toMatchObject([
      { name: '2026090100-cdn.log.gz', format: 'huawei_offline', source: 'cdn' },
      { name: '2026090101-cdn.log', source: 'cdn' },
      { name: 'access', format: 'combined', source: 'nginx' },
    ])
    await delay(1_000)
    expect(await batches('formats')).toHaveLength(3)
    expect(await keysBelow(prefix)).toHaveLength(5)
  })

  it('counts a redelivered object once, under another key, under the same key, and compressed', async () => {
    const { put, until, lines, counted } = sourceOf('again')
    await put('a.log', lines(0, 10))
    await until(hasEnded(1))
    await put('again/a.log', lines(0, 10))
    await put('a.log.gz', gzipSync(lines(0, 10)))
    await until(hasEnded(3))
    await delay(1_100) // the store tells objects of the same bytes apart by the time alone
    await put('a.log', lines(0, 10))
    expect(await until(hasEnded(4))).toMatchObject({ loaded: 1, duplicates: 3, failures: 0 })
    expect(await counted()).toBe(10)
  })

  it('has what is new of an object loaded that was written anew, longer, under its key', async () => {
    const { put, until, lines, counted } = sourceOf('longer')
    await put('a.log', lines(0, 10))
    await until(hasEnded(1))
    await put('a.log', lines(0, 25))
    expect(await until(hasEnded(2))).toMatchObject({ loaded: 2, duplicates: 0 })
    expect(await counted()).toBe(25)
  })

  it('may have keys with spaces, dots, percent and plus signs, and other scripts, beside those of directories', async () => {
    const { prefix, put, until, lines, counted } = sourceOf('odd')
    const names = ['a b+c%20.log', '日志/x.log', `q'uo"te&<x>.log`, 'a{1,2}*?.log', '-.._.log']
    for (const [at, name] of names.entries()) await put(name, lines(at, at + 1))
    expect(await until(hasEnded(names.length))).toMatchObject({ loaded: names.length, failures: 0 })
    expect(await counted()).toBe(names.length)
    expect(await keysBelow(prefix)).toEqual([])
  })

  it('has loaded objects deleted, and those alone', async () => {
    const { prefix, put, until, lines, counted } = sourceOf('deleted')
    const whole = gzipSync(lines(0, 2_000))
    await put('cut.log.gz', whole.subarray(0, whole.length - 20))
    await put('good.log', lines(2_000, 2_010))
    await put('other.txt', 'no log')
    expect(await until(hasEnded(2))).toMatchObject({
      failed: 1,
      failed_files: [{ file: 'cut.log.gz', error_code: 'FLUXPORT.0102', retry_time: null }],
    })
    expect(await keysBelow(prefix)).toEqual([`${prefix}cut.log.gz`, `${prefix}other.txt`])
    await put('cut.log.gz', whole)
    await until(hasEnded(3))
    expect(await counted()).toBe(2_010)
    expect(await keysBelow(prefix)).toEqual([`${prefix}other.txt`])
  })

  it('forgets that an object has failed once it is gone', async () => {
    const { prefix, put, until, lines } = sourceOf('gone')
    await put('cut.log.gz', gzipSync(lines(0, 2_000)).subarray(0, 100))
    await until(hasEnded(1))
    await s3.remove(`${prefix}cut.log.gz`)
    await until((source) => source['failed'] === 0)
  })

  it('has a listing of several pages read to its end, from where it is to begin', async () => {
    const { prefix, until, lines, counted } = sourceOf('pages')
    const keys = Array.from({ length: 1_100 }, (_, i) => `${prefix}k${String(i).padStart(4, '0')}`)
    await s3.putMany(keys.map((key, i) => [key, lines(i, i + 1)]))
    await until(hasEnded(10))
    expect(await counted()).toBe(10)
  })
})

describe('a bucket that cannot be read', () => {
  it.each([
    ['no-bucket', 'there is no bucket nothere'],
    ['no-key', 'the store does not know the access key'],
    ['no-store', 'nothing listens there'],
  ])('says why, and is no end: %s', async (name, problem) => {
    const source = await sourceOf(name).until((one) => one['problem'] !== null)
    expect(source['problem']).toContain(problem)
    expect(source['problem']).not.toContain('S3RVER')
  })

  it('goes on when its store does', async () => {
    const { put, until, lines, counted } = sourceOf('down')
    await put('a.log', lines(0, 10))
    await until(hasEnded(1))
    await put('b.log', lines(10, 20))
    await s3.down()
    await until((source) => source['problem'] !== null)
    await s3.up()
    await put('c.log', lines(20, 30))
    expect(await until(hasEnded(3))).toMatchObject({ problem: null, loaded: 3 })
    expect(await counted()).toBe(30)
  })

  it('has nothing fetched while the disk is full', async () => {
    const own = await serverWith('full', { diskReserveBytes: String(2 ** 52) })
    const { put, until, lines } = sourceOf('full', own)
    await put('a.log', lines(0, 10))
    const source = await until((one) => one['problem'] !== null)
    expect(source).toMatchObject({ problem: expect.stringContaining('--disk-reserve-bytes'), queued: 0, waiting: 0 })
    expect(await readdir(join(own.dataDir, 'spool'))).toEqual([])
  })

  it('has an object that is too long left where it is, and no other', async () => {
    const own = await serverWith('long', { batchBytesMax: '5000' })
    const { put, until, lines, counted } = sourceOf('long', own)
    await put('a.log', lines(0, 100))
    await put('b.log', lines(100, 110))
    const source = await until(hasEnded(2))
    expect(source).toMatchObject({ loaded: 1, failed_files: [{ file: 'a.log', error_code: 'CDN.0005' }] })
    expect(await counted()).toBe(10)
  })

  it('is what the doctor says', async () => {
    const directory = await temporaryDirectory()
    opened.push({ stop: directory.remove })
    const doctor = async (more: object) => {
      const sources = await writeSources(directory.path, [quickBucket(s3, more)])
      const args = [main, 'doctor', '--data-dir', join(directory.path, 'data'), '--sources', sources]
      const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
      expect(stderr).toBe('')
      return stdout.split('\n').find((line) => line.includes('log sources'))
    }
    expect(await doctor({})).toBe('ok    log sources   logs')
    expect(await doctor({ bucket: 'nothere' })).toBe(
      'BAD   log sources   logs (s3://nothere/): there is no bucket nothere',
    )
  })

  it('stops the start when the variable of its key is not set', async () => {
    const starting = serverWith('unset', {}, { secret_key_env: 'FLUXPORT_TEST_NOT_SET' })
    await expect(starting).rejects.toThrow('FLUXPORT_TEST_NOT_SET is not set')
  })
})
