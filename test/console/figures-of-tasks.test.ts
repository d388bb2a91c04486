import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseCsv } from '../harness/csv.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { hasPython, type Log, loadLog } from '../harness/oracle.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { answersTo, expectExported } from '../oracle/compare.ts'
import { hasBrowser, newPerson, type Person, settled, signIn, withBrowser, withoutBrowser } from './browser.ts'
import { openSettled, shownRows } from './figure-tables.ts'

const zone = 'Asia/Shanghai'
const month = '2026-09'
const domain = 'www.example.test'
const day = { start_time: Date.parse('2026-09-01T00:00:00+08:00'), end_time: Date.parse('2026-09-02T00:00:00+08:00') }
const asFile = { ...day, format: 'csv', compression: 'none', language: 'en', service_area: 'global' }
const requests: Json[] = [
  { action: 'reports_detail', group_by: 'domain', interval: 3600, ...asFile, task_name: 'by the hour' },
  { action: 'top_url_detail', ...asFile, task_name: 'addresses' },
  { action: 'billing_summary', ...asFile, task_name: 'the bill' },
]
const bytesOf = (n: number) => 1_000 + n * n
/** Two requests of each domain in each hour. */
const text = Array.from({ length: 96 }, (_, n) =>
  huaweiLine({
    ...{ domain: n % 2 === 0 ? domain : 'img.example.test', path: `/${n % 7}`, bytes: bytesOf(n) },
    time: `01/Sep/2026:${String(Math.floor(n / 4)).padStart(2, '0')}:${String(10 + (n % 4)).padStart(2, '0')}:00 +0800`,
  }),
).join('')
const late = huaweiLine({ domain, path: '/late', bytes: 777, time: '01/Sep/2026:05:30:00 +0800' })

/** A figure as it is shown, with commas between its digits. */
const wholeOf = (shown: string | null | undefined): number => Number(shown?.replaceAll(',', ''))

type Coverage = { traffic: { file: { flux: number } }; coverage: { buckets: Record<string, number> } }
type Tasks = { server: TestServer; log: Log; ids: string[]; stop(): Promise<void> }

/** A server with a day's log, a task of each request, one that failed, and a late line after them. */
async function startTasks(): Promise<Tasks> {
  const server = await startTestServer({ timeZone: zone })
  const directory = await temporaryDirectory()
  const log = { path: join(directory.path, 'day.log'), format: 'huawei_offline' }
  await writeFile(log.path, text)
  await loadLog(server, log)
  const ids = await createAll(server, requests)
  for (const id of ids) await exportedBy(server, id)
  await createAll(server, [{ ...requests[0], require_final: 'strict_fail', task_name: 'not final' }])
  await server.load(late, { name: 'late.log' })
  return {
    ...{ server, log, ids },
    stop: async () => {
      await server.stop()
      await directory.remove()
    },
  }
}

