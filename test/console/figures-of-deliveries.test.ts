import { beforeAll, describe, expect, it } from 'vitest'
import { hasPython } from '../harness/oracle.ts'
import { hasBrowser, newPerson, type Person, signIn, withBrowser, withoutBrowser } from './browser.ts'
import {
  counted,
  type Delivered,
  delivered,
  domains,
  hashOf,
  type Judged,
  judge,
  month,
  startDeliveredDays,
  zone,
} from './delivered-days.ts'
import { cardRows, openSettled, type Row, shownRows } from './figure-tables.ts'

const states = ['final', 'reported', 'provisional', 'missing', 'refused']
const dateOf = (day: number) => `${month}-${String(day).padStart(2, '0')}`
const timeText = (timeMs: number) => new Date(timeMs + 8 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ')
const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0)
const fluxOf = ({ requests }: Pick<Delivered, 'requests'>) => sumOf(requests.map(({ bytes }) => bytes))
/** Files of a day that are not of other domains alone. */
const filesOf = (day: number) => counted.filter((one) => one.day === day)

describe.skipIf(!hasBrowser || !hasPython)(`figures of deliveries${withoutBrowser}`, () => {
  const parts = withBrowser(startDeliveredDays)
  let person: Person
  let judged: Judged[]
  let answer: { faults: Record<string, unknown>[]; judged_at: number }
  beforeAll(async () => {
    const { json } = await parts.subject.call('GET', `/api/v1/month-deliveries?month=${month}&time_zone=${zone}`)
    answer = json as typeof answer
    judged = judge(answer.judged_at)
    person = await newPerson(parts.browser, parts.subject)
    await signIn(person, parts.subject)
  })

  /** A day of a domain, as it must be. */
  const dayRow = (day: number, domain: string): Row => {
    const requests = filesOf(day).flatMap((one) => one.requests.filter((request) => request.domain === domain))
    const ofDay = judged.filter((one) => one.day === day && one.domain === domain)
    const refused = delivered.filter((one) => one.day === day && one.state !== 'loaded')
    const texts = {
      'Files expected': day <= 8 ? 1 : '',
      'Files come': filesOf(day).length,
      'Files refused': refused.length,
      'Late files': day === 8 ? 1 : 0,
      'Rejected lines': sumOf(filesOf(day).map(({ rubbish }) => rubbish)),
      Requests: requests.length,
      'Traffic (byte)': fluxOf({ requests }),
      ...Object.fromEntries(states.map((state) => [state, ofDay.filter((one) => one.state === state).length])),
    }
    return {
      ...{ Day: dateOf(day), Domain: domain, 'Out of line': '' },
      ...Object.fromEntries(Object.entries(texts).map(([name, figure]) => [name, String(figure)])),
    }
  }

  it('of each day and domain are those of the oracle, and of the files that were delivered', async () => {
    await openSettled(person, `/completeness?range=${month}`)
    const rows = await cardRows(person, `Deliveries of ${month}`)
    const all = Array.from({ length: 30 }, (_, index) => index + 1)
    expect(rows).toEqual(all.flatMap((day) => domains.map((domain) => dayRow(day, domain))))
  })

  it('of the map’s cells are their letters and signs', async () => {
    await openSettled(person, `/completeness?range=${month}`)
    const cells = await person.page.locator('.heat tbody tr').first().locator('.heat-day').allInnerTexts()
    const shown = cells.slice(0, 9).map((cell) => cell.split('\n').slice(1).join(' '))
    // A file of the third day and of the fourth came and was refused, so one lacks; the ninth has no source.
    expect(shown).toEqual(['F', 'M −1', 'X −1', 'X −1', 'F +1', 'F !', 'F', 'F ◷', 'M'])
  })

  it('of what is wrong are those of the API, one thing for each file that lacks or is too much', async () => {
    await openSettled(person, `/completeness?range=${month}`)
    const rows = await cardRows(person, 'What is wrong')
    const text = (value: unknown) => (value === null ? '' : String(value))
    expect(rows.map((row) => [row['What'], row['Source'], row['Batch'], row['Error']])).toEqual(
      answer.faults.map((fault) => [fault['text'], fault['source'], fault['batch_id'], fault['error_code']].map(text)),
    )
    expect(rows.map((row) => [row['Kind'], row['From']?.slice(0, 10)]).sort()).toEqual([
      ...[
        ['missing', dateOf(2)],
        ['missing', dateOf(9)],
        ['refused', dateOf(3)],
        ['refused', dateOf(4)],
      ],
      ...[
        ['rejected lines', ''],
        ['surplus', dateOf(5)],
        ['surplus', dateOf(5)],
      ],
    ])
  })

  it.each(domains)('of the days of %s are, in a day’s window, those of the oracle and of its files', async (domain) => {
    for (const day of [3, 4, 5, 8]) {
      await openSettled(person, `/completeness?range=${month}&day=${dateOf(day)}&domain=${domain}`)
      const dialog = person.page.getByRole('dialog')
      await dialog.getByRole('table').first().waitFor()
      const tiles = Object.fromEntries(
        (await dialog.locator('.tile').allInnerTexts()).map((tile) => tile.split('\n').filter((line) => line !== '')),
      )
      const row = dayRow(day, domain)
      for (const name of ['Files expected', 'Files come', 'Files refused', 'Late files', 'Rejected lines', 'Requests'])
        expect(tiles[name], `${name} of ${day}`).toBe(row[name])
      const ranges = await shownRows(dialog.getByRole('table', { name: /^When/ }))
      expect(ranges.map((one) => [one['From'], one['State'], one['Late lines']])).toEqual(rangesOf(day, domain))
      if (filesOf(day).length === 0) continue
      const batches = await shownRows(dialog.getByRole('table', { name: /^Files with requests/ }))
      expect(batches.map((one) => [one['File'], one['Source'], one['Requests of this day']]).sort()).toEqual(
        filesOf(day)
          .map(({ name, requests }) => [name, 'edge', String(requests.filter((one) => one.domain === domain).length)])
          .sort(),
      )
    }
  })

  /** Ranges of equal state of a day: start, state and late lines. */
  const rangesOf = (day: number, domain: string): string[][] => {
    const ranges: { timeMs: number; state: string; late: number }[] = []
    for (const one of judged.filter((bucket) => bucket.day === day && bucket.domain === domain)) {
      const last = ranges.at(-1)
      if (last?.state === one.state) last.late += one.lateLines
      else ranges.push({ timeMs: one.timeMs, state: one.state, late: one.lateLines })
    }
    return ranges.map(({ timeMs, state, late }) => [timeText(timeMs), state, String(late)])
  }

  it('of batches are those of the files', async () => {
    await openSettled(person, `/logs?range=${month}&part=batches`)
    const rows = await shownRows(person.page.getByRole('table', { name: 'Batches' }))
    const known = ({ state, requests, rubbish }: Delivered) =>
      state === 'failed'
        ? ['–', '–', '–']
        : [String(requests.length), String(rubbish), timeText((requests[0]?.timeS ?? 0) * 1000)]
    expect(
      rows.map((row) => [
        ...[row['Name'], row['State']?.split('\n')[0]],
        ...[row['Requests'], row['Rejected lines'], row['First request']],
      ]),
    ).toEqual(delivered.toReversed().map((one) => [one.name, one.state, ...known(one)]))
  })

  it('of a batch are those of its file: lines, hash, and each rejected line', async () => {
    const { json } = await parts.subject.call('GET', '/api/v1/log-batches?limit=100')
    const ids = new Map(
      (json['batches'] as { name: string; batch_id: number }[]).map((one) => [one.name, one.batch_id]),
    )
    for (const one of delivered.filter(({ rubbish, state }) => rubbish > 0 && state !== 'failed')) {
      await openSettled(person, `/logs?range=${month}&batch=${ids.get(one.name)}`)
      const dialog = person.page.getByRole('dialog')
      await dialog.getByRole('table').first().waitFor()
      const facts = Object.fromEntries(
        (await dialog.locator('.fact').allInnerTexts()).map((fact) => fact.split('\n').filter((line) => line !== '')),
      )
      expect(facts).toMatchObject({
        ...{ Lines: String(one.requests.length + one.rubbish), Requests: String(one.requests.length) },
        ...{
          'Rejected lines': String(one.rubbish),
          'SHA-256 of the content': one.state === 'loaded' ? hashOf(one) : '–',
        },
      })
      expect(facts['Traffic']?.replaceAll(',', '')).toContain(`(${fluxOf(one)} B)`)
      const reasons = await shownRows(dialog.getByRole('table', { name: 'Rejected lines by reason' }))
      expect(reasons.map((row) => [row['Reason'], row['Lines']])).toEqual([['fields', String(one.rubbish)]])
      const lines = await shownRows(dialog.getByRole('table', { name: /^The first/ }))
      expect(lines.map((row) => row['Line'])).toEqual(lines.map((_, index) => String(index + 1)))
      expect(lines.length).toBeGreaterThanOrEqual(Math.min(3, one.rubbish))
    }
  })
})
