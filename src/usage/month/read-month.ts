import type { WholeNumber } from '../../exact-json.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import { type Parameters, spillSettings } from '../../ports/warehouse/warehouse.ts'
import {
  figuresSql,
  type MonthParameters,
  monthParameters,
  pointsSql,
  sliceDomains,
  untilLogsEnd,
} from '../bills/billing-months.ts'
import type { BillingRule } from '../bills/billing-rule.ts'
import { readPoints, type UsageData } from '../figures/read-series.ts'
import { wholeRange } from '../figures/usage-buckets.ts'
import { ofAllTraffic } from '../figures/usage-query.ts'
import { commonParameters } from '../rows/data.ts'
import type { MonthQuestion } from './asked-month.ts'
import { type Model, modelOf } from './model-days.ts'

const statement = sqlFile(import.meta.url, './month-figures.sql')
const hourMs = 3_600_000

/** A month so far in a data version. */
export type Month = {
  data: UsageData
  question: MonthQuestion
  rule: BillingRule
  /** Parameters of its points so far, unix s. */
  parameters: MonthParameters
  /** The end of the logs within the month, unix ms. */
  logsEndMs: number
  model: Model
}

/** @param loggedUntilMs the last bucket with a request of any of the domains, from the month's start on; null: none */
export function monthOf(
  data: UsageData,
  question: MonthQuestion,
  { rule, loggedUntilMs }: { rule: BillingRule; loggedUntilMs: number | null },
): Month {
  const { month, untilMs, timeZone } = question
  const part = { ...month, endTimeMs: untilMs }
  const parameters = monthParameters({ billing: rule, timeZone }, part, (loggedUntilMs ?? 0) / 1000)
  const logsEndMs = Math.max(month.startTimeMs, parameters.until * 1000)
  return { data, question, rule, parameters, logsEndMs, model: modelOf(month, logsEndMs, timeZone) }
}

/** Figures of one series so far, by the bill's rule. Bandwidths are bit/s, times unix s. */
export type SeriesSoFar = {
  flux: WholeNumber | null
  billedFlux: WholeNumber | null
  percentile: WholeNumber | null
  percentileTime: number | null
  averageDailyPeak: WholeNumber | null
  fourthDailyPeak: WholeNumber | null
  peak: WholeNumber | null
  peakTime: number | null
  validDays: number
  points: number
  discarded: number
  isLastDayValid: number
  above: number
  /** Points above the percentile: their start and bytes, the highest first. */
  highest: [second: number, bytes: WholeNumber][]
}

/** Series that one statement reads: the domains of each, of which none is in two. */
export type Slice = readonly (readonly string[])[]

/** At most `sliceDomains` series in each. */
export const slicesOf = (series: Slice): Slice[] =>
  Array.from({ length: Math.ceil(series.length / sliceDomains) }, (_, n) =>
    series.slice(n * sliceDomains, (n + 1) * sliceDomains),
  )

/** SQL of the points of a slice's series. */
export const slicePointsSql = ({ data }: Month, slice: Slice): string =>
  pointsSql(slice.length === 1 ? 'together' : 'grouped', data.removedLoadIds.length > 0)

/** Parameters of a slice, which every statement of a month has. */
export function sliceParameters({ data, question }: Month, slice: Slice): Parameters {
  const domains = slice.flat()
  return {
    ...commonParameters({ domains, version: data.version, request: { serviceArea: question.serviceArea } }),
    removedLoadIds: data.removedLoadIds,
    seriesOf: slice.flatMap((names, n) => names.map(() => n)),
    seriesCount: slice.length,
  }
}

/** The series of a slice, in its order. @param pointsAbove most points above the percentile that each has */
export async function readSoFar(month: Month, slice: Slice, pointsAbove: number): Promise<SeriesSoFar[]> {
  const { data, parameters, model } = month
  const figures = figuresSql({ points: slicePointsSql(month, slice), until: untilLogsEnd })
  return await data.rows<SeriesSoFar>(
    fillSlots(statement, { figures }),
    {
      ...parameters,
      ...sliceParameters(month, slice),
      lastDay: model.endTimeMs / 1000,
      aboveMax: pointsAbove,
    },
    spillSettings,
  )
}

/** Requests so far of each domain with one. */
export async function readRequests({ data, question, logsEndMs }: Month): Promise<Map<string, WholeNumber>> {
  const { month, untilMs, timeZone, serviceArea } = question
  // No request lies beyond the end of the logs, so that sums by hour answer.
  const endTimeMs = logsEndMs < untilMs ? Math.ceil(logsEndMs / hourMs) * hourMs : untilMs
  const buckets = wholeRange({ startTimeMs: month.startTimeMs, endTimeMs }, timeZone)
  const query = { ...ofAllTraffic, buckets, serviceArea, metrics: ['requests'], dimensions: ['domain'] } as const
  const points = await readPoints(data, query, data.domains.length)
  return new Map(points.map(({ keys: [domain = ''], figures }) => [domain, figures.requests ?? 0]))
}
