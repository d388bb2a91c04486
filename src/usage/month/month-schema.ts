import { type Static, Type } from 'typebox'
import { BucketCountsSchema, State } from '../../coverage/coverage-routes.ts'
import { Nullable, Text, UnixMs, WholeOrNull } from '../../http/schemas.ts'
import { dataParameters, statesMax } from '../usage-schema.ts'
import { modelDaysNeeded } from './model-days.ts'

/** Most points above the percentile in an answer; `room.above` has their number. */
export const aboveMax = 1_000

const { account, domain_name, time_zone, service_area, data_version } = dataParameters

export const MonthParameters = Type.Object({
  account,
  domain_name,
  month: Type.Optional(Text('The month, as 2026-09. Default: the present one in the time zone')),
  time_zone,
  service_area,
  group_by: Type.Optional(
    Text(
      'domain: also the figures of each domain. account, with account=all: also those of each account. Default: of all domains together',
    ),
  ),
  data_version,
})
export type MonthParameters = Static<typeof MonthParameters>

const Forecast = Type.Object(
  {
    flux: WholeOrNull('Bytes of the whole month'),
    billed_flux: WholeOrNull('With the overhead of the rule'),
    bandwidth_percentile: WholeOrNull('Bit/s'),
    average_daily_peak: WholeOrNull('Bit/s'),
  },
  { description: 'The bill of the whole month by the method of the answer' },
)

const figures = {
  flux: WholeOrNull('Bytes so far; null without a log of the month'),
  billed_flux: WholeOrNull('Bytes with the overhead of the rule'),
  requests: WholeOrNull('Requests so far'),
  bandwidth_percentile: WholeOrNull('Percentile bandwidth so far, bit/s; null without a valid day'),
  percentile_time: Nullable(UnixMs('Start of the point that is the percentile; null for a point without a request')),
  average_daily_peak: WholeOrNull('Mean of the valid days’ peaks so far, bit/s'),
  fourth_daily_peak: WholeOrNull('Fourth highest daily peak so far, bit/s; null with fewer than four valid days'),
  peak: WholeOrNull('Highest 5 minutes so far, bit/s'),
  peak_time: Nullable(UnixMs('Their start')),
  valid_days: Type.Integer({ description: 'Days with more bytes than the rule asks for' }),
  points: Type.Integer({ description: 'Points of 5 minutes of the valid days, up to the end of the logs' }),
  discarded: Type.Integer({ description: 'Points that the percentile so far leaves out' }),
  room: Type.Object(
    {
      points_at_end: Type.Integer({
        description: 'Points of the whole month if all days to come, and the present one, are valid',
      }),
      discarded_at_end: Type.Integer({ description: 'Points that the percentile then leaves out' }),
      above: Type.Integer({ description: 'Points so far that are above the percentile so far' }),
      left: Type.Integer({
        description:
          'Further points that may be above the percentile so far before it rises: discarded_at_end less above',
      }),
    },
    { description: 'How many points may still be above the percentile' },
  ),
  forecast: Nullable(Forecast),
  forecast_missing: Nullable(Type.String({ description: 'Reason why there is no forecast; null: there is one' })),
}

const Distance = Type.Object({
  committed: Type.Integer(),
  used: WholeOrNull('So far'),
  left: WholeOrNull('committed less used; negative beyond the commit'),
  share: Nullable(Type.Number({ description: 'used as a part of committed, four decimals' })),
  left_at_end: WholeOrNull('committed less the forecast; null without a forecast'),
})

const Commit = Nullable(
  Type.Object(
    {
      traffic: Nullable(Type.Object(Distance.properties, { description: 'Billed traffic, bytes' })),
      bandwidth: Nullable(Type.Object(Distance.properties, { description: 'Percentile bandwidth, bit/s' })),
    },
    { description: 'The account’s commit; null: it has none, or not all of one account’s traffic is asked for' },
  ),
)

export const MonthAnswer = Type.Object({
  data_version: Type.Integer({ description: 'Data version; an account’s moves when its own data change' }),
  month: Type.String(),
  time_zone: Type.String(),
  service_area: Type.String(),
  start_time: UnixMs('Start of the month in the zone'),
  end_time: UnixMs('Its end'),
  until_time: UnixMs('End of the present 5 minutes, or of the month: no figure is of later ones'),
  logged_until: Nullable(UnixMs('The last 5 minutes with a request of any of the domains, from start_time on')),
  judged_at: Nullable(UnixMs('The data became this version at this time, at which states are judged')),
  buckets: Nullable(BucketCountsSchema),
  states: Nullable(
    Type.Array(Type.Object({ start_time: UnixMs('First bucket'), end_time: UnixMs('End'), state: State }), {
      description: `States of the 5-minute buckets of all domains as one; the first ${statesMax}. Null for a past version`,
    }),
  ),
  states_total: Type.Integer(),
  rule: Type.Object(
    {
      discard_percent: Type.Number(),
      valid_day_bytes_over: Type.Integer(),
      overhead_percent: Type.Number(),
      text: Type.String({ description: 'The rule in words' }),
    },
    { description: 'The server’s rule for bills' },
  ),
  forecast_method: Nullable(
    Type.Object(
      {
        name: Type.Enum(['same_weekdays']),
        text: Type.String({ description: 'The method in words' }),
        start_time: UnixMs(
          `Start of the ${modelDaysNeeded} whole days that are repeated; of accounts, where the total’s logs end`,
        ),
        end_time: UnixMs('Their end'),
      },
      { description: 'The method of every forecast here; null: there is none' },
    ),
  ),
  total: Type.Object(figures, { description: 'All domains together' }),
  above: Type.Array(
    Type.Object({ time: UnixMs('Start of the point'), flux: WholeOrNull('Bytes'), bandwidth: WholeOrNull('Bit/s') }),
    { description: `Points of the total above its percentile so far, the highest first; at most ${aboveMax}` },
  ),
  domains: Type.Array(Type.Object({ domain_name: Type.String(), ...figures }), {
    description: 'With group_by=domain, by name; else empty',
  }),
  accounts: Type.Array(
    Type.Object({
      account_id: Type.String(),
      account_name: Type.String(),
      logged_until: Nullable(UnixMs('The last 5 minutes with a request of any of the account’s asked domains')),
      buckets: Nullable(BucketCountsSchema),
      ...figures,
      commit: Commit,
    }),
    {
      description:
        'With group_by=account, those that have asked domains, by name; else empty. Each has the figures of a question with its id as account',
    },
  ),
  commit: Commit,
})
export type MonthAnswer = Static<typeof MonthAnswer>
export type MonthFiguresView = MonthAnswer['total']
export type AccountMonthView = MonthAnswer['accounts'][number]
