import { Type } from 'typebox'
import { carriers, provinces } from '../statistics/places.ts'
import { bucketsOf } from '../usage/figures/usage-buckets.ts'
import { ofAllTraffic } from '../usage/figures/usage-query.ts'
import { placeCodesOf } from '../usage/rows/place-filter.ts'
import type { SampledRange } from './sampled-range.ts'
import type { Sibling } from './sibling.ts'
import { statTypeNames, statTypesOf } from './stat-types.ts'
import { readStats, type StatsQuestion, type StatsTree } from './stats.ts'
import { areaOf, contractZone, domainsOf, type Query, rangeOf, required } from './wire/parameters.ts'

const daysMax = 7

const parameters = {
  start_time: 'Unix ms; widened down to 5 minutes. Mandatory',
  end_time: `Unix ms, exclusive; widened up to 5 minutes; at most ${daysMax} days later; the future is clipped. Mandatory`,
  domain_name: 'Up to 20 names with commas between them, or all. Mandatory',
  stat_type: `Up to 5 of ${statTypeNames.join(', ')}. Mandatory`,
  enterprise_project_id: 'Ignored',
}

const Details = Type.Object({
  start_time: Type.Integer(),
  end_time: Type.Integer(),
  stat_type: Type.String(),
  domains: Type.Array(Type.Object({ domain_name: Type.String() }, { additionalProperties: true })),
})

/** All that an operation does not share with the other: its names, its parameters, which rows it reads, and a domain's form. */
type ItemOperation = Pick<Sibling, 'path' | 'operationId' | 'summary' | 'parameters'> & {
  /** The answer's one property. */
  name: string
  rowsOf(query: Query): Pick<StatsQuestion, 'dimensions' | 'places' | 'ipVersion' | 'serviceArea'>
  domainOf(figures: StatsTree): object
}

const itemOperation = ({ name, rowsOf, domainOf, parameters: own, ...names }: ItemOperation): Sibling => ({
  ...names,
  perSecond: 15,
  parameters: { ...parameters, ...own },
  answers: Type.Object({ [name]: Details }),
  answer: async (request) => {
    const { query } = request
    const range = fiveMinutes(query, request.nowMs)
    const stats = statTypesOf(query)
    const rows = rowsOf(query)
    const tree = await readStats(request, { domains: domainsOf(query), range, stats, isDetail: true, ...rows })
    const domains = branches(tree).map(([domain, figures]) => ({ domain_name: domain, ...domainOf(figures) }))
    return { [name]: { ...echoOf(range), stat_type: stats.text, domains } }
  },
})

/** Points of each domain: ShowDomainItemDetails of the older SDK. */
export const itemDetails = itemOperation({
  path: 'domain-item-details',
  operationId: 'showDomainItemDetails',
  summary: 'Figures of each domain by 5 minutes',
  parameters: { service_area: 'mainland_china (default), outside_mainland_china or global' },
  name: 'domain_item_details',
  rowsOf: (query) => ({ ...ofAllTraffic, dimensions: ['domain'], serviceArea: areaOf(query, 'mainland_china') }),
  domainOf: (figures) => figures,
})

/** Points of each domain, region and carrier: ShowDomainItemLocationDetails of the older SDK. */
export const itemLocationDetails = itemOperation({
  path: 'domain-item-location-details',
  operationId: 'showDomainItemLocationDetails',
  summary: 'Figures of each domain by 5 minutes, province and carrier in China',
  parameters: {
    region: 'Province codes with commas between them, or all. Mandatory',
    isp: 'Carrier codes with commas between them, or all. Mandatory',
  },
  name: 'domain_item_location_details',
  rowsOf: (query) => ({
    ...{ dimensions: ['domain', 'province', 'isp'], ipVersion: null, serviceArea: 'global' },
    places: {
      countries: null,
      provinces: placeCodesOf('region', required(query, 'region'), provinces) ?? Object.keys(provinces),
      carriers: placeCodesOf('isp', required(query, 'isp'), carriers),
    },
  }),
  domainOf: (regions) => ({
    region_isp_details: branches(regions).flatMap(([region, isps]) =>
      branches(isps).map(([isp, figures]) => ({ region, isp, ...figures })),
    ),
  }),
})

function fiveMinutes(query: Query, nowMs: number): SampledRange {
  const asked = rangeOf(query, daysMax)
  const clipped = { ...asked, endTimeMs: Math.min(asked.endTimeMs, nowMs) }
  return { asked, interval: 300, buckets: bucketsOf(clipped, 300, contractZone) }
}

/** The range that the points have: it may be wider than asked. */
const echoOf = ({ buckets }: SampledRange) => ({ start_time: buckets.startTimeMs, end_time: buckets.endTimeMs })

const branches = (tree: StatsTree): [name: string, branch: StatsTree][] =>
  Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : 1)) as [string, StatsTree][]
