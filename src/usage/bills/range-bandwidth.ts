import type { WholeNumber } from '../../exact-json.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import type { Parameters } from '../../ports/warehouse/warehouse.ts'
import type { TimeRange } from '../../statistics/time-range.ts'
import { figuresSql, monthParameters, pointsSql, type seriesSql, untilLogsEnd } from './billing-months.ts'
import type { BillingRule } from './billing-rule.ts'

const statement = sqlFile(import.meta.url, './range-bandwidth.sql')

/** Bandwidths of a range by the bill's rule, bit/s, as if the range were a month. Null without a valid day. */
export type RangeBandwidth = {
  percentile: WholeNumber | null
  /** The start of the point that is the percentile, unix ms; null for a point without a request. */
  percentileMs: number | null
  averageDailyPeak: WholeNumber | null
}

type Question = {
  rows: <Row>(sql: string, parameters: Parameters) => Promise<Row[]>
  /** Those of `commonParameters`. */
  parameters: Parameters
  range: TimeRange
  timeZone: string
  rule: BillingRule
  /** The last bucket with a request of any of the domains, unix s. */
  lastLogged: number
}

/** The bandwidths of all domains together in the whole range. */
export async function rangeBandwidth(question: Question): Promise<RangeBandwidth> {
  const [row] = await read(question, 'together')
  return row ?? { percentile: null, percentileMs: null, averageDailyPeak: null }
}

/** The mean of the valid days' own percentiles, rounded half up; null without such a day. */
export async function averageDailyPercentile(question: Question): Promise<WholeNumber | null> {
  const days = (await read(question, 'days')).flatMap(({ percentile }) => (percentile === null ? [] : [percentile]))
  if (days.length === 0) return null
  const sum = days.reduce((total: bigint, value) => total + BigInt(value), 0n)
  const mean = (sum * 2n + BigInt(days.length)) / BigInt(days.length * 2)
  return mean <= Number.MAX_SAFE_INTEGER ? Number(mean) : mean
}

async function read(question: Question, series: keyof typeof seriesSql): Promise<RangeBandwidth[]> {
  const { rows, parameters, range, timeZone, rule, lastLogged } = question
  const month = monthParameters({ billing: rule, timeZone }, { ...range, name: '' }, lastLogged)
  const days = month['dayStarts'] as number[]
  const sql = fillSlots(statement, { figures: figuresSql({ points: pointsSql(series), until: untilLogsEnd }) })
  return await rows<RangeBandwidth>(sql, { ...parameters, ...month, seriesCount: series === 'days' ? days.length : 1 })
}
