import { type Static, Type } from 'typebox'
import { BucketCountsSchema } from '../../coverage/coverage-routes.ts'
import { Nullable, Text, UnixMs, Whole, WholeOrNull } from '../../http/schemas.ts'
import type { Metric } from '../figures/metrics.ts'
import { usageIntervals } from '../figures/usage-buckets.ts'
import { ipVersions } from '../figures/usage-query.ts'
import { dataParameters } from '../usage-schema.ts'

/** Figures that may be explained, the sum that their loads add up to, and SQL of the number of lines behind it. */
export const explained = {
  flux: { measure: 'flux', lines: 'requests_sum', counts: 'true' },
  bandwidth: { measure: 'flux', lines: 'requests_sum', counts: 'true' },
  peak_bandwidth: { measure: 'flux', lines: 'requests_sum', counts: 'true' },
  requests: { measure: 'requests', lines: 'requests_sum', counts: 'true' },
  hits: { measure: 'hits', lines: 'hits_sum', counts: `cache = 'hit'` },
  hit_flux: { measure: 'hit_flux', lines: 'hits_sum', counts: `cache = 'hit'` },
  status_2xx: { measure: 'status_2xx', lines: 's2', counts: 'status BETWEEN 200 AND 299' },
  status_3xx: { measure: 'status_3xx', lines: 's3', counts: 'status BETWEEN 300 AND 399' },
  status_4xx: { measure: 'status_4xx', lines: 's4', counts: 'status BETWEEN 400 AND 499' },
  status_5xx: { measure: 'status_5xx', lines: 's5', counts: 'status BETWEEN 500 AND 599' },
} as const satisfies Partial<Record<Metric, { measure: Metric; lines: string; counts: string }>>
export type ExplainedMetric = keyof typeof explained
export const explainedMetrics = Object.keys(explained) as ExplainedMetric[]

export const linesDefault = 20
const linesMax = 100
/** Most loads in an answer; `other_loads` sums up the rest. */
export const loadsMax = 100

const { account, time_zone, service_area, data_version } = dataParameters

export const ExplainParameters = Type.Object({
  account,
  time_zone,
  service_area,
  data_version,
  domain_name: Text('The domain: one name', 300),
  time: Type.Integer({
    description: 'Any time of the bucket, unix ms',
    minimum: 0,
    maximum: 4_102_444_800_000,
  }),
  interval: Type.Optional(Text(`Seconds of the bucket, or month: ${usageIntervals.join(', ')}. Default 300`)),
  metric: Type.Optional(Text(`The figure: one of ${explainedMetrics.join(', ')}. Default flux`)),
  country: Type.Optional(Text('Of clients of this country: one code, as the series of usage have it')),
  province: Type.Optional(Text('Of clients of this province: one code')),
  isp: Type.Optional(Text('Of clients of this carrier: one code')),
  ip_version: Type.Optional(Text(`Of clients of this version of IP: ${ipVersions.join(' or ')}`)),
  status_class: Type.Optional(Text('Of requests with a status of this class, as 4xx')),
  status: Type.Optional(Text('Of requests with this status, as 404')),
  hit: Type.Optional(
    Text('Of requests that the cache answered (hit), or not (miss), or of which no log says it (unknown)'),
  ),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: linesMax, description: `Lines, at most; default ${linesDefault}` }),
  ),
})
export type ExplainParameters = Static<typeof ExplainParameters>

const OfBatch = {
  batch_id: Type.Integer({ description: 'Number of the batch; customers see another number than operators' }),
}

const LoadView = Type.Object({
  load_id: Type.Integer({ description: 'Number of the load; customers see another number than operators' }),
  ...OfBatch,
  name: Nullable(Type.String({ description: 'The file’s name as delivered; null for a batch of another account' })),
  source: Nullable(Type.String({ description: 'null for a batch of another account' })),
  format: Nullable(Type.String({ description: 'null for a batch of another account' })),
  pushes: Nullable(Type.Integer({ description: 'Number of small pushes that are loaded as this batch; null: a file' })),
  create_time: Nullable(UnixMs('Delivered')),
  load_time: Nullable(UnixMs('Loaded')),
  client_addresses: Nullable(Type.String({ description: 'Addresses as kept: full or truncated' })),
  query_strings: Nullable(Type.String({ description: 'Query strings as kept' })),
  is_counting: Type.Boolean({ description: 'false: the log was replaced or forgotten after the asked data version' }),
  value: WholeOrNull('Its part of the sum; null: its log does not say it'),
  lines: Whole('Its lines that are part of the figure'),
})

const LineView = Type.Object({
  time: UnixMs('Time by the log'),
  ...OfBatch,
  client: Type.String({ description: 'The client’s address, or its network where addresses are truncated; - without' }),
  country: Type.String(),
  province: Type.String(),
  isp: Type.String(),
  service_area: Type.String(),
  method: Type.String(),
  path: Type.String(),
  query: Type.String({ description: 'As kept, without its question mark' }),
  status: Type.Integer(),
  bytes: Whole('Bytes sent to the client'),
  referrer: Type.String(),
  user_agent: Type.String(),
  cache: Type.String({ description: 'hit, miss or unknown' }),
  duration_ms: Type.Integer(),
})

export const ExplainAnswer = Type.Object({
  data_version: Type.Integer({ description: 'Data version; an account’s moves when its own data change' }),
  domain_name: Type.String(),
  metric: Type.String(),
  start_time: UnixMs('Start of the bucket'),
  end_time: UnixMs('Its end'),
  time_zone: Type.String(),
  interval: Type.String(),
  service_area: Type.String(),
  cell: Type.Record(Type.String(), Type.String(), { description: 'The asked values of dimensions' }),
  value: WholeOrNull('The figure, as GET /api/v1/usage has it; null: not known'),
  logged_until: Nullable(UnixMs('The last 5 minutes with a request of the domain, from the bucket on')),
  judged_at: Nullable(UnixMs('The data became this version at this time, at which states are judged')),
  buckets: Nullable(BucketCountsSchema),
  measure: Type.String({
    description: 'The sum that the loads add up to: of bandwidths, flux; else the figure itself',
  }),
  point_time: Nullable(
    UnixMs('Of peak_bandwidth: start of the highest 5 minutes, of which the loads and lines are; else null'),
  ),
  sum: WholeOrNull('The whole measure: value and other_loads.value of all loads together'),
  loads_total: Type.Integer({ description: 'Number of loads that are part of the figure' }),
  loads: Type.Array(LoadView, { description: `The ${loadsMax} loads with the largest part` }),
  other_loads: Type.Object(
    { loads: Type.Integer(), value: WholeOrNull('Their part of the sum') },
    { description: 'All further loads together' },
  ),
  lines_total: Whole('Number of lines that are part of the figure'),
  lines_missing: Nullable(
    Type.String({ description: 'Reason why lines are not shown though there are some; null: they are shown' }),
  ),
  lines: Type.Array(LineView, {
    description:
      'The first lines by time, as Fluxport understood and kept them: the bytes as delivered are not kept. Masked addresses and dropped query strings stay so',
  }),
})
export type ExplainAnswer = Static<typeof ExplainAnswer>
export type ExplainedLine = Static<typeof LineView>
