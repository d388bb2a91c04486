import { beforeAll, describe, expect, it } from 'vitest'
import { askOracle, hasPython, type Question } from '../harness/oracle.ts'
import { hasBrowser, newPerson, type Person, signIn, withBrowser, withoutBrowser } from './browser.ts'
import { cardRows, openSettled, rowsOf } from './figure-tables.ts'
import { domains, month, places, startLocatedMonth, zone } from './loaded-month.ts'

const startMs = Date.parse('2026-09-01T00:00:00+08:00')
const endMs = Date.parse('2026-10-01T00:00:00+08:00')
const range = { 'start-ms': String(startMs), 'end-ms': String(endMs), 'time-zone': zone }
/** The range before, as long as the month. */
const before = { ...range, 'start-ms': String(2 * startMs - endMs), 'end-ms': String(startMs) }
const rule = { places: places.map((place) => place.join('/')).join(',') }
type Figures = { flux: number; requests: number; peak_bandwidth: number }
type ByPlace = Map<string, Figures>

const kinds: { card: string; of: string; filter: Question }[] = [
  { card: 'Countries', of: 'country', filter: {} },
  { card: 'Provinces of China', of: 'province', filter: { country: 'cn' } },
  { card: 'Carriers', of: 'isp', filter: {} },
  { card: 'IP versions', of: 'ip_version', filter: {} },
]
const lists = [
  { of: 'url', report: 'top_url_detail', column: 'url', title: 'URL' },
  { of: 'path', report: 'top_path_detail', column: 'path', title: 'Path' },
  { of: 'referrer', report: 'top_referer_detail', column: 'referer', title: 'Referrer' },
  { of: 'user_agent', report: 'top_ua_detail', column: 'ua', title: 'User agent' },
  { of: 'address', report: 'top_ip_detail', column: 'ip', title: 'Client address' },
]
const measures = [
  { by: 'flux', statType: 'flux', share: 'Share of traffic' },
  { by: 'requests', statType: 'req_num', share: 'Share of requests' },
]

type List = (typeof lists)[number]
type Measure = (typeof measures)[number]
const nobody: ByPlace = new Map()

/** The figures of a whole range by a place's code: sums of its months, and the highest of their peaks. */
function byPlaceOf(text: string): ByPlace {
  const { points } = JSON.parse(text) as { points: [number, string, Figures][] }
  const byPlace: ByPlace = new Map()
  for (const [, code, { flux, requests, peak_bandwidth: peak }] of points) {
    const sums = byPlace.get(code) ?? { flux: 0, requests: 0, peak_bandwidth: 0 }
    const peaks = { peak_bandwidth: Math.max(sums.peak_bandwidth, peak) }
    byPlace.set(code, { flux: sums.flux + flux, requests: sums.requests + requests, ...peaks })
  }
  return byPlace
}

