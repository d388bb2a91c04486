import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { loggedBytes, ok } from './account.ts'
import { type Bench, type Call, type Listed, openBench, type Sdk, type Task } from './bench.ts'
import type { Exchange } from './recorder.ts'

const path = '/v1/cdn/statistics/export-tasks'
/** What versions that demand an id and a name send for any task. */
export const anyTask = { task_id: '*', task_name: '*' }
const rangeStartMs = Date.parse('2026-09-01T00:00:00+08:00')
const everyField = {
  action: 'reports_detail',
  domain_name: 'all',
  start_time: rangeStartMs,
  end_time: rangeStartMs + 86_400_000,
  group_by: 'domain',
  interval: 3600,
  service_area: 'global',
  stat_type: 'flux',
  country: 'cn',
  province: 'guangdong',
  isp: 'all',
  language: 'en',
}

/** The tests that every version of every SDK runs; `more` adds those of one language. */
export function describeSdk(sdk: Sdk, more: (sdk: Sdk, bench: Bench) => void = () => {}): void {
  if (sdk.missing !== undefined) {
    console.warn(`skipped: ${sdk.title}: ${sdk.missing}`)
    describe.skip(`${sdk.title} (skipped: ${sdk.missing})`, () => testsOf(sdk, {} as Bench, more))
    return
  }
  describe(sdk.title, () => {
    // Filled before the tests that hold on to it.
    const bench = {} as Bench
    beforeAll(async () => {
      Object.assign(bench, await openBench(sdk))
    })
    afterEach(() => {
      bench.recorder.exchanges.length = 0
    })
    afterAll(async () => {
      await bench.stop?.()
    })
    testsOf(sdk, bench, more)
  })
}

function testsOf(sdk: Sdk, bench: Bench, more: (sdk: Sdk, bench: Bench) => void): void {
  it('runs the create sample, then the list sample until success; the link downloads', async () => {
    await bench.run('create')
    const asked = lastOf(bench)
    expect([asked.method, asked.path, asked.status, JSON.parse(asked.body)]).toEqual(['POST', path, 200, {}])
    expect(asked.headers['user-agent']).toMatch(sdk.userAgent)
    expect(asked.headers).not.toHaveProperty('x-domain-id')
    const { text, fileName } = await download(bench, await untilSuccess(sdk, bench, createdId(asked)))
    expect(fileName).toMatch(/^reports_detail_.*\.csv$/)
    expect(text.split('\r\n')).toHaveLength(1 + 24 * 12 + 1)
    expect(text).toContain(`,${loggedBytes},`)
  })

  it('creates without a body, and with every field; lists by id, by name, by page', async () => {
    const before = Number((await bench.server.call('GET', path, undefined, bench.account.key)).json['total'])
    const creates: Call[] = [
      { operation: 'create', body: null },
      { operation: 'create', body: everyField },
    ]
    expect((await bench.calls(creates)).map((outcome) => outcome.raised)).toEqual([undefined, undefined])
    const [bare, full] = bench.recorder.exchanges
    expect([bare?.status, ['', '{}'].includes(bare?.body.trim() ?? '')]).toEqual([200, true])
    expect([full?.status, JSON.parse(full?.body ?? '')]).toEqual([200, everyField])
    const created = JSON.parse(full?.answer ?? '') as Task
    const { task_id, task_name } = created
    await expectFields(bench, task_id)
    const listing = await bench.calls([
      { operation: 'list', query: anyTask },
      { operation: 'list', query: { task_id, task_name } },
      { operation: 'list', query: { ...anyTask, task_name } },
      { operation: 'list', query: { ...anyTask, limit: 1, offset: 1 } },
      { operation: 'list', query: { ...anyTask, task_id: 'f'.repeat(32) } },
    ])
    const found = listing.map((outcome) => outcome.response as Listed | undefined)
    expect(found.map((list) => [list?.total, list?.data.length])).toEqual([
      [before + 2, before + 2],
      [1, 1],
      [1, 1],
      [before + 2, 1],
      [0, 0],
    ])
    expect(found[1]?.data[0]).toMatchObject({ task_id, task_name })
  })

  it('runs region-style, through the account look-up', async () => {
    const printed = await bench.run('region', sdk.regionVariables(bench.recorder.endpoint))
    const asked = bench.recorder.exchanges.map((one) => [one.method, one.path.split('?')[0], one.status])
    expect(asked, printed).toEqual([
      ['GET', '/v3/auth/domains', 200],
      ['POST', path, 200],
      ['GET', path, 200],
    ])
    const accounts = bench.recorder.exchanges.slice(1).map((one) => one.headers['x-domain-id'])
    expect(accounts).toEqual([bench.account.accountId, bench.account.accountId])
    expect(sdk.listed(printed).data).toHaveLength(1)
  })

  it('prints what the sample catches: code, message and request id of a wrong secret key', async () => {
    const printed = await bench.run('create', { CLOUD_SDK_SK: 'wrong' })
    const { requestId, status } = lastOf(bench)
    expect(status).toBe(401)
    for (const part of ['401', 'APIGW.0301', 'verify aksk signature fail', requestId]) expect(printed).toContain(part)
  })

  it.each<{ what: string; call: Call; secret?: string; status: number; code: string; message: string }>([
    {
      what: 'a wrong secret key',
      call: { operation: 'list', query: anyTask },
      secret: 'wrong',
      status: 401,
      code: 'APIGW.0301',
      message: 'verify aksk signature fail',
    },
    {
      what: 'an unknown domain',
      call: { operation: 'create', body: { domain_name: 'absent.example.test' } },
      status: 404,
      code: 'CDN.0105',
      message: 'absent.example.test',
    },
    {
      what: 'a bad interval',
      call: { operation: 'create', body: { interval: 60 } },
      status: 400,
      code: 'CDN.0001',
      message: 'The parameter interval is invalid: 60 is not one of 300, 3600',
    },
  ])('raises its typed exception for $what, with our code, message and request id', async (refused) => {
    const [outcome] = await bench.calls([refused.call], refused.secret ? { CLOUD_SDK_SK: refused.secret } : {})
    const { requestId, answer } = lastOf(bench)
    expect(requestId).toMatch(/^[0-9a-f]{32}$/)
    expect(outcome).toEqual({
      raised: {
        type: sdk.exception,
        status: refused.status,
        request_id: requestId,
        code: refused.code,
        message: JSON.parse(answer).error_msg,
      },
    })
    expect(outcome?.raised?.message).toContain(refused.message)
  })

  it('has a workbook from the unmodified sample when that is the account’s default', async () => {
    const settings = `/api/v1/accounts/${bench.account.accountId}/settings`
    await ok(bench.server.call('PUT', settings, { default_format: 'xlsx' }))
    await bench.run('create')
    const task = await untilSuccess(sdk, bench, createdId(lastOf(bench)))
    await ok(bench.server.call('PUT', settings, {}))
    const { text, fileName } = await download(bench, task)
    expect(fileName).toMatch(/\.xlsx$/)
    expect(text.slice(0, 2)).toBe('PK')
  })

  more(sdk, bench)
}

