import { type WholeNumber, wholeNumber } from '../../exact-json.ts'
import type { Database } from '../../ports/database/database.ts'
import { type Forecast, readForecasts, readModelDays, tooFewDays, whyNoForecast } from './forecast.ts'
import { type Month, readRequests, readSoFar, type SeriesSoFar, type Slice, slicesOf } from './read-month.ts'

/** A series of a month: its figures, and its forecast or the reason why there is none. */
export type SeriesOfMonth = {
  soFar: SeriesSoFar
  requests: WholeNumber
  forecast: Forecast | null
  forecastMissing: string | null
}

/** Reads series of a month by their domains, in their order. */
export type ReadSeries = (series: Slice, pointsAbove: number) => Promise<SeriesOfMonth[]>

/**
 * Prepares the reading of series of domains of a month.
 * @param isLogged true if any of the month's domains has a request in it
 */
export async function seriesReader(database: Database, month: Month, isLogged: boolean): Promise<ReadSeries> {
  const whyNone = await whyNoForecast(database, month, isLogged)
  const [requests, daysOf] = await Promise.all([readRequests(month), whyNone === null ? readModelDays(month) : () => 0])
  const readSlice = async (slice: Slice, pointsAbove: number): Promise<SeriesOfMonth[]> => {
    const missing = slice.map((domains) => whyNone ?? tooFewDays(daysOf(domains)))
    const [soFar, forecasts] = await Promise.all([
      readSoFar(month, slice, pointsAbove),
      missing.includes(null) ? readForecasts(month, slice) : [],
    ])
    return slice.map((domains, n) => {
      const one = soFar[n]
      if (!one) throw new Error('a series of a month without its row')
      const forecast = missing[n] === null ? (forecasts[n] ?? null) : null
      return { soFar: one, requests: sumOf(requests, domains), forecast, forecastMissing: missing[n] ?? null }
    })
  }
  return async (series, pointsAbove) => {
    const found: SeriesOfMonth[] = []
    for (const slice of slicesOf(series)) found.push(...(await readSlice(slice, pointsAbove)))
    return found
  }
}

const sumOf = (requests: ReadonlyMap<string, WholeNumber>, domains: readonly string[]): WholeNumber =>
  wholeNumber(String(domains.reduce((sum: bigint, domain) => sum + BigInt(requests.get(domain) ?? 0), 0n)))
