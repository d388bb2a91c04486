import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { expect, it, onTestFinished, type TestContext } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, newKey, send } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { fill, mountDisk } from '../harness/small-disk.ts'

const path = '/api/v1/log-batches'

/** A small disk of the test's own, and a server whose data lies there. The test is skipped where none may be mounted. */
async function setUp(context: TestContext, megabytes: number, flags: Record<string, string>) {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const disk = await mountDisk(context, join(directory.path, 'disk'), megabytes)
  const server = await startTestServer({ pushGroupSeconds: '0', dataDir: join(disk, 'data'), ...flags })
  onTestFinished(() => server.stop())
  const token = (await newKey(server, { role: 'ingest' })).ingest_token
  const push = (body: string | Buffer, query = '') =>
    send(server.endpoint, {
      method: 'POST',
      target: `${path}${query}`,
      body,
      headers: { Authorization: `Bearer ${token}` },
    })
  return { server, disk, outside: directory.path, push }
}

const loadingOf = async (server: TestServer) => {
  const got = await send(server.endpoint, { target: '/readyz' })
  expect(got.status).toBe(200)
  return (got.json['parts'] as Record<string, string>)['loading']
}

async function untilLoaded(server: TestServer): Promise<void> {
  for (const state of ['queued', 'loading']) {
    while (Number((await server.call('GET', `${path}?state=${state}`)).json['total']) > 0) await delay(50)
  }
}

/** What counts: as the batches say, and as the engine has it once the rows of failed attempts are gone. */
async function countOf(server: TestServer) {
  const { json } = await server.call('GET', `${path}?state=loaded&limit=1000`)
  const requests = (json['batches'] as { requests: number }[]).reduce((sum, batch) => sum + batch.requests, 0)
  const failed = (await server.call('GET', `${path}?state=failed`)).json['total']
  return { requests, failed }
}

it('a disk that is nearly full pauses loading and refuses logs; both go on when there is room', async (context) => {
  const { server, disk, push } = await setUp(context, 300, { diskReserveBytes: String(100 << 20) })
  expect((await push(huaweiLine({ path: '/1' }))).status).toBe(202)
  await untilLoaded(server)
  expect(await loadingOf(server)).toBe('ok')
  const makeRoom = await fill(disk, 60 << 20)
  await expect.poll(() => loadingOf(server), { timeout: 60_000 }).toMatch(/^paused: \d+ bytes are free/)
  const refused = await push(huaweiLine({ path: '/2' }))
  expect(expectError(refused, 503, 'FLUXPORT.0105')).toContain('--disk-reserve-bytes')
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  expect((await send(server.endpoint, { target: '/metrics' })).text).toContain('fluxport_loading_paused 1')
  const waiting = server.load(huaweiLine({ path: '/3' }))
  await delay(3_000)
  expect(await countOf(server)).toEqual({ requests: 1, failed: 0 })
  await makeRoom()
  expect((await waiting).json).toMatchObject({ state: 'loaded' })
  expect(await loadingOf(server)).toBe('ok')
  expect((await push(huaweiLine({ path: '/2' }))).status).toBe(202)
  await untilLoaded(server)
  expect(await countOf(server)).toEqual({ requests: 3, failed: 0 })
})

it('a log whose rest cannot be copied is refused and not kept: its sender sends it again', async (context) => {
  const { server, push } = await setUp(context, 300, { diskReserveBytes: String(100 << 20) })
  const beginning = huaweiLine({ path: '/1' })
  expect((await push(beginning, '?name=a.log')).status).toBe(200)
  const rest = huaweiLine({ path: `/${'x'.repeat(1_000)}` }).repeat(250_000)
  const refused = await push(gzipSync(beginning + rest), '?name=a.log.gz')
  expect(expectError(refused, 503, 'FLUXPORT.0105')).toMatch(/\d{9} bytes of the log have to be copied first/)
  expect(await readdir(join(server.dataDir, 'spool'))).toEqual([])
})

it('a disk that is full in the middle of anything loses nothing, counts nothing twice and fails no log', {
  timeout: 240_000,
}, async (context) => {
  const { server, disk, outside, push } = await setUp(context, 300, { diskReserveBytes: '0' })
  const fileLines = 20_000
  const loading: ReturnType<typeof server.loadFile>[] = []
  let requests = 0
  for (const [round, bytesLeft] of [6 << 20, 1 << 20, 100_000, 0].entries()) {
    for (const file of [`${round}-0.log`, `${round}-1.log`, `${round}-2.log`]) {
      const lines = Array.from({ length: fileLines }, (_, n) => huaweiLine({ path: `/${file}/${n}` }))
      await writeFile(join(outside, file), lines.join(''))
      loading.push(server.loadFile(join(outside, file)))
      requests += fileLines
    }
    const makeRoom = await fill(disk, bytesLeft)
    const pushing = Array.from({ length: 20 }, (_, n) => push(huaweiLine({ path: `/${round}/${n}` }).repeat(100)))
    for (const { status } of await Promise.all(pushing)) {
      expect([202, 503]).toContain(status)
      if (status === 202) requests += 100
    }
    await delay(1_500)
    await makeRoom()
  }
  for (const { json, text } of await Promise.all(loading)) expect(json['state'], text).toBe('loaded')
  await untilLoaded(server)
  expect(await countOf(server)).toEqual({ requests, failed: 0 })
  const startMs = Date.parse('2026-09-01T08:00:00+08:00')
  const asked = { domain_name: 'www.example.test', start_time: startMs, end_time: startMs + 300_000, language: 'en' }
  const file = await server.exportText(asked)
  expect(file.split('\r\n')[1]?.split(',')[3]).toBe(String(requests))
})
