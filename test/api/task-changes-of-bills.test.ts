import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

const month = { start_date: '2026-09-01', end_date: '2026-10-01' }
const two = (value: number) => String(value).padStart(2, '0')
/** A line an hour on each of some days but for the last hours, with other bytes each. */
const days = (domain: string, from: number, to: number, bytes: number) =>
  Array.from({ length: (to - from) * 24 - 4 }, (_, n) => {
    const time = `${two(from + Math.floor(n / 24))}/Sep/2026:${two(n % 24)}:${two((n % 12) * 5)}:00 +0800`
    return huaweiLine({ domain, time, bytes: bytes + n * 997 })
  }).join('')

async function load(name: string, text: string): Promise<unknown> {
  const { json } = await server.load(text, { name, format: 'huawei_offline' })
  expect(json['state']).toBe('loaded')
  return json['batch_id']
}

/** A bill's rows of its file, by domain; the total has the name Total. */
async function bill(): Promise<{ id: string; rows: Map<string, Json> }> {
  const asked = { action: 'billing_summary', format: 'jsonl', language: 'en', service_area: 'global', ...month }
  const [id = ''] = await createAll(server, [asked])
  const { files } = await exportedBy(server, id)
  const lines = files[0]?.bytes.toString('utf8').trim().split('\n') ?? []
  const rows = lines.map((line) => JSON.parse(line) as Json)
  return { id, rows: new Map(rows.map((row) => [String(row['domain']), row])) }
}

const figures = ['flux', 'billed_flux', 'bandwidth_percentile', 'average_daily_peak', 'fourth_daily_peak', 'peak']
const counts = ['valid_days', 'points', 'discarded']
const pick = (row: Json | undefined) => Object.fromEntries([...figures, ...counts].map((name) => [name, row?.[name]]))

type Change = { domain_name: string | null; month: string; before: Json; after: Json }
const changes = async (id: string) => {
  const { json, text, status } = await server.call('GET', `/api/v1/export-tasks/${id}/changes`)
  expect(status, text).toBe(200)
  return json as Json & { months: Change[] | null }
}

it('has each changed figure of a bill as its file has it, and as a bill of now has it', async () => {
  await load('a.log', days('a.example.test', 1, 20, 1_000_000))
  const forgotten = await load('b.log', days('b.example.test', 1, 8, 5_000_000))
  await load('b2.log', days('b.example.test', 8, 20, 5_000_000))
  const before = await bill()
  expect((await changes(before.id)).months).toEqual([])
  await load('late.log', days('a.example.test', 3, 9, 77_000_000))
  await server.call('DELETE', `/api/v1/log-batches/${forgotten}`)
  const after = await bill()
  const { months } = await changes(before.id)
  expect(months?.map((one) => [one.month, one.domain_name])).toEqual([
    ['2026-09', null],
    ['2026-09', 'a.example.test'],
    ['2026-09', 'b.example.test'],
  ])
  for (const one of months ?? []) {
    const name = one.domain_name ?? 'Total'
    expect(pick(one.before), name).toEqual(pick(before.rows.get(name)))
    expect(pick(one.after), name).toEqual(pick(after.rows.get(name)))
  }
  const ran = await runCommand(server.dataDir, 'tasks', 'changes', before.id)
  expect(ran.out).toMatch(/^2026-09 +all together +bandwidth_percentile +[\d,]+ +[\d,]+ +[+-][\d,]+ +[+-]\d/m)
})

it('moves with the end of the logs alone: a log after the month makes points of the rest', async () => {
  const before = await bill()
  await load('october.log', huaweiLine({ domain: 'a.example.test', time: '02/Oct/2026:00:00:01 +0800' }))
  const after = await bill()
  const { months, domains } = await changes(before.id)
  expect(domains).toEqual([])
  expect(months?.length).toBe(3)
  for (const one of months ?? []) {
    const name = one.domain_name ?? 'Total'
    expect([pick(one.before), pick(one.after)]).toEqual([pick(before.rows.get(name)), pick(after.rows.get(name))])
    expect(Number(one.after['points'])).toBeGreaterThan(Number(one.before['points']))
  }
})

it('has no months for a task that is no bill', async () => {
  const [id = ''] = await createAll(server, [month])
  await exportedBy(server, id)
  expect((await changes(id)).months).toBeNull()
})
