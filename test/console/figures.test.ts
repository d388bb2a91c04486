import { beforeAll, describe, expect, it } from 'vitest'
import { askOracle, hasPython, type Question } from '../harness/oracle.ts'
import { hasBrowser, newPerson, type Person, signIn, withBrowser, withoutBrowser } from './browser.ts'
import { cardRows, openSettled, rowsOf } from './figure-tables.ts'
import { domains, month, startLocatedMonth, zone } from './loaded-month.ts'

const startMs = Date.parse('2026-09-01T00:00:00+08:00')
const endMs = Date.parse('2026-10-01T00:00:00+08:00')
const range = { 'start-ms': String(startMs), 'end-ms': String(endMs), 'time-zone': zone }
type Figures = Record<string, number>
type Point = [timeMs: number, ...keys: string[], figures: Figures]

describe.skipIf(!hasBrowser || !hasPython)(`figures over time${withoutBrowser}`, () => {
  const parts = withBrowser(startLocatedMonth)
  let person: Person
  beforeAll(async () => {
    person = await newPerson(parts.browser, parts.subject.server)
    await signIn(person, parts.subject.server)
  })

  const ask = async (question: Question): Promise<string> =>
    (await askOracle(parts.subject.logs, [{ ...range, ...question }]))[0] ?? ''
  const askPoints = async (question: Question): Promise<Point[]> =>
    JSON.parse(await ask({ report: 'usage_series', ...question })).points
  const figuresOf = (point: Point) => point.at(-1) as Figures
  const askBill = async (report: string) =>
    rowsOf(await ask({ report, language: 'en' })).filter((row) => row['domain'] === 'Total')

  it('of the month are those of the oracle’s bill', async () => {
    const [total = {}] = await askBill('billing_summary')
    await openSettled(person, `/?range=${month}`)
    const rows = await cardRows(person, 'Month to date')
    const wanted: Record<string, string | undefined> = {
      ...{ Traffic: total['flux_bytes'], 'Billed traffic': total['billed_flux_bytes'] },
      ...{ 'Percentile bandwidth': total['percentile_bps'], 'Highest 5 minutes': total['peak_bps'] },
      ...{ 'Average daily peak': total['average_daily_peak_bps'], 'Valid days': total['valid_days'] },
    }
    const found = rows.filter((row) => (row['Figure'] ?? '') in wanted)
    expect(Object.fromEntries(found.map((row) => [row['Figure'], row['Exact']]))).toEqual(wanted)
  })

  it('of twelve months, and the lengths of their bars, are those of the oracle; a month without a log has none', async () => {
    const first = String(Date.parse('2025-10-01T00:00:00+08:00'))
    const points = await askPoints({ bucket: 'month', 'start-ms': first })
    const byMonth = new Map(
      points.map((point) => [new Date(point[0] + 8 * 3_600_000).toISOString().slice(0, 7), figuresOf(point)]),
    )
    expect([...byMonth.keys()]).toEqual(['2026-08', month])
    await openSettled(person, `/?range=${month}`)
    const rows = await cardRows(person, 'Twelve months')
    expect(rows.map((row) => row['Month'])).toHaveLength(12)
    const textOf = (name: string, figure: string) => String(byMonth.get(name)?.[figure] ?? '')
    expect(rows).toEqual(
      rows.map(({ Month = '' }) => ({
        ...{ Month, Traffic: textOf(Month, 'flux') },
        ...{ 'Peak bandwidth': textOf(Month, 'peak_bandwidth'), Requests: textOf(Month, 'requests') },
      })),
    )
    const lengths = await person.page
      .locator('.month-bar')
      .evaluateAll((bars) => bars.map((bar) => bar.style.blockSize))
    const most = Math.max(...points.map((point) => figuresOf(point)['flux'] ?? 0))
    const percents = rows.map(({ Month = '' }) => (100 * (byMonth.get(Month)?.['flux'] ?? 0)) / most)
    expect(lengths.map((length) => Number.parseFloat(length).toFixed(2))).toEqual(
      percents.map((percent) => percent.toFixed(2)),
    )
  })

  it.each(['flux', 'peak_bandwidth', 'requests'])(
    'of %s by the day and domain are those of the oracle',
    async (figure) => {
      const points = await askPoints({ bucket: '86400', by: 'domain' })
      await openSettled(person, `/usage?range=${month}&figure=${figure}&interval=86400&split=byDomain`)
      const rows = await cardRows(person)
      expect(Object.keys(rows[0] ?? {}).slice(1)).toEqual(domains)
      for (const domain of domains)
        expect(rows.map((row) => Number(row[domain]))).toEqual(
          points.filter(([, name]) => name === domain).map((point) => figuresOf(point)[figure]),
        )
    },
  )

  it('of hit ratios are those of the oracle, by the hour', async () => {
    const points = await askPoints({ bucket: '3600' })
    for (const [figure, part, whole] of [
      ['hit_requests', 'hits', 'requests'],
      ['hit_flux', 'hit_flux', 'flux'],
    ] as const) {
      await openSettled(person, `/usage?range=${month}&figure=${figure}&interval=3600`)
      const rows = await cardRows(person)
      const ratios = points.map(figuresOf).map((one) => String((one[part] ?? 0) / (one[whole] ?? 0)))
      expect(rows.map((row) => row['All domains'])).toEqual(ratios)
    }
  })

  it('of status classes by the day, and of codes in the whole range, are those of the oracle', async () => {
    const byDay = await askPoints({ bucket: '86400' })
    const byCode = await askPoints({ bucket: 'month', by: 'status' })
    await openSettled(person, `/usage?range=${month}&figure=status&interval=86400`)
    const rows = await cardRows(person)
    const classes = ['2xx', '3xx', '4xx', '5xx']
    expect(rows.map((row) => classes.map((one) => Number(row[one])))).toEqual(
      byDay.map(figuresOf).map((figures) => classes.map((one) => figures[`status_${one}`])),
    )
    const all = byCode.reduce((sum, point) => sum + (figuresOf(point)['requests'] ?? 0), 0)
    const codes = byCode
      .map((point) => ({ Status: String(point[1]), requests: figuresOf(point)['requests'] ?? 0 }))
      .sort((a, b) => b.requests - a.requests)
      .map(({ Status, requests }) => ({ Status, Requests: String(requests), Share: String(requests / all) }))
    expect(await cardRows(person, 'Requests by status code')).toEqual(codes)
  })

  it('of the points above the percentile are those that the oracle’s bill leaves out', async () => {
    const [total = {}] = await askBill('billing_summary')
    const left = (await askBill('billing_discarded')).filter(
      (row) => Number(row['bandwidth_bps']) > Number(total['percentile_bps']),
    )
    expect(left.length).toBeGreaterThan(400)
    await openSettled(person, `/usage?range=${month}&figure=peak_bandwidth`)
    const rows = await cardRows(person, 'Points above the percentile')
    expect(rows).toEqual(
      left.map((row) => ({
        ...{ Rank: row['rank'], Time: row['time']?.replace(/:00$/, '') },
        ...{ Bandwidth: row['bandwidth_bps'], Traffic: row['flux_bytes'] },
      })),
    )
  })

  it('of a point are those of the API: its batches and lines', async () => {
    const timeMs = startMs + 36 * 3_600_000
    await openSettled(person, `/usage?range=${month}&figure=flux&interval=3600&explain=${timeMs}&of=${domains[0]}`)
    const dialog = person.page.getByRole('dialog')
    await dialog.getByRole('table').first().waitFor()
    const query = `domain_name=${domains[0]}&time=${timeMs}&interval=3600&metric=flux&time_zone=${zone}`
    const { json } = await parts.subject.server.call('GET', `/api/v1/explain?${query}`)
    const [load] = json['loads'] as { name: string; lines: number }[]
    expect(await dialog.innerText()).toContain(load?.name)
    expect(await dialog.innerText()).toContain(`${json['lines_total']} lines`)
  })
})
