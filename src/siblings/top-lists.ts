import { Type } from 'typebox'
import { AppError } from '../errors.ts'
import type { ServiceArea } from '../statistics/service-areas.ts'
import { readTop, shareOf, type TopItem, topNeeds } from '../usage/top/read-top.ts'
import type { Ranking } from '../usage/top/top-items.ts'
import { dayRange } from './sampled-range.ts'
import type { Sibling, SiblingRequest } from './sibling.ts'
import { areaOf, domainsOf, optionalOf, type Query, requiredOf } from './wire/parameters.ts'

const rowsMax = 100

/** Differences between the lists of the contract. */
type List = {
  path: string
  operationId: string
  perSecond: number
  summary: string
  /** Null: of the origin, which no log names. */
  ranking: Ranking | null
  listKey: string
  itemKey: string
  /** The area without the parameter; null: the operation has no area. */
  areaDefault: ServiceArea | null
  /** True if rows may be grouped by domain, or have a ratio. */
  hasExtras: boolean
}

const parameters = {
  start_time: 'Unix ms; widened down to a day of UTC+8. Mandatory',
  end_time: 'Unix ms, exclusive; widened up to a day of UTC+8; the future is clipped. Mandatory',
  domain_name: 'Up to 20 names with commas between them, or all. Mandatory',
  stat_type: 'flux or req_num. Mandatory',
  enterprise_project_id: 'Ignored',
}

/** An operation that lists the items with most traffic or requests. */
function topList(list: List): Sibling {
  const { listKey, itemKey, areaDefault } = list
  const Row = Type.Object({ [itemKey]: Type.String(), value: Type.Integer() }, { additionalProperties: true })
  return {
    path: list.path,
    operationId: list.operationId,
    perSecond: list.perSecond,
    summary: list.summary,
    parameters: {
      ...parameters,
      ...(areaDefault === null
        ? {}
        : { service_area: `mainland_china, outside_mainland_china or global. Default ${areaDefault}` }),
      ...(list.hasExtras
        ? {
            group_by: 'domain: rows of each domain, with its name; not with include_ratio',
            include_ratio: 'true: the share of the total in each row. Default false',
          }
        : {}),
    },
    answers: Type.Object({ service_area: Type.Optional(Type.String()), [listKey]: Type.Array(Row) }),
    answer: async (request) => {
      const { items, toRow } = await readList(request, list)
      const area = list.path === 'top-url' ? { service_area: areaOf(request.query, areaDefault ?? 'global') } : {}
      return { ...area, [listKey]: items.map(toRow) }
    },
  }
}

async function readList(request: SiblingRequest, list: List) {
  const { query, nowMs } = request
  const { asked, days } = dayRange(query, nowMs)
  const domains = domainsOf(query)
  const statType = requiredOf(query, 'stat_type', ['flux', 'req_num'])
  const serviceArea = list.areaDefault === null ? 'global' : areaOf(query, list.areaDefault)
  const { groupBy, hasRatio } = list.hasExtras ? extrasOf(query) : { groupBy: null, hasRatio: false }
  const toRow = (item: TopItem) => ({
    [list.itemKey]: item.item,
    value: item.value,
    ...(hasRatio ? { ratio: shareOf(item) } : {}),
    ...(groupBy === null ? {} : { domain_name: item.domain }),
    ...(list.path === 'top-url'
      ? { start_time: asked.startTimeMs, end_time: asked.endTimeMs, stat_type: statType }
      : {}),
  })
  const { ranking } = list
  const everywhere = { countries: null, provinces: null, carriers: null }
  const { startTimeMs, endTimeMs } = days
  const question = { startTimeMs, endTimeMs, statType, groupBy, topRows: rowsMax, serviceArea, ...everywhere }
  if (days.starts.length === 0) return { items: [], toRow }
  const needs = ranking === null ? [{ source: 'usage' as const, startTimeMs }] : topNeeds(ranking, question)
  const items = await request.read(domains, needs, (data) =>
    ranking === null ? Promise.resolve([]) : readTop({ ...data, rows: request.engine.rows }, ranking, question),
  )
  return { items, toRow }
}

function extrasOf(query: Query): { groupBy: 'domain' | null; hasRatio: boolean } {
  const groupBy = optionalOf(query, 'group_by', ['domain'])
  const hasRatio = optionalOf(query, 'include_ratio', ['true', 'false']) === 'true'
  if (groupBy !== null && hasRatio) throw new AppError('CDN.0001', 'unsupport both set group by and include ratio')
  return { groupBy, hasRatio }
}

const listOf = (path: string, itemKey: string, ranking: Ranking | null, more: Partial<List>): Sibling =>
  topList({
    path,
    itemKey,
    ranking,
    operationId: '',
    perSecond: 5,
    summary: '',
    listKey: `top_${itemKey}_summary`,
    areaDefault: 'global',
    hasExtras: false,
    ...more,
  })

export const topUrl = listOf('top-url', 'url', 'url', {
  operationId: 'showTopUrl',
  summary: 'The 100 URLs with most traffic or requests',
})
export const topPath = listOf('top-path', 'path', 'path', {
  operationId: 'listTopPaths',
  summary: 'The 100 paths with most traffic or requests',
})
export const topRefers = listOf('top-refers', 'refer', 'referer', {
  operationId: 'listTopRefers',
  perSecond: 2,
  summary: 'The 100 referrers with most traffic or requests',
})
export const topUas = listOf('top-uas', 'ua', 'ua', {
  operationId: 'listTopUas',
  summary: 'The 100 user agents with most traffic or requests',
  areaDefault: 'mainland_china',
  hasExtras: true,
})
export const topIps = listOf('top-ips', 'ip', 'ip', {
  operationId: 'listTopIps',
  summary: 'The 100 client addresses with most traffic or requests',
  areaDefault: 'mainland_china',
  hasExtras: true,
})
export const topOriginUrls = listOf('top-origin-urls', 'origin_url', null, {
  operationId: 'listTopOriginUrls',
  summary: 'The 100 URLs asked of the origin: always none, as no log format names the origin yet',
  areaDefault: null,
  hasExtras: true,
})
