import { Type } from 'typebox'
import { ofAllTraffic } from '../usage/figures/usage-query.ts'
import { sampledRange } from './sampled-range.ts'
import { FiguresTree, parametersWith, summaryOrDetail } from './sampled-schema.ts'
import type { Sibling } from './sibling.ts'
import { statTypesOf } from './stat-types.ts'
import { readStats } from './stats.ts'
import { areaOf, domainsOf, optionalOf, requiredOf } from './wire/parameters.ts'

/** Figures of domains: ShowDomainStats. */
export const domainStats: Sibling = {
  path: 'domain-stats',
  operationId: 'showDomainStats',
  perSecond: 15,
  summary: 'Figures of domains, by bucket or of the whole range',
  parameters: parametersWith(summaryOrDetail, {
    group_by: 'domain, or nothing: summed over the domains',
    service_area: 'mainland_china (default), outside_mainland_china or global; of single status codes always global',
  }),
  answers: Type.Object({
    start_time: Type.Integer(),
    end_time: Type.Integer(),
    interval: Type.Integer(),
    stat_type: Type.String(),
    action: Type.String(),
    group_by: Type.Optional(Type.String()),
    result: FiguresTree,
  }),
  answer: async (request) => {
    const { query, nowMs } = request
    const action = requiredOf(query, 'action', summaryOrDetail)
    const range = sampledRange(query, nowMs)
    const domains = domainsOf(query)
    const stats = statTypesOf(query)
    const groupBy = optionalOf(query, 'group_by', ['domain'])
    const result = await readStats(request, {
      ...ofAllTraffic,
      ...{ domains, range, stats, isDetail: action === 'detail' },
      dimensions: groupBy === null ? [] : [groupBy],
      serviceArea: areaOf(query, 'mainland_china'),
    })
    return {
      start_time: range.asked.startTimeMs,
      end_time: range.asked.endTimeMs,
      interval: range.interval,
      stat_type: stats.text,
      action,
      ...(groupBy === null ? {} : { group_by: groupBy }),
      result,
    }
  },
}