describe.skipIf(!hasBrowser || !hasPython)(`figures of clients and of what they asked for${withoutBrowser}`, () => {
  const parts = withBrowser(startLocatedMonth)
  let person: Person
  beforeAll(async () => {
    person = await newPerson(parts.browser, parts.subject.server)
    await signIn(person, parts.subject.server)
  })

  /** Answers of the oracle, from one reading of the logs. */
  const ask = (questions: Question[]): Promise<string[]> =>
    askOracle(
      parts.subject.logs,
      questions.map((question) => ({ ...range, ...rule, ...question })),
    )
  const askPlaces = async (questions: Question[]): Promise<ByPlace[]> =>
    (await ask(questions.map((question) => ({ report: 'usage_series', bucket: 'month', ...question })))).map(byPlaceOf)

  it.each(kinds)(
    'of $card are those of the oracle, and so are those of the range before',
    async ({ card, of, filter }) => {
      const question = { by: of, ...filter }
      const [now = nobody, earlier = nobody] = await askPlaces([question, { ...question, ...before }])
      await openSettled(person, `/places?range=${month}&compare=previous`)
      const rows = await cardRows(person, card)
      expect(rows).toHaveLength(now.size)
      const sumOf = (measure: 'flux' | 'requests') => [...now.values()].reduce((sum, one) => sum + one[measure], 0)
      const codes = [...now].sort(([, a], [, b]) => b.flux - a.flux).map(([code]) => code)
      expect(rows.map((row) => row['Code'])).toEqual(codes)
      for (const row of rows) {
        const [figures, past] = [now, earlier].map((one) => one.get(row['Code'] ?? ''))
        expect(row).toMatchObject({
          'Traffic (byte)': String(figures?.flux),
          'Share of traffic': String((figures?.flux ?? 0) / sumOf('flux')),
          Requests: String(figures?.requests),
          'Share of requests': String((figures?.requests ?? 0) / sumOf('requests')),
          'Peak bandwidth (bit/s)': String(figures?.peak_bandwidth),
          'Traffic (byte), before': String(past?.flux),
          'Requests, before': String(past?.requests),
          'Peak bandwidth (bit/s), before': String(past?.peak_bandwidth),
          'Traffic, change': String((figures?.flux ?? 0) / (past?.flux ?? 0) - 1),
        })
      }
    },
  )

  it('of the clients of one country are those of the oracle', async () => {
    const [now = nobody] = await askPlaces([{ by: 'isp', country: 'cn' }])
    await openSettled(person, `/places?range=${month}&country=cn`)
    const rows = await cardRows(person, 'Carriers')
    expect(rows.map((row) => [row['Code'], row['Requests']]).sort()).toEqual(
      [...now].map(([code, { requests }]) => [code, String(requests)]).sort(),
    )
  })

  const questionOf = ({ report }: List, { statType }: Measure): Question => ({
    ...{ report, 'stat-type': statType, limit: '20', language: 'en' },
  })
  /** Compares a list with the oracle's, of which the address shows the same. */
  const expectList = async (path: string, list: List, measure: Measure, oracle: string) => {
    await openSettled(person, `${path}&of=${list.of}&by=${measure.by}&limit=20`)
    const [found, wanted] = [await cardRows(person), rowsOf(oracle)]
    expect(wanted.length).toBeGreaterThan(2)
    expect(found.map(({ [measure.share]: _share, ...others }) => others)).toEqual(
      wanted.map((row) => ({
        ...{ Rank: row['rank'], [list.title]: row[list.column], 'Traffic (byte)': row['flux_bytes'] },
        ...{ Requests: row['requests'], ...(row['domain'] === undefined ? {} : { Domain: row['domain'] }) },
      })),
    )
    // The API's share has four decimals, the oracle's six.
    const beside = found.map((row, n) =>
      Math.abs(Number(row[measure.share]) - Number(wanted[n]?.['share_percent']) / 100),
    )
    expect(Math.max(...beside)).toBeLessThan(0.000051)
  }

  it.each(lists)('of the top list of $of are those of the oracle, by traffic and by requests', async (list) => {
    const oracle = await ask(measures.map((measure) => questionOf(list, measure)))
    for (const [n, measure] of measures.entries())
      await expectList(`/top?range=${month}`, list, measure, oracle[n] ?? '')
  })

  it('of a top list of each domain, of clients of one carrier, are those of the oracle', async () => {
    const [list, measure] = [lists.at(-2), measures.at(-1)]
    if (!list || !measure) throw new Error('there is no such list')
    const [oracle = ''] = await ask([{ ...questionOf(list, measure), 'group-by': 'domain', isp: 'dianxin' }])
    await expectList(`/top?range=${month}&group=domain&isp=dianxin`, list, measure, oracle)
  })

  it('of the top list of domains are those of the oracle', async () => {
    const [all = nobody] = await askPlaces([{ by: 'domain' }])
    const byDomain = [...all].sort(([, a], [, b]) => b.flux - a.flux)
    await openSettled(person, `/top?range=${month}&of=domain`)
    const rows = await cardRows(person)
    expect(rows).toHaveLength(domains.length)
    expect(rows.map((row) => [row['Domain'], row['Traffic (byte)'], row['Requests']])).toEqual(
      byDomain.map(([name, { flux, requests }]) => [name, String(flux), String(requests)]),
    )
  })
})