describe.skipIf(!hasBrowser || !hasPython)(`figures of export tasks${withoutBrowser}`, () => {
  const parts = withBrowser(startTasks)
  let person: Person
  beforeAll(async () => {
    person = await newPerson(parts.browser, parts.subject.server)
    await signIn(person, parts.subject.server)
  })

  it('of the list are the tasks with their states, and the reason of the one that failed', async () => {
    const reason = person.page.getByText(/FLUXPORT\.0401/)
    await expect
      .poll(
        async () =>
          (await parts.subject.server.call('GET', '/v1/cdn/statistics/export-tasks?status=fail')).json['total'],
      )
      .toBe(1)
    await openSettled(person, `/exports?range=${month}`)
    await reason.waitFor()
    const rows = await shownRows(person.page.getByRole('table', { name: 'Export tasks' }))
    const shown = rows.map((row) => [row['Task']?.split('\n')[0], row['State']?.split('\n')[0]])
    expect(shown.sort()).toEqual([
      ...[
        ['addresses', 'done'],
        ['by the hour', 'done'],
        ['not final', 'failed'],
        ['the bill', 'done'],
      ],
    ])
    expect(rows.map((row) => row['Range and domains']?.split('\n')[0])).toEqual(
      rows.map(() => '2026-09-01 00:00 – 2026-09-02 00:00'),
    )
  })

  it.each(requests.map((request, index) => ({ action: request['action'], request, index })))(
    'of the file of $action are those of its bytes, and its bytes are those of the oracle',
    async ({ request, index }) => {
      const { server, log, ids } = parts.subject
      await openSettled(person, `/exports/${ids[index]}?range=${month}`)
      const table = person.page.getByRole('table', { name: 'Files' })
      const rows = (await shownRows(table)).filter((row) => !row['Name']?.endsWith('.json'))
      const files = await Promise.all(
        rows.map(async ({ Name: name = '', Rows = '', ...row }) => {
          const linkOf = { name: `Download ${name}`, exact: true }
          const link = table.getByRole('link', linkOf)
          const size = await table
            .locator('tbody tr')
            .filter({ has: person.page.getByRole('link', linkOf) })
            .locator('[title]')
            .getAttribute('title')
          const href = new URL((await link.getAttribute('href')) ?? '', server.endpoint)
          const bytes = await (await person.context.request.get(href.href)).body()
          expect(row['SHA-256']).toContain(createHash('sha256').update(bytes).digest('hex'))
          expect(wholeOf(size)).toBe(bytes.length)
          expect(wholeOf(Rows)).toBe(parseCsv(bytes.toString()).length - 1)
          return { name, sent: bytes, bytes, rows: wholeOf(Rows) }
        }),
      )
      expect(files.length).toBeGreaterThan(0)
      const task = { rows: files.reduce((sum, file) => sum + file.rows, 0) }
      const facts = { 'time-zone': zone }
      const [answers = []] = await answersTo([log], [request], facts)
      await expectExported({ task, files }, request, zone, answers)
    },
  )

  it('of the changes since a file are those of the line that came later', async () => {
    await openSettled(person, `/exports/${parts.subject.ids[0]}?range=${month}&changes=on`)
    await person.page.getByRole('table', { name: /^5-minute|^Buckets/ }).waitFor()
    await settled(person)
    const rows = await shownRows(person.page.getByRole('table', { name: /^5-minute|^Buckets/ }))
    const before = bytesOf(20) + bytesOf(22)
    expect(rows.map(({ Time, Domain, ...figures }) => [Time, Domain, ...Object.values(figures).map(wholeOf)])).toEqual([
      ['2026-09-01 05:00', domain, 2, 3, before, before + 777],
    ])
  })

  it('of the preflight are those of the API, and of the file that is then made', async () => {
    await openSettled(person, `/exports?new=reports_detail&range=${month}`)
    const asked = { action: 'reports_detail', start_date: '2026-09-01', end_date: '2026-10-01', time_zone: zone }
    const { json } = await parts.subject.server.call('POST', '/api/v1/export-tasks/preflight', {
      ...{ ...asked, service_area: 'mainland_china', format: 'csv', language: 'en' },
    })
    const card = person.page.getByRole('region', { name: 'What the file would be' })
    const tiles = Object.fromEntries(
      (await card.locator('.tile').allInnerTexts()).map((tile) => tile.split('\n').filter((line) => line !== '')),
    )
    const { rows, bytes, seconds, traffic, coverage } = json as Record<string, number> & Coverage
    const kilobytesOf = (value: number | undefined) => `${Number(((value ?? 0) / 1000).toFixed(2))} kB`
    expect(tiles).toEqual({
      ...{ 'Rows at most': rows?.toLocaleString('en-GB'), 'Size, before compression': kilobytesOf(bytes) },
      ...{ Work: `about ${seconds} s`, 'Traffic in the file': kilobytesOf(traffic.file.flux) },
    })
    expect(traffic.file.flux).toBe(777 + Array.from({ length: 96 }, (_, n) => bytesOf(n)).reduce((a, b) => a + b, 0))
    const states = Object.entries(coverage.buckets).filter(([, buckets]) => buckets > 0)
    expect((await card.locator('.state-counts li').allInnerTexts()).map((one) => one.trim())).toEqual(
      states.map(([state, buckets]) => `${state} ${buckets.toLocaleString('en-GB')}`),
    )
  })
})
