import type { WholeNumber } from '../exact-json.ts'
import { carriers, countries, type Names, provinces } from '../statistics/places.ts'
import type { ServiceArea } from '../statistics/service-areas.ts'
import type { Dimension, Metric } from '../usage/figures/metrics.ts'
import type { PlaceFilter } from '../usage/rows/place-filter.ts'
import { readTop, topNeeds } from '../usage/top/read-top.ts'
import { dayRange, type SampledRange } from './sampled-range.ts'
import type { SiblingRequest } from './sibling.ts'
import { readStats, type StatsTree } from './stats.ts'
import type { Language, WorkbookCell, WorkbookColumn, WorkbookSheet } from './workbook.ts'

/** Sheets of the contract's workbooks: a row for each bucket, place or URL. */

const column = (metric: Metric, zh: string, en: string, unit: WorkbookColumn['unit']): WorkbookColumn => ({
  ...{ name: metric, title: { zh, en }, type: 'integer', unit },
  ...(metric === 'peak_bandwidth' ? {} : { isSummed: true }),
})
const flux = column('flux', '流量 (byte)', 'Traffic (byte)', 'byte')
const bandwidth = column('peak_bandwidth', '峰值带宽 (bit/s)', 'Peak bandwidth (bit/s)', 'bit/s')
const requests = column('requests', '请求数', 'Requests', 'request')

/** Columns by the words of `excel_type`. */
export const seriesColumns = {
  excel_type_usage: [flux, bandwidth],
  excel_type_access: [
    requests,
    column('hits', '命中次数', 'Hits', 'request'),
    column('hit_flux', '命中流量 (byte)', 'Hit traffic (byte)', 'byte'),
  ],
  excel_type_origin: [
    column('origin_flux', '回源流量 (byte)', 'Origin traffic (byte)', 'byte'),
    { ...column('origin_bandwidth', '回源带宽 (bit/s)', 'Origin bandwidth (bit/s)', 'bit/s') },
    column('origin_requests', '回源次数', 'Origin requests', 'request'),
  ],
  excel_type_http_code: ([2, 3, 4, 5] as const).map((hundreds) =>
    column(`status_${hundreds}xx`, `${hundreds}xx`, `${hundreds}xx`, 'request'),
  ),
} satisfies Record<string, WorkbookColumn[]>

const placeNames = {
  excel_type_region: { dimension: 'province', title: { zh: '省份', en: 'Province' }, names: provinces },
  excel_type_carrier: { dimension: 'isp', title: { zh: '运营商', en: 'Carrier' }, names: carriers },
  excel_type_country: { dimension: 'country', title: { zh: '国家', en: 'Country' }, names: countries },
} as const satisfies Record<string, { dimension: Dimension; title: Names; names: Readonly<Record<string, Names>> }>
export type PlaceType = keyof typeof placeNames
export const placeTypes = Object.keys(placeNames) as PlaceType[]

export type SheetQuestion = {
  domains: string[] | null
  range: SampledRange
  places: PlaceFilter
  serviceArea: ServiceArea
}

const time: WorkbookColumn = { name: 'time', title: { zh: '时间', en: 'Time' }, type: 'time', unit: null }

/** A row of each bucket. A bucket without a request is 0; a figure that the logs do not say is empty. */
export async function seriesSheet(
  request: SiblingRequest,
  question: SheetQuestion,
  columns: readonly WorkbookColumn[],
): Promise<WorkbookSheet> {
  const tree = await readStats(request, { ...askedOf(question, columns), isDetail: true, dimensions: [] })
  const { starts } = question.range.buckets
  const isEmpty = tree['requests'] === undefined
  const figures = columns.map(({ name }): readonly (WholeNumber | null)[] => {
    const known = isEmpty && !name.startsWith('origin') ? starts.map(() => 0) : tree[name]
    return (known as WholeNumber[] | undefined) ?? starts.map(() => null)
  })
  const rows = starts.map((startMs, n): WorkbookCell[] => [
    clock(startMs),
    ...figures.map((values) => values[n] ?? null),
  ])
  // A sum of nothing would say zero.
  const shown = columns.map(({ isSummed, ...column }, at) =>
    isSummed && !figures[at]?.includes(null) ? { ...column, isSummed } : column,
  )
  return { title: { zh: '统计', en: 'Statistics' }, columns: [time, ...shown], rows }
}

/** A row of each place with a request, that with the most traffic first. */
export async function placeSheet(
  request: SiblingRequest,
  question: SheetQuestion,
  { type, language }: { type: PlaceType; language: Language },
): Promise<WorkbookSheet> {
  const { dimension, title, names } = placeNames[type]
  const columns = [flux, bandwidth, requests]
  const tree = await readStats(request, { ...askedOf(question, columns), isDetail: false, dimensions: [dimension] })
  const known: Readonly<Record<string, Names>> = names
  const rows = Object.entries(tree).map(([code, branch]): WorkbookCell[] => [
    known[code]?.[language] ?? code,
    ...columns.map(({ name }) => ((branch as StatsTree)[name] as WholeNumber | undefined) ?? null),
  ])
  rows.sort(([nameA, a], [nameB, b]) => Number(b) - Number(a) || (String(nameA) < String(nameB) ? -1 : 1))
  return { title, columns: [{ name: dimension, title, type: 'text', unit: null }, ...columns], rows }
}

const topRows = 100
const url: WorkbookColumn = { name: 'url', title: { zh: 'URL', en: 'URL' }, type: 'text', unit: null }

/** The 100 URLs with most traffic, and those with most requests, of whole days. */
export async function topSheets(request: SiblingRequest, question: SheetQuestion): Promise<WorkbookSheet[]> {
  const { days } = dayRange(request.query, request.nowMs)
  const { startTimeMs, endTimeMs, starts } = days
  const sheets: WorkbookSheet[] = []
  for (const statType of ['flux', 'req_num'] as const) {
    const { places, serviceArea, domains } = question
    const asked = { startTimeMs, endTimeMs, statType, groupBy: null, topRows, serviceArea, ...places }
    const items =
      starts.length === 0
        ? []
        : await request.read(domains, topNeeds('url', asked), (data) =>
            readTop({ ...data, rows: request.engine.rows }, 'url', asked),
          )
    const title = statType === 'flux' ? { zh: '按流量', en: 'By traffic' } : { zh: '按请求数', en: 'By requests' }
    sheets.push({
      title,
      columns: [url, { ...flux }, { ...requests }],
      rows: items.map(({ item, flux: bytes, requests: count }) => [item, bytes, count]),
    })
  }
  return sheets
}

function askedOf({ domains, range, places, serviceArea }: SheetQuestion, columns: readonly WorkbookColumn[]) {
  const metrics = [...new Set(['requests', ...columns.map(({ name }) => name)])] as Metric[]
  const stats = { text: '', codeClasses: [], figures: metrics.map((metric) => ({ name: metric, metric })) }
  return { domains, range, places, serviceArea, stats, ipVersion: null }
}

/** Local time of UTC+8. */
export const clock = (timeMs: number) => new Date(timeMs + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')
