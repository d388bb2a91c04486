import { Type } from 'typebox'
import { carriers, provinces } from '../statistics/places.ts'
import type { Dimension } from '../usage/figures/metrics.ts'
import { type PlaceFilter, placeCodesOf } from '../usage/rows/place-filter.ts'
import { legacyDomainsMax, legacyParameters, timesOf } from './legacy-domains.ts'
import { legacyIntervals, legacyRange, legacyStatType, readLegacy } from './legacy-figures.ts'
import type { Sibling, SiblingRequest } from './sibling.ts'
import { domainsOf, itemsOrAll, type Query } from './wire/parameters.ts'

/** The contract's oldest queries by clients' places. */

/** The oldest words for carriers; all other carriers have their newer code. */
const oldCarriers: Record<string, string> = {
  dianxin: 'CTCC',
  yidong: 'CMCC',
  liantong: 'CUCC',
  jiaoyuwang: 'ENET',
  tietong: 'CRC',
}
const newCarriers = Object.fromEntries(Object.entries(oldCarriers).map(([code, old]) => [old, code]))

const statTypes = ['flux', 'bw', 'req_num', 'qps']
const parameters = {
  ...legacyParameters,
  stat_type: `${statTypes.join(', ')}. Default flux`,
  region: 'Province codes with commas between them, or all. Default all',
  carrier: `${Object.keys(newCarriers).join(', ')} or newer codes with commas between them, or all. Default all`,
}

const Rows = Type.Array(Type.Object({}, { additionalProperties: true }))

/** Codes of the contract's carriers, in either spelling; null for all. */
function carriersOf(query: Query): string[] | null {
  const asked = itemsOrAll(query, 'carrier')
  const codes = asked?.map((name) => newCarriers[name.toUpperCase()] ?? name) ?? null
  return placeCodesOf('carrier', codes?.join(), carriers)
}

/** @param isOfChina rows are provinces, so that clients abroad have none */
function askedOf(request: SiblingRequest, isOfChina: boolean) {
  const { query, nowMs } = request
  const region = itemsOrAll(query, 'region')?.join()
  const places: PlaceFilter = {
    countries: null,
    provinces: placeCodesOf('region', region, provinces) ?? (isOfChina ? Object.keys(provinces) : null),
    carriers: carriersOf(query),
  }
  return {
    ...{ places, serviceArea: 'global' as const, statType: legacyStatType(query, 'flux', statTypes) },
    range: legacyRange(query, nowMs),
    domains: domainsOf(query, legacyDomainsMax),
  }
}

/** An operation with one figure of each province, carrier or domain. */
const listed = (
  path: string,
  operationId: string,
  { listKey, itemKey, dimension }: { listKey: string; itemKey: string; dimension: Dimension },
): Sibling => ({
  ...{ path, operationId, perSecond: 15, parameters },
  summary: `One figure of each ${itemKey.replace('_name', '')} with data (legacy)`,
  answers: Type.Object({ [listKey]: Rows }),
  answer: async (request) => {
    const question = askedOf(request, dimension === 'province')
    const series = await readLegacy(request, { ...question, dimensions: [dimension], isDetail: false })
    const shown = (key = '') => (dimension === 'isp' ? (oldCarriers[key] ?? key) : key)
    return { [listKey]: series.map(({ keys: [key], values }) => ({ [itemKey]: shown(key), value: values?.[0] ?? 0 })) }
  },
})

const byInterval: Sibling = {
  path: 'region-carrier-detail',
  operationId: 'showRegionCarrierDetail',
  perSecond: 15,
  summary: 'One figure of provinces and carriers together, by interval (legacy)',
  parameters: { ...parameters, interval: `${legacyIntervals.join(', ')}. Default 300, from 7 days on 3600` },
  answers: Type.Object({
    region: Type.Array(Type.String()),
    carrier: Type.Array(Type.String()),
    start_time: Type.Integer(),
    end_time: Type.Integer(),
    stat_type: Type.String(),
    interval: Type.Integer(),
    values: Type.Array(Type.Number()),
  }),
  answer: async (request) => {
    const { query } = request
    const question = askedOf(request, false)
    const [series] = await readLegacy(request, { ...question, dimensions: [], isDetail: true })
    return {
      region: itemsOrAll(query, 'region') ?? ['all'],
      carrier: itemsOrAll(query, 'carrier') ?? ['all'],
      ...timesOf(question.range),
      ...{ stat_type: question.statType, interval: question.range.interval, values: series?.values ?? [] },
    }
  },
}

export const legacyByPlace: Sibling[] = [
  listed('region-detail-summary', 'listRegionFigures', {
    ...{ listKey: 'region_data', itemKey: 'region', dimension: 'province' },
  }),
  listed('carrier-detail-summary', 'listCarrierFigures', {
    ...{ listKey: 'carrier_data', itemKey: 'carrier', dimension: 'isp' },
  }),
  listed('region-carrier-domain', 'listRegionCarrierDomains', {
    ...{ listKey: 'domain', itemKey: 'domain_name', dimension: 'domain' },
  }),
  byInterval,
]
