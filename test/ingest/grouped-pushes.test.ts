import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { combinedLine, huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Got, type Json, newKey, send } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

const path = '/api/v1/log-batches'

let server: TestServer
let token: string
beforeAll(async () => {
  server = await startTestServer({ pushGroupSeconds: '1' })
  token = (await newKey(server, { role: 'ingest' })).ingest_token
})
afterAll(() => server.stop())

const push = (body: string | Buffer, headers: Record<string, string> = {}, query = ''): Promise<Got> =>
  send(server.endpoint, {
    method: 'POST',
    target: path + query,
    body,
    headers: { Authorization: `Bearer ${token}`, ...headers },
  })

const idOf = ({ status, json, text }: Got): number => {
  expect(status, text).toBe(202)
  return Number(json['batch_id'])
}

/** The batches, once they have ended. */
async function ended(ids: Iterable<number>): Promise<Json[]> {
  const batches: Json[] = []
  for (const id of new Set(ids)) {
    const { json } = await server.call('GET', `${path}/${id}?wait_ms=20000`)
    batches.push(json)
  }
  return batches
}

let domains = 0
const newDomain = () => `g${++domains}.example.test`

/** Requests of a domain as the engine has them, and how many different paths they ask for. */
async function countOf(domain: string): Promise<[requests: number, paths: number]> {
  const [row] = await server.warehouse.rows<{ requests: number; paths: number }>(
    'SELECT count() AS requests, uniqExact(path) AS paths FROM request WHERE domain = {domain:String}',
    { domain },
  )
  return [row?.requests ?? 0, row?.paths ?? 0]
}

