import { countedDomains } from '../../harness/counted-server.ts'
import { parseCsv } from '../../harness/csv.ts'
import type { Question } from '../../harness/oracle.ts'
import type { Json } from '../../harness/requests.ts'

const [hourMs, dayMs] = [3_600_000, 86_400_000]
/** Two whole days of UTC+8, so that lists of days and sums of hours are of one range. */
export const startMs = Date.parse('2025-10-14T00:00:00+08:00')
export const hours = 48
const endMs = startMs + hours * hourMs
/** A domain whose log file is kept, since it came lately. */
export const keptDomain = 'kept.example.test'
/** With these the account has more domains than a page of the provider's. */
export const idleDomains = Array.from({ length: 9 }, (_, n) => `idle-${n}.example.test`)

/** Questions to the oracle. `DataSource.counted` gets its answers, in this order. */
export const questions: Question[] = [
  { report: 'usage_series', bucket: '3600', by: 'domain' },
  { report: 'usage_series', bucket: '3600', by: 'country' },
  { report: 'top_url_detail' },
  { report: 'top_referer_detail', 'stat-type': 'req_num' },
].map((question) => ({ ...question, 'start-ms': String(startMs), 'end-ms': String(endMs) }))

/** A data source of the provider: its block, the requests that it makes of it, and the figures that it gets. */
export type DataSource = {
  type: string
  arguments: Json
  /** As the wire has them, in their order. */
  asks: string[]
  /** The figures in the bodies of the answers. */
  answered: (answers: Json[]) => unknown
  /** The same in the attributes that the provider makes of them. */
  read: (attributes: Json) => unknown
  /** The same by the oracle, or of an account with these domains and the resources below. */
  counted: (answers: string[]) => unknown
}

/** A path as the provider's signer sends it: parameters by name. */
const pathOf = (path: string, query: Json): string => {
  const texts = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)])
  return `${path}?${new URLSearchParams(texts.toSorted(([a], [b]) => (a < b ? -1 : 1)))}`
}

type Row = Record<string, unknown>
const rowsOf = (json: Json | undefined, name: string) => (json?.[name] ?? []) as Row[]
const cellsOf = (rows: Row[], names: string[]) => rows.map((row) => names.map((name) => row[name]))

type Point = [timeMs: number, key: string, figures: { flux: number; requests: number; peak_bandwidth: number }]
const pointsOf = (text: string | undefined) => (JSON.parse(text ?? '{}') as { points: Point[] }).points

/** Hourly figures of each domain, zero where it has no request. */
function hourlyOf(points: Point[]): Json {
  const series: Record<string, { flux: number[]; req_num: number[]; bw: number[] }> = {}
  const zeros = () => Array<number>(hours).fill(0)
  for (const [timeMs, domain, { flux, requests, peak_bandwidth }] of points) {
    series[domain] ??= { flux: zeros(), req_num: zeros(), bw: zeros() }
    const hour = (timeMs - startMs) / hourMs
    series[domain].flux[hour] = flux
    series[domain].req_num[hour] = requests
    series[domain].bw[hour] = peak_bandwidth
  }
  return series
}

function totalsOf(points: Point[]): Json {
  const totals: Record<string, { flux: number; req_num: number }> = {}
  for (const [, country, { flux, requests }] of points) {
    totals[country] ??= { flux: 0, req_num: 0 }
    totals[country].flux += flux
    totals[country].req_num += requests
  }
  return totals
}

/** Each thing of a list with its measure, from the oracle's columns. */
function listOf(csv: string | undefined, thing: string, measure: string): [string, number][] {
  const [header = [], ...rows] = parseCsv(csv ?? '')
  return rows.map((row) => [row[header.indexOf(thing)] ?? '', Number(row[header.indexOf(measure)])])
}

/** The time of day in UTC+8, ms since midnight. */
const ofDay = (timeMs: unknown) => (Number(timeMs) + 8 * hourMs) % dayMs

type Switches = { url?: { enable: boolean }; ua?: { enable: boolean } }
const switchesOf = (row: Row, { url, ua }: Switches = {}) => [row['resource_name'], url?.enable, ua?.enable]
/** A block of a state is a list. */
type SwitchBlocks = [{ url: [Switches['url']]; ua: [Switches['ua']] }]
const blocksOf = (row: Row): Switches => {
  const [{ url, ua }] = row['config_info'] as SwitchBlocks
  return { ...(url[0] ? { url: url[0] } : {}), ...(ua[0] ? { ua: ua[0] } : {}) }
}

const range = { start_time: startMs, end_time: endMs }
const detail = { ...range, domain_name: 'all', action: 'detail', stat_type: 'flux,req_num,bw', interval: 3600 }
const ofDomains = { ...detail, group_by: 'domain', service_area: 'mainland_china' }
const summary = { ...range, domain_name: 'all', action: 'location_summary', stat_type: 'flux,req_num' }
const ofCountries = { ...summary, interval: 3600, group_by: 'country' }
const rfc3339 = (timeMs: number) => new Date(timeMs).toISOString().replace('.000', '')
const listed = { start_time: rfc3339(startMs), end_time: rfc3339(endMs), domain_name: countedDomains.join() }
const allDomains = [...countedDomains, keptDomain, ...idleDomains].toSorted()
const thisHourMs = Math.floor(Date.now() / hourMs) * hourMs
const delivered = { domain_name: keptDomain, start_time: thisHourMs - dayMs, end_time: thisHourMs + hourMs }
const addresses = '198.51.100.7,203.0.113.9'
const upcoming = { product_type: 'base', status: 'upcoming' }

