import { expect } from 'vitest'
import type { Json } from './requests.ts'
import type { TestServer } from './server.ts'

/** A series of `GET /api/v1/usage`: its keys, its points and its totals. */
export type Series = Record<string, string> & {
  points: Record<string, (number | null)[]>
  totals: Record<string, number | null>
}

/** The figure of the own API that each of the contract's words stands for. */
export const wireNames: Record<string, string> = {
  bw: 'peak_bandwidth',
  flux: 'flux',
  req_num: 'requests',
  hit_num: 'hits',
  hit_flux: 'hit_flux',
  http_code_2xx: 'status_2xx',
  http_code_3xx: 'status_3xx',
  http_code_4xx: 'status_4xx',
  http_code_5xx: 'status_5xx',
}

/** A question that the contract's operations and the own API both answer. */
export type SharedQuestion = {
  start_time: number
  end_time: number
  interval: string
  domain_name: string
  /** Names of dimensions with commas between them, or none. */
  group_by: string
  service_area: string
  /** Words of the contract. */
  stats: string[]
  isDetail: boolean
}

export const queryText = (given: Json): string =>
  new URLSearchParams(Object.entries(given).map(([name, value]): [string, string] => [name, String(value)])).toString()

/** Asks both, and expects equal figures of one data version: a load that counts meanwhile has them asked again. */
export async function expectSameFigures(server: TestServer, question: SharedQuestion, timeZone: string): Promise<void> {
  const { stats, isDetail, group_by, service_area, ...shared } = question
  const ofPlaces = group_by !== '' && group_by !== 'domain'
  const path = ofPlaces ? 'domain-location-stats' : 'domain-stats'
  const action = `${ofPlaces ? 'location_' : ''}${isDetail ? 'detail' : 'summary'}`
  const area = ofPlaces ? {} : { service_area }
  const wire = queryText({ ...shared, ...area, action, group_by, stat_type: stats.join() })
  const metrics = [...new Set(['requests', ...stats.map((name) => wireNames[name])])].join()
  const own = queryText({ ...shared, ...area, group_by, metrics, time_zone: timeZone })
  const ask = async (target: string) => {
    const { status, text, json } = await server.call('GET', target)
    expect(status, text).toBe(200)
    return json
  }
  for (;;) {
    const usage = await ask(`/api/v1/usage?${own}`)
    const sibling = await ask(`/v1.0/cdn/statistics/${path}?${wire}`)
    const again = await ask(`/api/v1/usage?${own}`)
    if (usage['data_version'] !== again['data_version']) continue
    return expect(sibling['result']).toEqual(treeOf(usage['series'] as Series[], question))
  }
}

/** Makes the contract's answer of the own API's: it leaves out the keys that have no request. */
function treeOf(series: Series[], { group_by, stats, isDetail }: SharedQuestion): Json {
  const tree: Json = {}
  for (const one of series) {
    const requests = one.points['requests'] ?? []
    if (!requests.some((count) => (count ?? 0) > 0)) continue
    let branch = tree
    for (const name of group_by === '' ? [] : group_by.split(',')) {
      branch[String(one[name])] ??= {}
      branch = branch[String(one[name])] as Json
    }
    for (const name of stats) {
      const values = one.points[wireNames[name] ?? ''] ?? []
      if (values.some((value, n) => value === null && requests[n] !== null)) continue
      const known = values.map((value) => value ?? 0)
      branch[name] = isDetail ? known : totalOf(wireNames[name] ?? '', known)
    }
  }
  return tree
}

/** A figure of a whole range from those of its buckets; null if one is not known. */
export function totalOf(metric: string, values: (number | null)[]): number | null {
  if (values.length === 0 || values.includes(null)) return null
  const known = values as number[]
  return metric === 'peak_bandwidth' ? Math.max(...known) : known.reduce((sum, value) => sum + value, 0)
}
