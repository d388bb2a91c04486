import { type TSchema, Type } from 'typebox'
import type { WholeNumber } from '../exact-json.ts'
import { ofAllTraffic } from '../usage/figures/usage-query.ts'
import {
  higher,
  type LegacyRange,
  legacyIntervals,
  legacyRange,
  legacyStatType,
  legacyStatTypes,
  readLegacy,
} from './legacy-figures.ts'
import type { Sibling, SiblingRequest } from './sibling.ts'
import { areaOf, domainsOf } from './wire/parameters.ts'

/** The contract's oldest queries by domain. */

export const legacyDomainsMax = 100
export const legacyParameters = {
  start_time: 'Unix ms; widened down to an hour, from 7 days on to a day. Default: today, of UTC+8',
  end_time: 'Unix ms, exclusive; widened up; at most 31 days later; the future is clipped. Default: a day later',
  domain_name: `Up to ${legacyDomainsMax} names with commas between them, or ALL. Mandatory`,
  enterprise_project_id: 'Ignored',
}
const area = { service_area: 'mainland_china (default), outside_mainland_china or global' }
const intervalParameter = { interval: `${legacyIntervals.join(', ')}. Default 300, from 7 days on 3600` }
const anyOf = (words: readonly string[]) => `${words.join(', ')}. Default ${words[0]}`

type Asked = Awaited<ReturnType<typeof askedOf>>

/** The question of a request, and the fields of its answer that tell it again. */
async function askedOf(request: SiblingRequest, statTypes: readonly string[], fixed: 300 | null = null) {
  const { query, nowMs } = request
  const statType = legacyStatType(query, statTypes[0] ?? '', statTypes)
  const range = legacyRange(query, nowMs, fixed)
  const question = {
    ...{ range, statType, places: ofAllTraffic.places },
    domains: domainsOf(query, legacyDomainsMax),
    serviceArea: areaOf(query, 'mainland_china'),
  }
  return { question, echo: { ...timesOf(range), stat_type: statType }, serviceArea: question.serviceArea }
}

export const timesOf = ({ range }: LegacyRange) => ({ start_time: range.startTimeMs, end_time: range.endTimeMs })

/** A value that the logs do not say is left out. */
const knownValue = (values: WholeNumber[] | null | undefined) => (values?.[0] === undefined ? {} : { value: values[0] })

type Operation = {
  path: string
  operationId: string
  summary: string
  key: string
  statTypes: readonly string[]
  isDetail: boolean
  /** True if the answer tells the service area again. */
  hasArea: boolean
}

/** An operation with one figure of all named domains together. */
function summed({ path, operationId, summary, key, statTypes, isDetail, hasArea }: Operation): Sibling {
  return {
    ...{ path, operationId, summary, perSecond: 15 },
    parameters: {
      ...legacyParameters,
      ...area,
      ...(isDetail ? intervalParameter : {}),
      stat_type: anyOf(statTypes),
    },
    answers: Type.Object({ [key]: Type.Object({}, { additionalProperties: true }) as TSchema }),
    answer: async (request) => {
      const asked = await askedOf(request, statTypes)
      const [series] = await readLegacy(request, { ...asked.question, dimensions: [], isDetail })
      const told = { ...asked.echo, ...(hasArea ? { service_area: asked.serviceArea } : {}) }
      if (!isDetail) return { [key]: { ...told, ...knownValue(series?.values) } }
      return { [key]: { ...told, interval: asked.question.range.interval, values: series?.values ?? [] } }
    },
  }
}

const ofFlux = { statTypes: ['flux', 'bs_flux'], hasArea: false }
const ofBandwidth = { statTypes: ['bw', 'bs_bw'], hasArea: false }
const ofAny = { statTypes: legacyStatTypes, hasArea: true }

const flux = summed({
  ...{ path: 'flux', key: 'flux', operationId: 'showFlux', isDetail: false },
  ...ofFlux,
  summary: 'Traffic of a range (legacy)',
})
const fluxDetail = summed({
  ...{ path: 'flux-detail', key: 'flux_detail', operationId: 'showFluxDetail', isDetail: true },
  ...ofFlux,
  summary: 'Traffic by interval (legacy)',
})
const bandwidthDetail = summed({
  ...{ path: 'bandwidth-detail', key: 'bandwidth_detail', operationId: 'showBandwidthDetail', isDetail: true },
  ...ofBandwidth,
  summary: 'Bandwidth by interval: the highest of its 5-minute points (legacy)',
})
const domainSummary = summed({
  ...{ path: 'domain-summary', key: 'domain_summary', operationId: 'showDomainSummary', isDetail: false },
  ...ofAny,
  summary: 'One figure of a range (legacy)',
})
const domainSummaryDetail = summed({
  ...{ path: 'domain-summary-detail', key: 'domain_summary_detail', operationId: 'showDomainSummaryDetail' },
  ...ofAny,
  isDetail: true,
  summary: 'One figure by interval (legacy)',
})

const bandwidth: Sibling = {
  path: 'bandwidth',
  operationId: 'showBandwidth',
  perSecond: 15,
  summary: 'The highest 5-minute bandwidth of a range, and its time (legacy)',
  parameters: { ...legacyParameters, ...area, stat_type: anyOf(ofBandwidth.statTypes) },
  answers: Type.Object({ bandwidth: Type.Object({}, { additionalProperties: true }) }),
  answer: async (request) => {
    const asked = await askedOf(request, ofBandwidth.statTypes, 300)
    const [series] = await readLegacy(request, { ...asked.question, dimensions: [], isDetail: true })
    return { bandwidth: { ...asked.echo, ...peakOf(asked, series?.values ?? null) } }
  },
}

function peakOf({ question }: Asked, values: WholeNumber[] | null) {
  if (values === null) return {}
  const peak = values.reduce(higher, 0)
  const { starts, startTimeMs } = question.range.sampled.buckets
  return { peak_time: starts[values.indexOf(peak)] ?? startTimeMs, value: peak }
}

const byDomain: Sibling = {
  path: 'domain',
  operationId: 'listDomainFigures',
  perSecond: 15,
  summary: 'One figure of each domain with data (legacy)',
  parameters: { ...legacyParameters, ...area, stat_type: anyOf(legacyStatTypes) },
  answers: Type.Object({
    domain: Type.Array(Type.Object({ domain_name: Type.String() }, { additionalProperties: true })),
  }),
  answer: async (request) => {
    const { question, echo, serviceArea } = await askedOf(request, legacyStatTypes)
    const series = await readLegacy(request, { ...question, dimensions: ['domain'], isDetail: false })
    const rows = series.filter(({ values }) => values !== null)
    return {
      domain: rows.map(({ keys: [name], values }) => ({
        ...{ domain_name: name, ...knownValue(values), ...echo, service_area: serviceArea },
      })),
    }
  },
}

export const legacyByDomain: Sibling[] = [
  ...[flux, fluxDetail, bandwidth, bandwidthDetail],
  ...[domainSummary, domainSummaryDetail, byDomain],
]
