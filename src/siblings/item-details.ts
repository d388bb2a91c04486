import { Type } from 'typebox'
import { carriers, provinces } from '../statistics/places.ts'
import { bucketsOf } from '../usage/figures/usage-buckets.ts'
import { ofAllTraffic } from '../usage/figures/usage-query.ts'
import { placeCodesOf } from '../usage/rows/place-filter.ts'
import type { SampledRange } from './sampled-range.ts'
import type { Sibling } from './sibling.ts'
import { statTypeNames, statTypesOf } from './stat-types.ts'
import { readStats, type StatsTree } from './stats.ts'
import { areaOf, contractZone, domainsOf, type Query, rangeOf, required } from './wire/parameters.ts'

const daysMax = 7

const parameters = {
  start_time: 'Unix ms; widened down to 5 minutes. Mandatory',
  end_time: `Unix ms, exclusive; widened up to 5 minutes; at most ${daysMax} days later; the future is clipped. Mandatory`,
  domain_name: 'Up to 20 names with commas between them, or all. Mandatory',
  stat_type: `Up to 5 of ${statTypeNames.join(', ')}. Mandatory`,
  enterprise_project_id: 'Ignored',
}

const Rows = Type.Array(Type.Object({ domain_name: Type.String() }, { additionalProperties: true }))
const Details = Type.Object({
  start_time: Type.Integer(),
  end_time: Type.Integer(),
  stat_type: Type.String(),
  domains: Rows,
})

/** Points of each domain: ShowDomainItemDetails of the older SDK. */
export const itemDetails: Sibling = {
  path: 'domain-item-details',
  operationId: 'showDomainItemDetails',
  perSecond: 15,
  summary: 'Figures of each domain by 5 minutes',
  parameters: {
    ...parameters,
    service_area: 'mainland_china (default), outside_mainland_china or global',
  },
  answers: Type.Object({ domain_item_details: Details }),
  answer: async (request) => {
    const { query } = request
    const range = fiveMinutes(query, request.nowMs)
    const stats = statTypesOf(query)
    const tree = await readStats(request, {
      ...ofAllTraffic,
      ...{ domains: domainsOf(query), range, stats, isDetail: true, dimensions: ['domain'] },
      serviceArea: areaOf(query, 'mainland_china'),
    })
    const domains = branches(tree).map(([name, figures]) => ({ domain_name: name, ...figures }))
    return { domain_item_details: { ...echoOf(range), stat_type: stats.text, domains } }
  },
}

/** Points of each domain, region and carrier: ShowDomainItemLocationDetails of the older SDK. */
export const itemLocationDetails: Sibling = {
  path: 'domain-item-location-details',
  operationId: 'showDomainItemLocationDetails',
  perSecond: 15,
  summary: 'Figures of each domain by 5 minutes, province and carrier in China',
  parameters: {
    ...parameters,
    region: 'Province codes with commas between them, or all. Mandatory',
    isp: 'Carrier codes with commas between them, or all. Mandatory',
  },
  answers: Type.Object({ domain_item_location_details: Details }),
  answer: async (request) => {
    const { query } = request
    const range = fiveMinutes(query, request.nowMs)
    const stats = statTypesOf(query)
    const places = {
      countries: null,
      provinces: placeCodesOf('region', required(query, 'region'), provinces) ?? Object.keys(provinces),
      carriers: placeCodesOf('isp', required(query, 'isp'), carriers),
    }
    const tree = await readStats(request, {
      ...{ domains: domainsOf(query), range, stats, isDetail: true, places },
      ...{ dimensions: ['domain', 'province', 'isp'], ipVersion: null, serviceArea: 'global' },
    })
    const domains = branches(tree).map(([name, regions]) => ({
      domain_name: name,
      region_isp_details: branches(regions).flatMap(([region, isps]) =>
        branches(isps).map(([isp, figures]) => ({ region, isp, ...figures })),
      ),
    }))
    return { domain_item_location_details: { ...echoOf(range), stat_type: stats.text, domains } }
  },
}

function fiveMinutes(query: Query, nowMs: number): SampledRange {
  const asked = rangeOf(query, daysMax)
  const clipped = { ...asked, endTimeMs: Math.min(asked.endTimeMs, nowMs) }
  return { asked, interval: 300, buckets: bucketsOf(clipped, 300, contractZone) }
}

/** The range that the points have: it may be wider than asked. */
const echoOf = ({ buckets }: SampledRange) => ({ start_time: buckets.startTimeMs, end_time: buckets.endTimeMs })

const branches = (tree: StatsTree): [name: string, branch: StatsTree][] =>
  Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : 1)) as [string, StatsTree][]
