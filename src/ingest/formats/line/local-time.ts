import { clockOffsets } from '../../../statistics/zone-offsets.ts'

/**
 * SQL of the instant at which the log's zone shows a clock time (statistics/zone-offsets.ts has what it means when
 * clocks change). The engine's own parsing with a zone is hours off around each change.
 * @param clockSeconds SQL of the clock time in unix seconds as if it were UTC, or null
 */
export const localTimeSql = (clockSeconds: string): string =>
  `toDateTime(toInt64(${clockSeconds}) - transform(roundDown(toInt64(${clockSeconds}), {clockFrom:Array(Int64)}), ` +
  `{clockFrom:Array(Int64)}, {clockOffsets:Array(Int64)}, toInt64(0)), 'UTC')`

/** A table takes some 10 ms of Node's, and every load binds one. */
const known = new Map<string, ReturnType<typeof parametersUntil>>()

/** Parameters of the SQL: the lead of a zone's clocks over UTC, from 2000 to the end of next year. */
export function localTimeParameters(logZone: string, nowMs: number) {
  const endMs = Date.UTC(new Date(nowMs).getUTCFullYear() + 2, 0)
  const key = `${logZone} ${endMs}`
  const parameters = known.get(key) ?? parametersUntil(logZone, endMs)
  known.set(key, parameters)
  return parameters
}

function parametersUntil(logZone: string, endTimeMs: number) {
  const table = clockOffsets({ startTimeMs: Date.UTC(2000, 0), endTimeMs }, logZone)
  return { clockFrom: table.fromSeconds, clockOffsets: table.offsetSeconds }
}
