import { calendarDays, movedInZone, type TimeRange } from '../../statistics/time-range.ts'

/** Whole days of logs that a forecast needs: each weekday once. */
export const modelDaysNeeded = 7

/** The days that a forecast copies, and the days to come, each with the day that it copies; unix ms. */
export type Model = TimeRange & { days: TimeRange[]; targets: { target: TimeRange; model: TimeRange }[] }

/**
 * The seven whole days before the logs' end, and the days of the month from then on.
 * @param logsEndMs within the month, or its start
 */
export function modelOf(month: TimeRange, logsEndMs: number, timeZone: string): Model {
  const rest = calendarDays({ startTimeMs: dayStart(logsEndMs, month, timeZone), endTimeMs: month.endTimeMs }, timeZone)
  const endTimeMs = rest[0]?.startTimeMs ?? month.endTimeMs
  const startTimeMs = movedInZone(endTimeMs, { days: -modelDaysNeeded }, timeZone)
  const days = calendarDays({ startTimeMs, endTimeMs }, timeZone)
  // A day that the clocks leap over is no day: then there are six, and no forecast.
  const targets = rest.flatMap((target, n) => {
    const model = days[n % modelDaysNeeded]
    return model ? [{ target, model }] : []
  })
  return { startTimeMs, endTimeMs, days, targets }
}

/** The start of the day with an instant; the month's end for all instants from then on. */
function dayStart(timeMs: number, { startTimeMs, endTimeMs }: TimeRange, timeZone: string): number {
  if (timeMs >= endTimeMs) return endTimeMs
  return calendarDays({ startTimeMs, endTimeMs: timeMs + 1 }, timeZone).at(-1)?.startTimeMs ?? startTimeMs
}