describe('small pushes', () => {
  it('are answered before they are loaded, and loaded a few batches together, every line once', async () => {
    const domain = newDomain()
    const bodies = Array.from({ length: 300 }, (_, n) =>
      [0, 1, 2].map((line) => huaweiLine({ domain, path: `/${n}/${line}`, bytes: 10 })).join(''),
    )
    const answers: Got[] = []
    const send20 = async (first: number) => {
      for (let n = first; n < bodies.length; n += 20) {
        const body = bodies[n] ?? ''
        answers.push(await push(n % 3 === 0 ? gzipSync(body) : body))
      }
    }
    await Promise.all(Array.from({ length: 20 }, (_, first) => send20(first)))
    for (const { json } of answers) expect(['queued', 'loading', 'loaded']).toContain(json['state'])
    const batches = await ended(answers.map(idOf))
    expect(batches.length).toBeLessThan(60)
    const sum = (name: string) => batches.reduce((total, batch) => total + Number(batch[name]), 0)
    expect([sum('pushes'), sum('lines'), sum('requests')]).toEqual([300, 900, 900])
    expect(await countOf(domain)).toEqual([900, 900])
    expect(await readdir(join(server.dataDir, 'spool'))).toEqual([])
  })

  it('that end within a line do not have the next push begin in it', async () => {
    const domain = newDomain()
    const line = (n: number) => huaweiLine({ domain, path: `/${n}` }).trimEnd()
    const answers = await Promise.all([0, 1, 2, 3, 4].map((n) => push(n % 2 ? gzipSync(line(n)) : line(n))))
    await ended(answers.map(idOf))
    expect(await countOf(domain)).toEqual([5, 5])
  })

  it('count once under one key, in the same moment and later', async () => {
    const domain = newDomain()
    const headers = { 'Idempotency-Key': `key of ${domain}` }
    const body = huaweiLine({ domain })
    const answers = await Promise.all(Array.from({ length: 20 }, () => push(body, headers)))
    const [id, ...others] = new Set(answers.map(idOf))
    expect(others).toEqual([])
    const [batch] = await ended([Number(id)])
    expect(batch).toMatchObject({ state: 'loaded', pushes: 1, requests: 1 })
    expect(batch?.['pushed']).toMatchObject([{ idempotency_key: `key of ${domain}`, bytes: body.length }])
    expect(idOf(await push(body, headers))).toBe(id)
    expect(await countOf(domain)).toEqual([1, 1])
  })

  it('are refused at once when they are damaged or unknown, and those beside them are not', async () => {
    const domain = newDomain()
    const zipped = gzipSync(huaweiLine({ domain }).repeat(50))
    const good = Array.from({ length: 10 }, (_, n) => push(huaweiLine({ domain, path: `/${n}` })))
    const bad = [zipped.subarray(0, -9), Buffer.concat([zipped, Buffer.from('rubbish')])].map((body) => push(body))
    const unknown = push('what is this\n')
    for (const answer of bad) expectError(await answer, 422, 'FLUXPORT.0102')
    expectError(await unknown, 422, 'FLUXPORT.0103')
    const answers = await Promise.all(good)
    await ended(answers.map(idOf))
    expect(await countOf(domain)).toEqual([10, 10])
  })

  it('of several formats and parameters are batches of their own', async () => {
    const domain = newDomain()
    const answers = await Promise.all([
      push(huaweiLine({ domain })),
      push(combinedLine(), {}, `?domain=${domain}`),
      push(huaweiLine({ domain }), {}, '?service_area=outside_mainland_china'),
      push(huaweiLine({ domain }), {}, '?source=other'),
    ])
    const batches = await ended(answers.map(idOf))
    expect(
      batches.map((batch) => [batch['format'], batch['source'], batch['service_area'], batch['requests']]),
    ).toEqual([
      ['huawei_offline', 'default', 'by_country', 1],
      ['combined', 'default', 'by_country', 1],
      ['huawei_offline', 'default', 'outside_mainland_china', 1],
      ['huawei_offline', 'other', 'by_country', 1],
    ])
  })

  it('that are empty are received, and hold nothing', async () => {
    const batches = await ended([idOf(await push('')), idOf(await push(gzipSync('')))])
    for (const batch of batches) expect(batch).toMatchObject({ state: 'loaded', lines: 0 })
  })

  it('that are long, or long once decompressed, are batches of their own', async () => {
    const domain = newDomain()
    const long = Array.from({ length: 12_000 }, (_, n) => huaweiLine({ domain, path: `/a/${n}` })).join('')
    const bomb = gzipSync(Array.from({ length: 90_000 }, (_, n) => huaweiLine({ domain, path: `/b/${n}` })).join(''))
    expect([long.length > 1 << 20, bomb.length < 1 << 20]).toEqual([true, true])
    const headers = { 'Idempotency-Key': `long of ${domain}` }
    const ids = [idOf(await push(long, headers)), idOf(await push(bomb)), idOf(await push(long, headers))]
    expect(ids[2]).toBe(ids[0])
    const batches = await ended(ids)
    for (const batch of batches) expect(batch).toMatchObject({ state: 'loaded', pushes: null })
    expect(await countOf(domain)).toEqual([102_000, 102_000])
  })

  it('go with their batch when it is forgotten, and may come again under their keys', async () => {
    const domain = newDomain()
    const keyed = (n: number) => push(huaweiLine({ domain, path: `/${n}` }), { 'Idempotency-Key': `${domain} ${n}` })
    const answers = await Promise.all([0, 1, 2].map(keyed))
    const [batch] = await ended(answers.map(idOf))
    expect(batch?.['pushed']).toHaveLength(3)
    const forgotten = await server.call('DELETE', `${path}/${batch?.['batch_id']}`)
    expect(forgotten.json).toMatchObject({ state: 'forgotten', pushes: 3 })
    const [again] = await ended([idOf(await keyed(1))])
    expect(again).toMatchObject({ state: 'loaded', pushes: 1 })
    const text = await server.exportText({
      domain_name: domain,
      service_area: 'global',
      start_time: Date.parse('2026-09-01T08:00:00+08:00'),
      end_time: Date.parse('2026-09-01T08:05:00+08:00'),
      language: 'en',
    })
    expect(Number(text.split('\r\n')[1]?.split(',')[3])).toBe(1)
  })

  it('come from curl as docs/guide/shippers.md has it, once however often they are sent', async (context) => {
    const directory = await temporaryDirectory()
    onTestFinished(directory.remove)
    const domain = newDomain()
    const file = join(directory.path, 'access.log')
    await writeFile(file, huaweiLine({ domain }).repeat(7))
    const document = await readFile(new URL('../../docs/guide/shippers.md', import.meta.url), 'utf8')
    const [, command = ''] = /\n## curl\n.*?\n\n((?: {4}.*\n)+)/s.exec(document) ?? []
    const script = command.replaceAll('access.log', file).replaceAll('http://127.0.0.1:8080', server.endpoint)
    const first = await runAway(script)
    if (first.code === 127) return context.skip(`no curl here: ${first.text}`)
    const again = await runAway(script)
    expect([first.code, again.code], first.text).toEqual([0, 0])
    const ids = [first, again].map(({ text }) => Number(JSON.parse(text).batch_id))
    expect(ids[0]).toBe(ids[1])
    const [batch] = await ended(ids)
    expect(batch).toMatchObject({ state: 'loaded', requests: 7, pushes: 1 })
  })
})

/** Runs a script of bash beside the server, which is in this process. */
async function runAway(script: string): Promise<{ code: number | null; text: string }> {
  const child = spawn('bash', ['-c', script], { env: { ...process.env, FLUXPORT_TOKEN: token } })
  const pieces: Buffer[] = []
  child.stdout.on('data', (piece) => pieces.push(piece))
  const [code] = await once(child, 'close')
  return { code, text: Buffer.concat(pieces).toString() }
}
