import type { WholeNumber } from '../../exact-json.ts'
import type { AccountCommit } from '../../ports/database/account-commit.ts'
import type { MonthAnswer, MonthFiguresView } from './month-schema.ts'
import type { Month, SeriesSoFar } from './read-month.ts'
import type { SeriesOfMonth } from './series-of-month.ts'

export function figuresView(month: Month, { soFar, requests, ...series }: SeriesOfMonth): MonthFiguresView {
  const { forecast } = series
  return {
    flux: soFar.flux,
    billed_flux: soFar.billedFlux,
    requests: soFar.flux === null ? null : requests,
    bandwidth_percentile: soFar.percentile,
    percentile_time: inMs(soFar.percentileTime),
    average_daily_peak: soFar.averageDailyPeak,
    fourth_daily_peak: soFar.fourthDailyPeak,
    peak: soFar.peak,
    peak_time: inMs(soFar.peakTime),
    valid_days: soFar.validDays,
    points: soFar.points,
    discarded: soFar.discarded,
    room: roomOf(month, soFar),
    forecast: forecast && {
      flux: forecast.flux,
      billed_flux: forecast.billedFlux,
      bandwidth_percentile: forecast.percentile,
      average_daily_peak: forecast.averageDailyPeak,
    },
    forecast_missing: series.forecastMissing,
  }
}

const inMs = (second: number | null) => (second === null ? null : second * 1000)

/** As the rule of bills counts points and discards, if every day that is not over is valid. */
function roomOf({ question, parameters, logsEndMs, model }: Month, { points, isLastDayValid, above }: SeriesSoFar) {
  const toCome = (question.month.endTimeMs - logsEndMs) / 300_000
  const ofLastDay = isLastDayValid ? 0 : (logsEndMs - model.endTimeMs) / 300_000
  const atEnd = points + toCome + ofLastDay
  const discarded = Math.floor((atEnd * Number(parameters['discardPpm'])) / 1_000_000)
  return { points_at_end: atEnd, discarded_at_end: discarded, above, left: discarded - above }
}

/** Points above the percentile so far. */
export const aboveView = ({ highest }: SeriesSoFar): MonthAnswer['above'] =>
  highest.map(([second, bytes]) => ({
    time: second * 1000,
    flux: bytes,
    bandwidth: exact((BigInt(bytes) * 16n + 300n) / 600n),
  }))

/** The distance to an account's commit; null without one. */
export function commitView(
  commit: AccountCommit | undefined,
  { billed_flux, bandwidth_percentile, forecast }: MonthFiguresView,
): MonthAnswer['commit'] {
  if (!commit || (commit.commit_traffic_bytes === null && commit.commit_bandwidth_bps === null)) return null
  return {
    traffic: distanceOf(commit.commit_traffic_bytes, billed_flux, forecast?.billed_flux ?? null),
    bandwidth: distanceOf(commit.commit_bandwidth_bps, bandwidth_percentile, forecast?.bandwidth_percentile ?? null),
  }
}

function distanceOf(committed: number | null, used: WholeNumber | null, atEnd: WholeNumber | null) {
  if (committed === null) return null
  const left = (value: WholeNumber | null) => (value === null ? null : exact(BigInt(committed) - BigInt(value)))
  const share = used === null ? null : Number((BigInt(used) * 10_000n) / BigInt(committed)) / 10_000
  return { committed, used, left: left(used), share, left_at_end: left(atEnd) }
}

const exact = (value: bigint): WholeNumber =>
  value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER ? Number(value) : value
