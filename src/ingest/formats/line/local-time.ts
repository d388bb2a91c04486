import { clockOffsets } from '../../../statistics/zone-offsets.ts'

const leadSql = (from: string, clockSeconds: string) =>
  `transform(roundDown(toInt64(${clockSeconds}), {${from}:Array(Int64)}), {${from}:Array(Int64)}, {clockOffsets:Array(Int64)}, toInt64(0))`

/** True for lines behind which an hour that is shown twice is the second. The engine leaves it out where there is none. */
const isSecondTime =
  'length({passFrom:Array(UInt64)}) > 1 AND transform(roundDown(line_number + {linesBefore:UInt64}, {passFrom:Array(UInt64)}), ' +
  '{passFrom:Array(UInt64)}, {passes:Array(UInt8)}, toUInt8(0)) = 1'

/**
 * SQL of the instant at which the log's zone shows a clock time (statistics/zone-offsets.ts has what it means when
 * clocks change). The engine's own parsing with a zone is hours off around each change.
 * @param clockSeconds SQL of the clock time in unix seconds as if it were UTC, or null
 */
export const localTimeSql = (clockSeconds: string): string =>
  `toDateTime(toInt64(${clockSeconds}) - if(${isSecondTime}, ${leadSql('laterFrom', clockSeconds)}, ${leadSql('clockFrom', clockSeconds)}), 'UTC')`

/** A table takes some 10 ms of Node's, and every load binds one. */
const known = new Map<string, ReturnType<typeof parametersUntil>>()

/**
 * Parameters of the SQL: the lead of a zone's clocks over UTC, from 2000 to the end of next year. An hour that the clocks
 * show twice is the first, but for lines that a survey tells (repeated-hours.ts).
 */
export function localTimeParameters(logZone: string, nowMs: number) {
  const endMs = Date.UTC(new Date(nowMs).getUTCFullYear() + 2, 0)
  const key = `${logZone} ${endMs}`
  const parameters = known.get(key) ?? parametersUntil(logZone, endMs)
  known.set(key, parameters)
  return parameters
}

function parametersUntil(logZone: string, endTimeMs: number) {
  const { fromSeconds, laterSeconds, offsetSeconds } = clockOffsets(
    { startTimeMs: Date.UTC(2000, 0), endTimeMs },
    logZone,
  )
  const oneTime = { passFrom: [0], passes: [0] }
  return { clockFrom: fromSeconds, laterFrom: laterSeconds, clockOffsets: offsetSeconds, ...oneTime }
}
