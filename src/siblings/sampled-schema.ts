import { Type } from 'typebox'
import { statTypeNames } from './stat-types.ts'

/** Parameters that the operations with figures by bucket share. */
export const sampledParameters = {
  start_time: 'Unix ms, inclusive; widened down to the interval. Mandatory',
  end_time: 'Unix ms, exclusive; widened up to the interval; the future is clipped. Mandatory',
  domain_name: 'Up to 20 names with commas between them, or all. Mandatory',
  stat_type: `Up to 5 of ${statTypeNames.join(', ')}. Mandatory`,
  interval: '300 (up to 7 days), 3600 (up to 31) or 86400. Default: the finest that the span allows',
  enterprise_project_id: 'Ignored',
}

/** The actions of most of them: one figure of the range, or one of each bucket. */
export const summaryOrDetail = ['summary', 'detail'] as const

/** All parameters of one of them. @param more those that it alone has */
export const parametersWith = (actions: readonly string[], more: Record<string, string>) => ({
  action: `${actions.join(' or ')}. Mandatory`,
  ...sampledParameters,
  ...more,
})

/** Their result. */
export const FiguresTree = Type.Object(
  {},
  {
    additionalProperties: true,
    description:
      'Arrays by figure (detail), or one number each (summary); under the names of groups, nested in the order of group_by. {}: no request',
  },
)
