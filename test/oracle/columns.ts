import type { Json } from '../harness/requests.ts'

/** A column as a file of each kind must have it. */
export type Column = { name: string; en: string; zh: string; type: 'time' | 'offset' | 'text' | 'integer' | 'decimal' }
/** `question`: the oracle's name of the report that has its rows. */
export type Table = { question: string; en: string; zh: string; fileSuffix: string; columns: Column[]; isSummed?: true }

/** The offset of a time's clock, which a workbook has in a column of its own where clocks change. */
export const offsetOf = (time: Column): Column =>
  column(`${time.name}_offset`, `${time.en}, offset from UTC`, `${time.zh}的UTC偏移`, 'offset')

const column = (name: string, en: string, zh: string, type: Column['type'] = 'integer'): Column => ({
  name,
  en,
  zh,
  type,
})

const domain = column('domain', 'Domain', '域名', 'text')
const time = column('time', 'Time', '时间', 'time')
const flux = column('flux', 'Traffic (byte)', '流量(Byte)')
const bandwidth = column('bandwidth', 'Bandwidth (bit/s)', '带宽(bit/s)')
const requests = column('requests', 'Requests', '请求数')
const rank = column('rank', 'Rank', '排名')

const usage = [
  flux,
  bandwidth,
  requests,
  column('hits', 'Hits', '命中请求数'),
  column('hit_flux', 'Hit traffic (byte)', '命中流量(Byte)'),
  column('origin_flux', 'Origin traffic (byte)', '回源流量(Byte)'),
  column('origin_bandwidth', 'Origin bandwidth (bit/s)', '回源带宽(bit/s)'),
  column('origin_requests', 'Origin requests', '回源请求数'),
  ...['2xx', '3xx', '4xx', '5xx'].map((name) => column(`status_${name}`, name, name)),
]

/** What a top list ranks: its name, its titles, and whether it belongs to a domain, which its row names. */
const ranked: Record<string, { item: Column; namesDomain: boolean }> = {
  top_url_detail: { item: column('url', 'URL', 'URL', 'text'), namesDomain: true },
  top_path_detail: { item: column('path', 'Path', '路径', 'text'), namesDomain: true },
  top_ua_detail: { item: column('ua', 'User agent', 'UA', 'text'), namesDomain: false },
  top_referer_detail: { item: column('referer', 'Referer', 'Referer', 'text'), namesDomain: false },
  top_ip_detail: { item: column('ip', 'IP', 'IP', 'text'), namesDomain: false },
}

const month = column('month', 'Month', '月份', 'text')
const billing: Table[] = [
  {
    question: 'billing_summary',
    en: 'Months',
    zh: '月度',
    fileSuffix: '',
    columns: [
      month,
      column('from', 'From', '起始时间', 'time'),
      column('to', 'To', '结束时间', 'time'),
      domain,
      flux,
      column('billed_flux', 'Billed traffic (byte)', '计费流量(Byte)'),
      column('bandwidth_percentile', 'Percentile bandwidth (bit/s)', '百分位带宽(bit/s)'),
      column('average_daily_peak', 'Average daily peak (bit/s)', '日峰值平均(bit/s)'),
      column('fourth_daily_peak', '4th daily peak (bit/s)', '第四日峰值(bit/s)'),
      column('peak', 'Peak (bit/s)', '峰值(bit/s)'),
      column('peak_time', 'Peak time', '峰值时间', 'time'),
      column('valid_days', 'Valid days', '有效天数'),
      column('points', 'Points', '点数'),
      column('discarded', 'Discarded points', '剔除点数'),
    ],
  },
  {
    question: 'billing_discarded',
    en: 'Discarded points',
    zh: '剔除的点',
    fileSuffix: '_discarded_points',
    columns: [month, domain, rank, time, flux, bandwidth],
  },
]

const carrier = [
  column('carrier', 'Carrier', '运营商', 'text'),
  column('carrier_code', 'Carrier code', '运营商编码', 'text'),
]
const province = [
  column('province', 'Province', '省份', 'text'),
  column('province_code', 'Province code', '省份编码', 'text'),
]
const clients = [column('uv', 'UV', 'UV'), column('range_uv', 'UV of the whole range', '整个时段UV')]

/** The tables that a create's file has, in their order. */
export function tablesOf(request: Json): Table[] {
  const action = String(request['action'])
  const isGrouped = request['group_by'] === 'domain'
  const table = (en: string, zh: string, columns: Column[]): Table[] => [
    { question: action, en, zh, fileSuffix: '', columns },
  ]
  const summed = (tables: Table[]): Table[] => tables.map((one) => ({ ...one, isSummed: true }))
  const series = isGrouped ? [domain, time] : [time]
  if (action === 'reports_detail') return summed(table('Usage', '用量', [...series, ...usage]))
  if (action === 'uv') return table('Clients', '独立访客', [...series, ...clients])
  if (action === 'billing_summary') return billing
  if (action === 'isp_detail') {
    const places = request['province'] === undefined ? carrier : [...carrier, ...province]
    return summed(table('Carriers', '运营商', [...series, ...places, flux, bandwidth, requests]))
  }
  const list = ranked[action]
  if (!list) throw new Error(`no such action: ${action}`)
  const named = isGrouped || list.namesDomain ? [domain, list.item] : [list.item]
  const share = column('share', 'Ratio (%)', '占比(%)', 'decimal')
  return table(list.item.en, list.item.zh, [rank, ...named, flux, requests, share])
}
