import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import type { Json } from '../harness/requests.ts'
import { serve } from '../harness/served.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

const start = Date.parse('2026-09-01T08:00:00+08:00')
const hour = 3_600_000

/** Of one source that goes on, with no delay: the last bucket that it is at is provisional. */
const firstHour = { start_time: start, end_time: start + hour, domain_name: 'www.example.test', language: 'en' }
const at = (time: string, bytes = 1000) => huaweiLine({ time: `01/Sep/2026:${time} +0800`, bytes })
const tasks = '/api/v1/export-tasks'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await server.call('PUT', '/api/v1/coverage/cadences/*', { delay_seconds: 0 })
  await load(at('08:00:01') + at('08:31:00'))
})
afterAll(() => server.stop())

let files = 0
async function load(text: string, source = 'edge') {
  files++
  const { json } = await server.load(text, { name: `log-${files}.log`, source, format: 'huawei_offline' })
  expect(json['state']).toBe('loaded')
}
const create = async (request: Json): Promise<string> => (await createAll(server, [request]))[0] as string
const show = async (id: string): Promise<Json> => (await server.call('GET', `${tasks}/${id}`)).json
async function until(id: string, holds: (task: Json) => boolean): Promise<Json> {
  for (;;) {
    const task = await show(id)
    if (holds(task)) return task
    await delay(30)
  }
}
const hasEnded = (task: Json) => ['success', 'fail'].includes(String(task['state']))

describe('a file that says of each bucket whether it is final', () => {
  const asked = { ...firstHour, coverage_column: 'true', format: 'jsonl', end_time: start + hour + 300_000 }
  const rowsOf = async (request: Json) => {
    const [file] = (await exportedBy(server, await create(request))).files
    const lines = file?.bytes.toString('utf8').trim().split('\n') ?? []
    return lines.map((line) => JSON.parse(line) as Json)
  }

  it('has a column of them, and its figures are empty where one is missing, there alone', async () => {
    const rows = await rowsOf(asked)
    const told = rows.map((row) => `${row['coverage']} ${row['flux']}`)
    expect(told.slice(0, 7)).toEqual(['reported 1000', ...Array(5).fill('reported 0'), 'provisional 1000'])
    expect(told.slice(7)).toEqual(Array(6).fill('missing null'))
  })

  it.each([
    ['isp_detail', 'flux'],
    ['uv', 'uv'],
  ])('has it in %s too', async (action, figure) => {
    const rows = await rowsOf({ ...asked, action, isp: action === 'uv' ? undefined : 'qita' })
    expect(rows.map((row) => row['coverage']).slice(5, 8)).toEqual(['reported', 'provisional', 'missing'])
    expect(rows.map((row) => row[figure] === null).slice(5, 8)).toEqual([false, false, true])
  })

  it('says it in Chinese', async () => {
    const text = await server.exportText({ ...asked, format: 'csv', language: 'zh' })
    const lines = text.trim().split('\r\n')
    expect(lines[0]).toMatch(/,"?数据完整性"?$/)
    expect(lines.slice(1).map((line) => line.split(',').at(-1)?.replaceAll('"', ''))).toEqual([
      ...Array(6).fill('已上报'),
      '暂定',
      ...Array(6).fill('缺失'),
    ])
  })

  it('is refused for a file without buckets', async () => {
    const { json } = await server.call('POST', '/v1/cdn/statistics/export-tasks', {
      ...asked,
      action: 'top_url_detail',
    })
    expect([json['error_code'], json['error_msg']]).toEqual(['CDN.0001', expect.stringContaining('coverage_column')])
  })

  it('has coverage in its manifest whether asked or not', async () => {
    const { task } = await exportedBy(server, await create(firstHour))
    expect((task['manifest'] as Json)['coverage']).toMatchObject({
      buckets: { final: 0, reported: 6, provisional: 1, missing: 5, refused: 0 },
      sources: [{ source: 'edge', watermark: start + 30 * 60_000, rejected_lines: 0, late_lines: 0 }],
      ranges: [
        { start_time: start, end_time: start + 1_800_000, state: 'reported' },
        { start_time: start + 1_800_000, end_time: start + 2_100_000, state: 'provisional' },
        { start_time: start + 2_100_000, end_time: start + hour, state: 'missing' },
      ],
      ranges_total: 3,
    })
  })
})

