import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { raiseFloor } from '../../src/ledger/floors.ts'
import { firstKeptMs, type KeepDays } from '../../src/ledger/kept-data.ts'
import { openSqlite } from '../../src/ports/database/sqlite.ts'
import { sweep } from '../../src/upkeep/retention/sweep.ts'
import { runCommand } from '../harness/command.ts'
import { silentLog } from '../harness/directory.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { type OpenServer, startOpenServer } from '../harness/open-server.ts'
import { expectError, type Json, newAccount, sendSigned } from '../harness/requests.ts'

const dayMs = 86_400_000
const hourMs = 3_600_000

/** The start of a day of UTC+8, so many days ago. */
const daysAgo = (days: number) => Math.floor((Date.now() + 8 * hourMs) / dayMs - days) * dayMs - 8 * hourMs
const keepDays: KeepDays = { request: 5, usage: null, url_daily: null, geography_hourly: null }
const floorMs = firstKeptMs('request', 5, Date.now())
const floor = new Date(floorMs).toISOString()

/** A line of so many days ago, at an hour of that day. */
const lineOf = (days: number, hour: number, path: string) => {
  const local = new Date(daysAgo(days) + hour * hourMs + 8 * hourMs)
  const [, weekdayless = ''] = /^\w+, (.*) GMT$/.exec(local.toUTCString()) ?? []
  const time = weekdayless.replace(/^(\d+) (\w+) (\d+) (.*)$/, '$1/$2/$3:$4')
  return huaweiLine({ time: `${time} +0800`, path, bytes: 1_000 * days + hour })
}
const log = (days: number) =>
  Array.from({ length: 24 }, (_, hour) => lineOf(days, hour, `/${hour % 5}?v=${days}`)).join('')

const whole = { start_time: daysAgo(40), end_time: daysAgo(0), language: 'en', service_area: 'global' }

/** What is answered from sums alone. */
const fromSums: Json[] = [
  { ...whole, interval: 300, group_by: 'domain' },
  { ...whole, action: 'top_url_detail' },
  { ...whole, action: 'top_path_detail', stat_type: 'req_num' },
  { ...whole, action: 'isp_detail', interval: 3600 },
  { ...whole, action: 'billing_summary' },
]
const fromRequests: Json[] = [
  { ...whole, action: 'uv' },
  { ...whole, action: 'top_ip_detail' },
  { ...whole, action: 'top_ua_detail' },
  { ...whole, action: 'isp_detail', interval: 300 },
  { ...whole, interval: 3600, country: 'cn' },
]

let open: OpenServer
let before: string[]
let canceledId: string
beforeAll(async () => {
  open = await startOpenServer({})
  const { server } = open
  for (const days of [35, 20, 3, 1]) await server.load(log(days), { name: `${days}-days.log` })
  await open.rolledUp()
  before = await Promise.all(fromSums.map((request) => server.exportText(request)))
  canceledId = await cancelled()
  const database = await openSqlite(join(server.dataDir, 'fluxport.sqlite'))
  await sweep({ database, warehouse: server.warehouse, keepDays, log: silentLog }, new AbortController().signal)
  await database.close()
})
afterAll(() => open.stop())

const create = (request: Json) =>
  sendSigned(open.server, {
    method: 'POST',
    target: '/v1/cdn/statistics/export-tasks',
    body: JSON.stringify(request),
  })

/** A task over all of the time, cancelled: made again, it is what one is that waited. */
async function cancelled(): Promise<string> {
  for (;;) {
    const id = String((await create({ ...whole, action: 'uv' })).json['task_id'])
    if ((await open.server.call('POST', `/api/v1/export-tasks/${id}/cancel`, {})).status === 200) return id
  }
}

const oldestRequest = async () => {
  const [row] = await open.server.warehouse.rows<{ ms: number }>(
    'SELECT toUnixTimestamp(min(time)) * 1000 AS ms FROM request',
  )
  return row?.ms
}

