import { type Static, Type } from 'typebox'
import { accountParameter } from '../accounts/whose.ts'
import { BucketCountsSchema, State } from '../coverage/coverage-routes.ts'
import { Nullable, Text, UnixMs, UnixMsText, WholeOrNull } from '../http/schemas.ts'
import { domainNamesMax } from '../statistics/domain-name.ts'
import { serviceAreas } from '../statistics/service-areas.ts'
import { dimensions, metricMeanings, metrics } from './figures/metrics.ts'
import { comparisons, usageIntervals } from './figures/usage-buckets.ts'
import { ipVersions } from './figures/usage-query.ts'

/** Most points of an answer: buckets times series, whatever the number of figures. */
export const pointsMax = 100_000
/** Most ranges of states in an answer; `states_total` has their number. */
export const statesMax = 1_000

/** Parameters of every question on usage. */
export const dataParameters = {
  account: Type.Optional(Text(accountParameter)),
  domain_name: Type.Optional(
    Text(`Up to ${domainNamesMax} domain names with commas between them, or all (default)`, 1_000_000),
  ),
  start_time: UnixMsText('Inclusive; widened down to a whole bucket. Default, with end_time: the last 24 whole hours'),
  end_time: UnixMsText('Exclusive; widened up to a whole bucket; the future is clipped'),
  start_date: Type.Optional(Text('First day, YYYY-MM-DD, from midnight of the time zone; instead of start_time')),
  end_date: Type.Optional(Text('Day after the last one, YYYY-MM-DD; instead of end_time')),
  time_zone: Type.Optional(Text('Time zone of hours, days and months. Default: the server’s')),
  service_area: Type.Optional(Text(`One of ${serviceAreas.join(', ')}. Default global`)),
  data_version: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description:
        'Figures as they were in this data version: any of the server’s for operators, else that of one of the account’s export tasks. Default: the present one',
    }),
  ),
}

const placeText = (what: string) =>
  Type.Optional(Text(`Clients of these ${what}: codes with commas between them, or all`))

/** Parameters that choose clients by their places. */
export const placeParameterTexts = {
  country: placeText('countries'),
  province: placeText('provinces; it goes with country=cn or none'),
  isp: placeText('carriers'),
}

export const UsageParameters = Type.Object({
  ...dataParameters,
  interval: Type.Optional(
    Text(
      `Seconds of a bucket, or month: ${usageIntervals.join(', ')}. Default 300 up to 7 days, 3600 up to 92, then 86400`,
    ),
  ),
  metrics: Type.Optional(
    Text(`Figures with commas between them: ${metrics.join(', ')}. Default flux,peak_bandwidth,requests`),
  ),
  group_by: Type.Optional(Text(`A series for each of these: ${dimensions.join(', ')}. Default: one series`)),
  ...placeParameterTexts,
  ip_version: Type.Optional(Text(`Clients of this version of IP: ${ipVersions.join(' or ')}. Default: all`)),
  compare: Type.Optional(
    Text(
      `Also the figures of an earlier range: ${comparisons.join(', ')}: the one right before, the nearest with the same weekdays, a year earlier`,
    ),
  ),
})
export type UsageParameters = Static<typeof UsageParameters>

const figures = Object.fromEntries(
  metrics.map((metric) => [metric, Type.Optional(Type.Array(WholeOrNull(metricMeanings[metric])))]),
)
const totals = Object.fromEntries(metrics.map((metric) => [metric, Type.Optional(WholeOrNull(metricMeanings[metric]))]))
const keys = Object.fromEntries(
  dimensions.map((dimension) => [dimension, Type.Optional(Type.String({ description: `With group_by=${dimension}` }))]),
)

const seriesProperties = {
  series: Type.Array(
    Type.Object({
      ...keys,
      points: Type.Object(figures, { description: 'For each asked figure its value in each bucket; null: not known' }),
      totals: Type.Object(totals, {
        description: 'Of the whole range: sums; the highest point; bandwidth as a mean. Null: not known of some bucket',
      }),
    }),
    { description: 'Ordered by their keys. By domain alone every asked domain has one, else those that occur' },
  ),
}

export const UsageAnswer = Type.Object({
  data_version: Type.Integer({ description: 'Data version; an account’s moves when its own data change' }),
  start_time: UnixMs('First bucket'),
  end_time: UnixMs('End of the last bucket'),
  time_zone: Type.String(),
  interval: Type.String({ description: 'Seconds of a bucket, or month' }),
  service_area: Type.String(),
  logged_until: Nullable(UnixMs('The last 5 minutes with a request of any of the domains, from start_time on')),
  judged_at: Nullable(UnixMs('The data became this version at this time, at which states are judged')),
  buckets: Nullable(BucketCountsSchema),
  states: Nullable(
    Type.Array(Type.Object({ start_time: UnixMs('First bucket'), end_time: UnixMs('End'), state: State }), {
      description: `States of the 5-minute buckets of all domains as one; the first ${statesMax}. Null, as judged_at and buckets, for a past version`,
    }),
  ),
  states_total: Type.Integer(),
  times: Type.Array(Type.Integer(), { description: 'Start of each bucket, unix ms' }),
  ...seriesProperties,
  comparison: Nullable(
    Type.Object({
      start_time: UnixMs('First bucket'),
      end_time: UnixMs('End of the last bucket'),
      times: Type.Array(Type.Integer()),
      ...seriesProperties,
    }),
  ),
})
export type UsageAnswer = Static<typeof UsageAnswer>