const lastOf = (bench: Bench): Exchange => bench.recorder.exchanges.at(-1) as Exchange

/** No SDK tells who creates a task its id; our answer does. */
const createdId = (created: Exchange): string => JSON.parse(created.answer).task_id

/** Runs the list sample until the task has ended, well. */
async function untilSuccess(sdk: Sdk, bench: Bench, taskId: string): Promise<Task> {
  for (;;) {
    const printed = await bench.run('list')
    const task = sdk.listed(printed).data.find((one) => one.task_id === taskId)
    if (task?.status === 'success') return task
    expect(['waiting', 'processing'], printed).toContain(task?.status)
  }
}

/** What lies behind a task's link, once it is what our own API says that it is. */
async function download(bench: Bench, task: Task): Promise<{ text: string; fileName: string }> {
  const shown = await ok(bench.server.call('GET', `/api/v1/export-tasks/${task.task_id}`, undefined, bench.account.key))
  const file = await fetch(String(task.download_link))
  expect(file.status).toBe(200)
  const bytes = Buffer.from(await file.arrayBuffer())
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  expect({ ...task, sha256, bytes: bytes.length }).toMatchObject({
    task_name: shown.json['task_name'],
    download_link: shown.json['download_link'],
    sha256: shown.json['sha256'],
    bytes: shown.json['bytes'],
  })
  const fileName = decodeURIComponent(new URL(String(task.download_link)).pathname.split('/').pop() ?? '')
  return { text: bytes.toString(), fileName }
}

/** That the server took every field for what it is. */
async function expectFields(bench: Bench, taskId: string): Promise<void> {
  const url = `/api/v1/export-tasks/${taskId}`
  const { json } = await ok(bench.server.call('GET', url, undefined, bench.account.key))
  expect(json).toMatchObject({
    action: 'reports_detail',
    effective: {
      start_time: everyField.start_time,
      end_time: everyField.end_time,
      interval: 3600,
      group_by: 'domain',
      service_area: 'global',
      stat_type: 'flux',
      country: ['cn'],
      province: ['guangdong'],
      language: 'en',
      format: 'csv',
    },
  })
}
