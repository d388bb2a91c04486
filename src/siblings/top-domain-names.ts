import { Type } from 'typebox'
import type { Metric } from '../usage/figures/metrics.ts'
import { readPoints } from '../usage/figures/read-series.ts'
import { bucketsOf, wholeRange } from '../usage/figures/usage-buckets.ts'
import { needsOf, ofAllTraffic, type UsageQuery } from '../usage/figures/usage-query.ts'
import type { Sibling } from './sibling.ts'
import { areaOf, contractZone, rangeError, rangeOf, requiredOf, wholeNumberOf } from './wire/parameters.ts'

const metricOf = { bw: 'peak_bandwidth', flux: 'flux', req_num: 'requests' } as const satisfies Record<string, Metric>
const statTypes = ['bw', 'flux', 'req_num'] as const
const limitDefault = 20
const limitMax = 500
/** Most domains that are ranked. */
const domainsMax = 100_000

/** Domains by traffic, requests or bandwidth: ShowTopDomainNames. */
export const topDomainNames: Sibling = {
  path: 'top-domain-names',
  operationId: 'showTopDomainNames',
  perSecond: 5,
  summary: 'The domains with the most traffic, requests or the highest bandwidth of up to a day',
  parameters: {
    start_time: 'Unix ms; widened down to a whole hour. Mandatory',
    end_time: 'Unix ms, exclusive; widened up to a whole hour; at most 24 hours later. Mandatory',
    stat_type: 'bw, flux or req_num. Mandatory',
    service_area: 'mainland_china (default), outside_mainland_china or global',
    limit: `Rows, 0 to ${limitMax}; default ${limitDefault}`,
    enterprise_project_id: 'Ignored',
  },
  answers: Type.Object({
    top_domain_names: Type.Array(
      Type.Object({ domain_name: Type.String(), value: Type.Integer() }, { additionalProperties: true }),
    ),
  }),
  answer: async (request) => {
    const { query, nowMs, engine } = request
    const statType = requiredOf(query, 'stat_type', statTypes)
    const metric = metricOf[statType]
    const serviceArea = areaOf(query, 'mainland_china')
    const limit = wholeNumberOf(query, 'limit', { min: 0, max: limitMax, fallback: limitDefault })
    const asked = rangeOf(query, 1)
    const hours = bucketsOf({ ...asked, endTimeMs: Math.min(asked.endTimeMs, nowMs) }, 3600, contractZone)
    // A misaligned range of a day touches 25 hours.
    if (hours.starts.length > 25) throw rangeError('it is longer than 24 hours')
    if (hours.starts.length === 0) return { top_domain_names: [] }
    const buckets = wholeRange(hours, contractZone)
    const usage: UsageQuery = { ...ofAllTraffic, buckets, serviceArea, metrics: [metric], dimensions: ['domain'] }
    const points = await request.read(null, needsOf(usage), (data) =>
      readPoints({ ...data, rows: engine.rows }, usage, domainsMax),
    )
    const ranked = points.map(({ keys: [domain = ''], figures }) => ({ domain, value: figures[metric] ?? 0 }))
    ranked.sort((a, b) => (a.value === b.value ? (a.domain < b.domain ? -1 : 1) : a.value < b.value ? 1 : -1))
    const rows = ranked.slice(0, limit).map(({ domain, value }) => ({ domain_name: domain, value, [statType]: value }))
    return { top_domain_names: rows }
  },
}
