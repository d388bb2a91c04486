import { type Static, Type } from 'typebox'
import { accountParameter } from '../../accounts/whose.ts'
import { Nullable, Text, UnixMs, Whole } from '../../http/schemas.ts'
import { domainNamesMax } from '../../statistics/domain-name.ts'
import { BucketCountsSchema } from '../coverage-routes.ts'

export const rowsDefault = 1_000
export const rowsMax = 10_000
/** Most faults in an answer; `faults_total` has their number. */
export const faultsMax = 1_000

export const MonthQuery = Type.Object({
  account: Type.Optional(Text(accountParameter)),
  month: Text('The month, as 2026-09'),
  time_zone: Type.Optional(Text('Time zone of its days. Default: the server’s')),
  domain_name: Type.Optional(
    Text(`Up to ${domainNamesMax} domain names with commas between them, or all (default)`, 1_000_000),
  ),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: rowsMax, description: `At most this many days; default ${rowsDefault}` }),
  ),
  offset: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 1_000_000_000, description: 'Skips this many days; default 0' }),
  ),
})

const Day = Type.Object({
  date: Type.String({ description: 'The day, as 2026-09-17, in the time zone' }),
  domain_name: Type.String(),
  files_expected: Nullable(
    Type.Integer({
      description:
        'Files that the stated cadences make due so far; null: no number is stated, or hours without requests have none',
    }),
  ),
  files_come: Type.Integer({
    description:
      'Files that count: of sources with a stated number, those that report on the domain; of others, those with requests of it, or named by it',
  }),
  files_refused: Type.Integer({ description: 'Files that came for the day and domain, and were not taken' }),
  files_late: Type.Integer({ description: 'Files that came after the delay of their hour or day' }),
  requests: Type.Integer(),
  flux: Whole('Bytes'),
  rejected_lines: Type.Integer({ description: 'Of these files; a file of several domains counts in each' }),
  buckets: BucketCountsSchema,
  out_of_line: Nullable(
    Type.Enum(['low', 'high'], {
      description:
        'low: less than half of the median requests of the same weekday up to 4 weeks before or after; high: more than twice. Needs three such days, and a median of 100',
    }),
  ),
})

const FaultView = Type.Object({
  kind: Type.Enum(
    ['missing', 'provisional', 'silent', 'unexpected_silence', 'refused', 'surplus', 'out_of_line', 'rejected'],
    {
      description:
        'missing: files did not come; provisional: not all came; silent: a source that goes on has delivered nothing more; unexpected_silence: a source of which no cadence is stated did not keep its rhythm; refused: a batch was not taken; surplus: more files came than the cadence states; out_of_line: see days; rejected: lines of loaded files that are in no figure',
    },
  ),
  source: Nullable(Type.String({ description: 'null: no source reports these domains' })),
  start_time: Nullable(UnixMs('From then on; null: not known')),
  end_time: Nullable(UnixMs('Until then')),
  domain_names: Type.Array(Type.String(), { description: 'The first three' }),
  domains: Type.Integer({ description: 'Number of domains; 0: any' }),
  batch_id: Nullable(Type.Integer()),
  error_code: Nullable(Type.String()),
  text: Type.String({ description: 'One sentence' }),
})

export const MonthAnswer = Type.Object({
  month: Type.String(),
  time_zone: Type.String(),
  data_version: Type.Integer({ description: 'Data version; an account’s moves when its own data change' }),
  judged_at: UnixMs('The data became this version at this time'),
  start_time: UnixMs('Start of the month in the zone'),
  end_time: UnixMs('End of the month, or of the present day'),
  total: Type.Integer({ description: 'Number of days, counted for each domain' }),
  days: Type.Array(Day, { description: 'Ordered by date, then domain' }),
  faults_total: Type.Integer({ description: 'Number of things that are wrong; 0: nothing is missing' }),
  faults: Type.Array(FaultView, { description: `The first ${faultsMax}` }),
})

export type MonthView = Static<typeof MonthAnswer>
export type MonthDay = Static<typeof Day>
export type MonthFault = Static<typeof FaultView>