describe('require_final', () => {
  it('fails at once, naming the first bucket that is not final', async () => {
    const task = await until(await create({ ...firstHour, require_final: 'fail' }), hasEnded)
    expect([task['state'], task['download_link']]).toEqual(['fail', null])
    expect(task['error']).toEqual({
      error_code: 'FLUXPORT.0401',
      error_msg: 'The bucket of www.example.test at 2026-09-01T00:30:00.000Z is provisional',
    })
  })

  it('fails after it has waited', async () => {
    const id = await create({ ...firstHour, require_final: 'true', require_final_wait_seconds: 1 })
    expect((await until(id, hasEnded))['error']).toMatchObject({ error_code: 'FLUXPORT.0401' })
  })

  it('lets a file of final buckets through', async () => {
    const id = await create({ ...firstHour, end_time: start + 1_800_000, require_final: true })
    expect((await until(id, hasEnded))['state']).toBe('success')
  })

  it('is strict if asked: reported buckets are not final', async () => {
    const request = {
      ...firstHour,
      end_time: start + 1_800_000,
      require_final: 'strict',
      require_final_wait_seconds: 1,
    }
    expect((await until(await create(request), hasEnded))['error']).toEqual({
      error_code: 'FLUXPORT.0401',
      error_msg: 'The bucket of www.example.test at 2026-09-01T00:00:00.000Z is reported',
    })
  })

  it('is said before, and refused there when it would fail at once', async () => {
    const preflight = async (request: Json) => (await server.call('POST', `${tasks}/preflight`, request)).json
    const problem = 'The bucket of www.example.test at 2026-09-01T00:30:00.000Z is provisional'
    expect(await preflight({ ...firstHour, require_final: 'fail' })).toMatchObject({ allowed: false, problem })
    expect(await preflight({ ...firstHour, require_final: 'true' })).toMatchObject({
      allowed: true,
      not_final: problem,
    })
  })

  it.each([
    [{ require_final: 'yes' }, 'require_final'],
    [{ require_final: 'fail', require_final_wait_seconds: 5 }, 'require_final_wait_seconds'],
    [{ require_final: 'true', require_final_wait_seconds: 0 }, 'require_final_wait_seconds'],
  ])('refuses %j, naming %s', async (request, parameter) => {
    const { json } = await server.call('POST', '/v1/cdn/statistics/export-tasks', { ...firstHour, ...request })
    expect([json['error_code'], json['error_msg']]).toEqual(['CDN.0001', expect.stringContaining(parameter)])
  })

  it('waits, says for what, and goes on when the last bucket is final', async () => {
    const id = await create({ ...firstHour, require_final: 'true' })
    const waiting = await until(id, (task) => task['waits_for'] !== null)
    expect(waiting).toMatchObject({ state: 'waiting', attempts: 0 })
    expect(Number(waiting['waits_until']) - Number(waiting['create_time'])).toBeGreaterThan(86_000_000)
    await load(at('08:42:00'))
    const nearer = await until(id, (task) => task['waits_for'] !== waiting['waits_for'])
    expect(nearer).toMatchObject({ state: 'waiting', update_time: waiting['update_time'] })
    expect(nearer['waits_for']).toBe('The bucket of www.example.test at 2026-09-01T00:40:00.000Z is provisional')
    await load(at('09:00:00', 5))
    const done = await until(id, hasEnded)
    expect([done['state'], done['waits_for']]).toEqual(['success', null])
    expect((done['manifest'] as Json)['coverage']).toMatchObject({
      buckets: { reported: 12, provisional: 0, missing: 0 },
    })
  })

  it('still waits after a kill, and goes on', async () => {
    const directory = await temporaryDirectory()
    const before = await serve(directory.path)
    await before.client.send('PUT', '/api/v1/coverage/cadences/*', { delay_seconds: 0 })
    await loadInto(before, directory.path, 'a.log', at('08:31:00'))
    const request = { ...firstHour, start_time: start + 1_800_000, require_final: 'true' }
    const { task_id: id } = await before.client.send<{ task_id: string }>(
      'POST',
      '/v1/cdn/statistics/export-tasks',
      request,
    )
    const shown = (client: typeof before.client) => client.get<Json>(`${tasks}/${id}`)
    while ((await shown(before.client))['waits_for'] === null) await delay(30)
    await before.kill()
    const after = await serve(directory.path)
    try {
      expect(await shown(after.client)).toMatchObject({ state: 'waiting', waits_for: expect.stringContaining('00:30') })
      await loadInto(after, directory.path, 'b.log', at('09:01:00'))
      while (!hasEnded(await shown(after.client))) await delay(30)
      expect(await shown(after.client)).toMatchObject({ state: 'success', waits_for: null, attempts: 1 })
    } finally {
      await after.kill()
      await directory.remove()
    }
  })
})

async function loadInto(served: Awaited<ReturnType<typeof serve>>, directory: string, name: string, text: string) {
  const path = `${directory}/${name}`
  const { writeFile } = await import('node:fs/promises')
  await writeFile(path, text)
  expect((await served.load(path)).state).toBe('loaded')
}
