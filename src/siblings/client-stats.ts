import { Type } from 'typebox'
import { AppError } from '../errors.ts'
import { type ClientCount, readClients } from '../usage/clients/read-clients.ts'
import { bucketsOf } from '../usage/figures/usage-buckets.ts'
import { pointsMax } from '../usage/usage-schema.ts'
import type { Sibling } from './sibling.ts'
import { areaOf, contractZone, domainsOf, rangeOf, requiredOf } from './wire/parameters.ts'

/** Longest span and length of a bucket, by the contract's words. */
const kinds = { uv: { interval: 300, daysMax: 1 }, ip_num: { interval: 86_400, daysMax: 31 } } as const

/** Distinct clients: ListDomainClientStats. */
export const clientStats: Sibling = {
  path: 'domain-client-stats',
  operationId: 'listDomainClientStats',
  perSecond: 5,
  summary: 'Distinct client addresses of each domain, by 5 minutes or by day',
  parameters: {
    start_time: 'Unix ms; widened down to 5 minutes, or to a day of UTC+8. Mandatory',
    end_time: 'Unix ms, exclusive; widened up; at most a day later, of ip_num 31. Mandatory',
    domain_name: 'Up to 20 names with commas between them, or all. Mandatory',
    stat_type: 'uv: of each 5 minutes; ip_num: of each day. Mandatory',
    service_area: 'mainland_china (default) or outside_mainland_china',
    enterprise_project_id: 'Ignored',
  },
  answers: Type.Object({
    service_area: Type.String(),
    result: Type.Array(Type.Object({ domain_name: Type.String() }, { additionalProperties: true })),
  }),
  answer: async (request) => {
    const { query, nowMs, engine, deps } = request
    const statType = requiredOf(query, 'stat_type', ['uv', 'ip_num'])
    const { interval, daysMax } = kinds[statType]
    const serviceArea = areaOf(query, 'mainland_china', ['mainland_china', 'outside_mainland_china'])
    const asked = rangeOf(query, daysMax)
    const domains = domainsOf(query)
    const clipped = { ...asked, endTimeMs: Math.min(asked.endTimeMs, nowMs) }
    const buckets = { ...bucketsOf(clipped, interval, contractZone), interval }
    const { starts, startTimeMs } = buckets
    if (starts.length === 0) return { service_area: serviceArea, result: [] }
    const clientKey = await deps.clientKey()
    const needs = [{ source: 'request' as const, startTimeMs }]
    const counts = await request.read(domains, needs, (data) =>
      readClients({ ...data, rows: engine.rows }, { buckets, serviceArea, clientKey }, pointsMax),
    )
    const result = [...byDomain(counts, starts.length)].map(([name, of]) => ({
      domain_name: name,
      [statType]: starts.map((startMs) => of.get(startMs) ?? 0),
    }))
    return { service_area: serviceArea, result }
  },
}

/** @throws AppError CDN.0005 for more than 100,000 points */
function byDomain(counts: ClientCount[], bucketCount: number): Map<string, Map<number, number>> {
  const found = new Map<string, Map<number, number>>()
  for (const { domain, startMs, clients } of counts) {
    const known = found.get(domain) ?? new Map<number, number>()
    found.set(domain, known.set(startMs, clients))
  }
  if (counts.length > pointsMax || found.size * bucketCount > pointsMax)
    throw new AppError('CDN.0005', `The answer would have more than ${pointsMax} points. Ask for fewer domains`)
  return found
}