export const dataSources: DataSource[] = [
  {
    type: 'analytics',
    arguments: ofDomains,
    asks: [pathOf('/v1.0/cdn/statistics/domain-stats', ofDomains)],
    answered: ([answer]) => answer?.['result'],
    read: ({ result }) => JSON.parse(String(result)),
    counted: ([byDomain]) => hourlyOf(pointsOf(byDomain)),
  },
  {
    type: 'domain_statistics',
    arguments: ofCountries,
    asks: [pathOf('/v1.0/cdn/statistics/domain-location-stats', ofCountries)],
    answered: ([answer]) => answer?.['result'],
    read: ({ result }) => JSON.parse(String(result)),
    counted: ([, byCountry]) => totalsOf(pointsOf(byCountry)),
  },
  {
    type: 'top_url_statistics',
    arguments: { ...listed, stat_type: 'flux' },
    asks: [pathOf('/v1.0/cdn/statistics/top-url', { ...listed, ...range, stat_type: 'flux' })],
    answered: ([answer]) => cellsOf(rowsOf(answer, 'top_url_summary'), ['url', 'value', 'start_time']),
    read: (attributes) =>
      rowsOf(attributes, 'statistics').map((row) => [row['url'], row['value'], Date.parse(String(row['start_time']))]),
    counted: ([, , urls]) => listOf(urls, 'url', 'flux_bytes').map((row) => [...row, startMs]),
  },
  {
    type: 'top_referrer_statistics',
    arguments: { ...listed, stat_type: 'req_num' },
    asks: [pathOf('/v1.0/cdn/statistics/top-refers', { ...listed, ...range, stat_type: 'req_num' })],
    answered: ([answer]) => cellsOf(rowsOf(answer, 'top_refer_summary'), ['refer', 'value']),
    read: (attributes) => cellsOf(rowsOf(attributes, 'statistics'), ['refer', 'value']),
    counted: ([, , , referrers]) => listOf(referrers, 'referer', 'requests'),
  },
  {
    type: 'logs',
    arguments: delivered,
    asks: [{}, { page_number: 2 }].map((page) => pathOf('/v1.0/cdn/logs', { ...delivered, page_size: 1000, ...page })),
    answered: (answers) => answers.flatMap((answer) => cellsOf(rowsOf(answer, 'logs'), ['domain_name'])),
    read: (attributes) => cellsOf(rowsOf(attributes, 'logs'), ['domain_name']),
    counted: () => [[keptDomain]],
  },
  {
    type: 'ip_information',
    arguments: { ips: addresses },
    asks: [pathOf('/v1.0/cdn/ip-info', { ips: addresses })],
    answered: ([answer]) => cellsOf(rowsOf(answer, 'cdn_ips'), ['ip', 'belongs']),
    read: (attributes) => cellsOf(rowsOf(attributes, 'information'), ['ip', 'belongs']),
    counted: () => addresses.split(',').map((address) => [address, false]),
  },
  {
    type: 'quotas',
    arguments: {},
    asks: ['/v1.0/cdn/quota'],
    answered: ([answer]) => cellsOf(rowsOf(answer, 'quotas').slice(0, 1), ['type', 'quota_limit', 'used']),
    read: (attributes) => cellsOf(rowsOf(attributes, 'quotas').slice(0, 1), ['type', 'limit', 'used']),
    counted: () => [['domain', 2 ** 31 - 1, allDomains.length]],
  },
  {
    type: 'statistic_configuration',
    arguments: { config_type: 0 },
    asks: [pathOf('/v1/cdn/statistics/stats-configs', { config_type: 0, limit: 100, offset: 0 })],
    answered: ([answer]) => rowsOf(answer, 'data').map((row) => switchesOf(row, row['config_info'] as Switches)),
    read: (attributes) => rowsOf(attributes, 'configurations').map((row) => switchesOf(row, blocksOf(row))),
    counted: () => countedDomains.toSorted().map((domain) => [domain, true, false]),
  },
  {
    type: 'billing_option',
    arguments: upcoming,
    // The other is of the resource, which reads what is in force.
    asks: [pathOf('/v1.0/cdn/charge/charge-modes', upcoming)],
    answered: ([answer]) => rowsOf(answer, 'result').map((row) => [row['charge_mode'], ofDay(row['effective_time'])]),
    read: (row) => [[row['charge_mode'], ofDay(Date.parse(String(row['effective_time'])))]],
    counted: () => [['flux', 0]],
  },
  {
    type: 'domains',
    arguments: {},
    asks: [1, 2, 3].map((page) => pathOf('/v1.0/cdn/domains', { page_number: page, page_size: 10 })),
    answered: (answers) => answers.flatMap((answer) => cellsOf(rowsOf(answer, 'domains'), ['domain_name'])),
    read: (attributes) => cellsOf(rowsOf(attributes, 'domains'), ['name']),
    counted: () => allDomains.map((domain) => [domain]),
  },
]