describe('exports of a time whose requests are gone', () => {
  it('are what they were, to the byte, where sums are enough', async () => {
    expect(await Promise.all(fromSums.map((request) => open.server.exportText(request)))).toEqual(before)
  })

  it.each(fromRequests)('say from when on there are requests: $action', async (request) => {
    const message = expectError(await create(request), 400, 'FLUXPORT.0301')
    expect(message).toBe(`The parameter start_time is invalid: it needs the requests, which are kept from ${floor} on`)
    const kept = { ...request, start_time: daysAgo(3) }
    expect(await open.server.exportText(kept)).toMatch(/\r\n.*\r\n/)
  })

  it('say that whole days do without, and read part days where they are kept', async () => {
    const urls = { ...whole, action: 'top_url_detail' }
    const message = expectError(await create({ ...urls, start_time: daysAgo(40) + hourMs }), 400, 'FLUXPORT.0301')
    expect(message).toContain(`from ${floor} on; whole days of UTC+8 need none`)
    // Before the whole days everything is there; after them, an hour of the requests.
    expect(await open.server.exportText({ ...urls, end_time: daysAgo(1) + hourMs, limit: 1_000 })).toContain('/0?v=1')
  })

  it('fail with that reason when they were created before', async () => {
    await open.server.call('POST', `/api/v1/export-tasks/${canceledId}/retry`, {})
    for (;;) {
      const { json } = await open.server.call('GET', `/api/v1/export-tasks/${canceledId}`)
      if (json['state'] === 'waiting' || json['state'] === 'processing') continue
      const error = { error_code: 'FLUXPORT.0301', error_msg: expect.stringContaining(floor) }
      expect(json).toMatchObject({ state: 'fail', error })
      return
    }
  })
})

describe('a batch that comes late', () => {
  it('is refused when all of it is older than what is kept, and drops nothing back', async () => {
    const { status, json } = await open.server.load(log(30), { name: 'late.log' })
    expect([status, json['error_code']]).toEqual([422, 'FLUXPORT.0302'])
    expect(String(json['error_msg'])).toContain(floor)
    expect(await oldestRequest()).toBeGreaterThanOrEqual(floorMs)
  })

  it('counts in part, each older line with that reason', async () => {
    const text = `${lineOf(30, 1, '/old')}${lineOf(2, 1, '/young')}${lineOf(30, 2, '/old')}not a line\n`
    const { json } = await open.server.load(text, { name: 'mixed.log' })
    expect(json).toMatchObject({ lines: 4, requests: 1, rejected_lines: 3 })
    const { json: shown } = await open.server.call('GET', `/api/v1/log-batches/${json['batch_id']}`)
    expect((shown['rejected'] as Json)['by_reason']).toEqual([
      { reason: 'before_retention', lines: 2 },
      { reason: 'fields', lines: 1 },
    ])
    expect(await oldestRequest()).toBeGreaterThanOrEqual(floorMs)
  })

  it('is known when it was loaded before, however old', async () => {
    const { json } = await open.server.load(log(35), { name: 'again.log' })
    expect(json).toMatchObject({ state: 'duplicate', already_loaded_as: 1 })
  })
})

describe('fluxport retention', () => {
  it('shows what is kept, and what other settings would drop, to an operator alone', async () => {
    const { json } = await open.server.call('GET', '/api/v1/retention?keep_requests_days=2&keep_usage_days=1')
    const [requests, usage] = json['tables'] as Json[]
    expect(requests).toMatchObject({
      table: 'request',
      keep_days: 2,
      kept_from: floorMs,
      next: { until: expect.any(Number) },
      due: { rows: expect.any(Number), until: expect.any(Number) },
    })
    const due = (usage?.['due'] ?? {}) as Json
    expect(due['rows']).toBeGreaterThan(0)
    expect(due['until']).toBeLessThanOrEqual(firstKeptMs('usage', 1, Date.now()))
    const shown = await runCommand(open.server.dataDir, 'retention', '--keep-requests-days', '2')
    expect([shown.code, shown.err]).toEqual([0, ''])
    expect(shown.out).toMatch(/^requests +2 days +\S+ 08:00:00 /m)
    expect(shown.out).toMatch(/Nothing was changed/)
    const plain = await runCommand(open.server.dataDir, 'retention')
    expect(plain.out).toMatch(/^5-minute sums +for ever +the beginning/m)
    const stranger = await newAccount(open.server, 'someone')
    expectError(await sendSigned(open.server, { target: '/api/v1/retention', key: stranger }), 403, 'CDN.0004')
  })
})

describe('what is gone of one source', () => {
  it('is named by exports that need it, and by no others', async () => {
    const database = await openSqlite(join(open.server.dataDir, 'fluxport.sqlite'))
    await raiseFloor(database, 'geography_hourly', daysAgo(10))
    await database.close()
    const request = { ...whole, action: 'isp_detail', interval: 3600 }
    const message = expectError(await create(request), 400, 'FLUXPORT.0301')
    expect(message).toContain(`the hourly sums by place, which are kept from ${new Date(daysAgo(10)).toISOString()} on`)
    expect(await open.server.exportText({ ...whole, interval: 3600 })).not.toBe('')
  })
})
