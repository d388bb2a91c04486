import type { WholeNumber } from '../../exact-json.ts'
import { readFloors } from '../../ledger/floors.ts'
import type { Database } from '../../ports/database/database.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import { type Parameters, spillSettings } from '../../ports/warehouse/warehouse.ts'
import { calendarDays } from '../../statistics/time-range.ts'
import { figuresSql, untilLogsEnd } from '../bills/billing-months.ts'
import { readPoints } from '../figures/read-series.ts'
import { bucketsOf } from '../figures/usage-buckets.ts'
import { ofAllTraffic } from '../figures/usage-query.ts'
import { modelDaysNeeded } from './model-days.ts'
import { type Month, type Slice, sliceParameters, slicePointsSql } from './read-month.ts'

const statement = sqlFile(import.meta.url, './forecast.sql')
const points = sqlFile(import.meta.url, './forecast-points.sql')

/** The method in words, for the answer. */
export const forecastText =
  `Each 5 minutes to come have the bytes of the same time on the latest whole day of the same weekday, ` +
  `of the ${modelDaysNeeded} whole days before the end of the logs; the rule of bills then gives the figures.`

/** The bill's figures of a whole month. Bandwidths are bit/s. */
export type Forecast = {
  flux: WholeNumber | null
  billedFlux: WholeNumber | null
  percentile: WholeNumber | null
  averageDailyPeak: WholeNumber | null
}

/** A reason why no series of a month has a forecast; null: those with logs of all model days have one. */
export async function whyNoForecast(database: Database, month: Month, isLogged: boolean): Promise<string | null> {
  const { question, model } = month
  if (question.isOver || model.targets.length === 0) return 'the month is over'
  if (!isLogged) return 'there is no log of the month yet'
  const { usage } = await readFloors(database.queries)
  return model.startTimeMs < usage ? `sums are kept from ${new Date(usage).toISOString()} on` : null
}

/** The number of model days on which any of some domains has a request. */
export async function readModelDays({ data, question, model }: Month): Promise<(some: readonly string[]) => number> {
  const buckets = bucketsOf(model, 86_400, question.timeZone)
  const { serviceArea } = question
  const query = { ...ofAllTraffic, buckets, serviceArea, metrics: ['requests'], dimensions: ['domain'] } as const
  const found = await readPoints(data, query, data.domains.length * buckets.starts.length)
  const byDomain = new Map<string, number[]>()
  for (const { keys, startMs } of found) {
    const [domain = ''] = keys
    byDomain.set(domain, [...(byDomain.get(domain) ?? []), startMs])
  }
  return (some) => new Set(some.flatMap((domain) => byDomain.get(domain) ?? [])).size
}

/** A reason why a series has no forecast, from its number of model days with a request; null: it has one. */
export const tooFewDays = (days: number): string | null =>
  days >= modelDaysNeeded
    ? null
    : `only ${days} of the ${modelDaysNeeded} whole days before the end of the logs have a request`

/** The forecasts of a slice's series, in its order. */
export async function readForecasts(month: Month, slice: Slice): Promise<Forecast[]> {
  const both = fillSlots(points, { points: slicePointsSql(month, slice) })
  const sql = fillSlots(statement, { figures: figuresSql({ points: both, until: untilLogsEnd }) })
  const parameters = { ...forecastParameters(month), ...sliceParameters(month, slice) }
  return await month.data.rows<Forecast>(sql, parameters, spillSettings)
}

/** Points are read from the model days on; the month's figures are of all of its days. Unix s. */
function forecastParameters({ question, parameters, model, logsEndMs }: Month): Parameters {
  const { month, timeZone } = question
  const days = calendarDays(month, timeZone)
  const seconds = (timesMs: number[]) => timesMs.map((timeMs) => timeMs / 1000)
  return {
    ...parameters,
    from: Math.min(month.startTimeMs, model.startTimeMs) / 1000,
    to: logsEndMs / 1000,
    until: month.endTimeMs / 1000,
    dayStarts: seconds(days.map((day) => day.startTimeMs)),
    dayEnds: seconds(days.map((day) => day.endTimeMs)),
    monthStart: month.startTimeMs / 1000,
    logsEnd: logsEndMs / 1000,
    modelFrom: model.startTimeMs / 1000,
    modelTo: model.endTimeMs / 1000,
    targetStarts: seconds(model.targets.map(({ target }) => target.startTimeMs)),
    targetEnds: seconds(model.targets.map(({ target }) => target.endTimeMs)),
    modelStarts: seconds(model.targets.map((one) => one.model.startTimeMs)),
    modelEnds: seconds(model.targets.map((one) => one.model.endTimeMs)),
  }
}
