import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/ports/database/database.ts'
import { openSqlite } from '../../src/ports/database/sqlite.ts'
import { runCommand } from '../harness/command.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { type Json, newAccount } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

const start = Date.parse('2026-09-01T08:00:00+08:00')
const hour = 3_600_000
const at = (minute: number, bytes: number, domain = 'www.example.test') =>
  huaweiLine({ time: `01/Sep/2026:08:${String(minute).padStart(2, '0')}:00 +0800`, bytes, domain })

let server: TestServer
let database: Database
let kept: number
let forgotten: number
let taskId: string
beforeAll(async () => {
  server = await startTestServer()
  database = await openSqlite(join(server.dataDir, 'fluxport.sqlite'))
  kept = await load('a.log', at(0, 100) + at(10, 200))
  forgotten = await load('b.log', at(10, 1_000) + at(20, 2_000) + at(20, 3_000, 'img.example.test'))
  taskId = await made({})
})
afterAll(async () => {
  await database.close()
  await server.stop()
})

async function load(name: string, text: string): Promise<number> {
  const { json } = await server.load(text, { name, format: 'huawei_offline' })
  expect(json['state']).toBe('loaded')
  return Number(json['batch_id'])
}
async function made(request: Json): Promise<string> {
  const [id = ''] = await createAll(server, [{ start_time: start, end_time: start + hour, ...request }])
  await exportedBy(server, id)
  return id
}
const changes = async (id: string, query = '') =>
  (await server.call('GET', `/api/v1/export-tasks/${id}/changes${query}`)).json
/** `www 10: 3/1200 > 2/200` */
const told = (json: Json) =>
  (json['changes'] as Json[]).map((one) => {
    const minute = (Number(one['time']) - start) / 60_000
    const [before, after] = ['before', 'after'].map((when) => `${one[`requests_${when}`]}/${one[`flux_${when}`]}`)
    return `${String(one['domain_name']).split('.')[0]} ${minute}: ${before} > ${after}`
  })
/** `www: 3/1200 > 2/200`, by domain, as told. */
const toldOfDomains = (json: Json) =>
  (json['domains'] as Json[]).map((one) => {
    const [before, after] = ['before', 'after'].map((when) => `${one[`requests_${when}`]}/${one[`flux_${when}`]}`)
    return `${String(one['domain_name']).split('.')[0]}: ${before} > ${after}`
  })
const forget = (id: number) => server.call('DELETE', `/api/v1/log-batches/${id}`)
async function purged(): Promise<void> {
  for (;;) {
    const left = await database.queries.selectFrom('load').select('load_id').where('state', '=', 'forgotten').execute()
    if (left.length === 0) return
    await delay(50)
  }
}

describe('GET /api/v1/export-tasks/{id}/changes', () => {
  it('has nothing while nothing has changed', async () => {
    expect(await changes(taskId)).toMatchObject({
      loads_added: 0,
      loads_removed: 0,
      total: 0,
      changes: [],
      domains_total: 0,
      domains: [],
      complete: true,
    })
  })

  it('says what late lines have added, and nothing of lines outside the range', async () => {
    await load('late.log', at(0, 7) + at(30, 9) + huaweiLine({ time: '01/Sep/2026:12:00:00 +0800' }))
    await load('outside.log', huaweiLine({ time: '02/Sep/2026:12:00:00 +0800' }))
    const found = await changes(taskId)
    expect(told(found)).toEqual(['www 0: 1/100 > 2/107', 'www 30: 0/0 > 1/9'])
    expect(toldOfDomains(found)).toEqual(['www: 4/3300 > 6/3316'])
    expect(found).toMatchObject({ loads_added: 1, loads_removed: 0, total: 2, domains_total: 1 })
    expect(Number(found['data_version_now'])).toBeGreaterThan(Number(found['data_version']))
  })

  it('says what a forgotten log has taken away, before and after its rows are gone', async () => {
    const all = [
      'www 0: 1/100 > 2/107',
      'www 10: 2/1200 > 1/200',
      'img 20: 1/3000 > 0/0',
      'www 20: 1/2000 > 0/0',
      'www 30: 0/0 > 1/9',
    ]
    await forget(forgotten)
    const sums = ['img: 1/3000 > 0/0', 'www: 4/3300 > 4/316']
    const atOnce = await changes(taskId)
    expect([told(atOnce), toldOfDomains(atOnce)]).toEqual([all, sums])
    await purged()
    const found = await changes(taskId)
    expect([told(found), toldOfDomains(found)]).toEqual([all, sums])
    expect(found).toMatchObject({ loads_removed: 1, complete: true })
    expect(told(await changes(taskId, '?limit=2&offset=1'))).toEqual(all.slice(1, 3))
    expect(await changes(taskId, '?offset=9')).toMatchObject({ total: 5, changes: [] })
  })

  it('sums the buckets of the task', async () => {
    const hourly = await made({ interval: 3600 })
    expect(told(await changes(hourly))).toEqual([])
    await load('more.log', at(40, 1) + at(45, 2))
    expect(told(await changes(hourly))).toEqual(['www 0: 4/316 > 6/319'])
  })

  it('shows a log that was forgotten and loaded again as no change', async () => {
    const id = await made({})
    await forget(kept)
    expect(told(await changes(id))).toHaveLength(2)
    await load('a.log', at(0, 100) + at(10, 200))
    await purged()
    expect(await changes(id)).toMatchObject({ loads_added: 1, loads_removed: 1, total: 0, changes: [] })
  })

  it('is told by the command: sums of domains, then the buckets behind them', async () => {
    const ran = await runCommand(server.dataDir, 'tasks', 'changes', taskId)
    expect([ran.code, ran.err]).toEqual([0, ''])
    expect(ran.out).toMatch(/^img\.example\.test +3,000 +0 +-3,000 +-100\.00 +1 +0 +-1 +-100\.00$/m)
    expect(ran.out).toMatch(/7 buckets have changed; --buckets lists them/)
    expect(ran.out).not.toContain('bucket (')
    const listed = await runCommand(server.dataDir, 'tasks', 'changes', taskId, '--buckets', '--limit', '1')
    expect(listed.out).toContain('bucket (Asia/Shanghai)')
    expect(listed.out).toMatch(
      /^www\.example\.test +2026-09-01 08:00:00 +100 +107 +\+7 +\+7\.00 +1 +2 +\+1 +\+100\.00$/m,
    )
    expect(listed.out).toContain('1 of 7; --limit and --offset show more')
  })

  it('is refused for a task without a file, and not there for another account', async () => {
    const other = await newAccount(server, 'other')
    const hidden = await server.call('GET', `/api/v1/export-tasks/${taskId}/changes`, undefined, other)
    expect([hidden.status, hidden.json['error_code']]).toEqual([404, 'CDN.0003'])
    const [failed = ''] = await createAll(server, [
      { start_time: start, end_time: start + hour, require_final: 'fail' },
    ])
    for (;;) {
      const { json } = await server.call('GET', `/api/v1/export-tasks/${failed}`)
      if (json['state'] === 'fail') break
      await delay(30)
    }
    expect(await changes(failed)).toMatchObject({ error_code: 'FLUXPORT.0204' })
  })
})
