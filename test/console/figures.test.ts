import { beforeAll, describe, expect, it } from 'vitest'
import { askOracle, hasPython } from '../harness/oracle.ts'
import { hasBrowser, newPerson, type Person, settled, signIn, withBrowser, withoutBrowser } from './browser.ts'
import { domains, month, startLoadedMonth, zone } from './loaded-month.ts'

const startMs = Date.parse('2026-09-01T00:00:00+08:00')
const endMs = Date.parse('2026-10-01T00:00:00+08:00')
const range = { 'start-ms': String(startMs), 'end-ms': String(endMs), 'time-zone': zone }

describe.skipIf(!hasBrowser || !hasPython)(`figures of the pages${withoutBrowser}`, () => {
  const parts = withBrowser(startLoadedMonth)
  let person: Person
  beforeAll(async () => {
    person = await newPerson(parts.browser, parts.subject.server)
    await signIn(person, parts.subject.server)
  })

  /** The rows of a table, as its texts, and as the CSV that the page hands out. */
  const csvOf = async (card: string): Promise<string[][]> => {
    const region = person.page.getByRole('region', { name: card, exact: true }).first()
    const [download] = await Promise.all([
      person.page.waitForEvent('download'),
      region.getByRole('button', { name: 'CSV', exact: true }).click(),
    ])
    const stream = await download.createReadStream()
    const pieces: Buffer[] = []
    for await (const piece of stream) pieces.push(piece as Buffer)
    const text = Buffer.concat(pieces)
      .toString('utf8')
      .replace(/^\ufeff/, '')
    return text
      .split('\r\n')
      .filter((line) => line !== '')
      .map((line) => line.split(','))
  }
  const open = async (path: string) => {
    await person.open(path)
    await settled(person)
  }

  it('of the month are those of the oracle’s bill', async () => {
    await open(`/?range=${month}`)
    const rows = Object.fromEntries((await csvOf('Month to date')).map((row) => [row[0], row.at(-1)]))
    const [bill = ''] = await askOracle(parts.subject.logs, [{ ...range, report: 'billing_summary', language: 'en' }])
    const [titles = [], ...lines] = bill.split('\n').map((line) => line.trim().split(','))
    const total = lines.find((cells) => cells[3] === 'Total') ?? []
    const wanted = {
      ...{ Traffic: 'flux_bytes', 'Billed traffic': 'billed_flux_bytes', 'Percentile bandwidth': 'percentile_bps' },
      ...{
        'Average daily peak': 'average_daily_peak_bps',
        'Highest 5 minutes': 'peak_bps',
        'Valid days': 'valid_days',
      },
    }
    const ofBill = Object.entries(wanted).map(([name, title]) => [name, total[titles.indexOf(title)]])
    expect(Object.keys(wanted).map((name) => [name, rows[name]])).toEqual(ofBill)
  })

  it('of usage by the day are those of the oracle, for every figure, by domain', async () => {
    const [text = ''] = await askOracle(parts.subject.logs, [
      { ...range, report: 'usage_series', bucket: '86400', by: 'domain' },
    ])
    const { points } = JSON.parse(text) as { points: [number, string, Record<string, number>][] }
    for (const figure of ['flux', 'peak_bandwidth', 'requests']) {
      await open(`/usage?range=${month}&figure=${figure}&interval=86400&split=byDomain`)
      const [titles = [], ...rows] = await csvOf(
        await person.page.getByRole('heading', { level: 2 }).first().innerText(),
      )
      expect(titles.slice(1)).toEqual(domains)
      for (const [index, domain] of domains.entries()) {
        const series = points.filter(([, name]) => name === domain).map(([, , figures]) => figures[figure])
        expect(
          rows.map((row) => Number(row[index + 1])),
          `${figure} of ${domain}`,
        ).toEqual(series)
      }
    }
  })

  it('of the top lists are those of the oracle', async () => {
    const [text = ''] = await askOracle(parts.subject.logs, [
      { ...range, report: 'top_path_detail', 'group-by': 'domain', limit: '20', language: 'en' },
    ])
    const oracle = text
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(',').slice(1, -1))
    await open(`/top?range=${month}&of=path&group=domain&limit=20`)
    const [titles = [], ...rows] = await csvOf(await person.page.getByRole('heading', { level: 2 }).first().innerText())
    const [flux, requests] = ['Traffic', 'Requests'].map((title) => titles.findIndex((one) => one.startsWith(title)))
    expect(rows.map((row) => `${row[flux ?? -1]} ${row[requests ?? -1]}`).sort()).toEqual(
      oracle.map((cells) => cells.slice(-2).join(' ')).sort(),
    )
    // Each line of the oracle (domain, path, traffic, requests) is one row of the page.
    const alike = oracle.map((cells) => rows.filter((row) => cells.every((cell) => row.includes(cell))).length)
    expect(alike).toEqual(oracle.map(() => 1))
  })

  it('of a point are those of the API: its batches and lines', async () => {
    const timeMs = startMs + 36 * 3_600_000
    await open(`/usage?range=${month}&figure=flux&interval=3600&explain=${timeMs}&of=${domains[0]}`)
    const dialog = person.page.getByRole('dialog')
    await dialog.getByRole('table').first().waitFor()
    const query = `domain_name=${domains[0]}&time=${timeMs}&interval=3600&metric=flux&time_zone=${zone}`
    const { json } = await parts.subject.server.call('GET', `/api/v1/explain?${query}`)
    const [load] = json['loads'] as { name: string; lines: number }[]
    expect(await dialog.innerText()).toContain(load?.name)
    expect(await dialog.innerText()).toContain(`${json['lines_total']} lines`)
  })
})
