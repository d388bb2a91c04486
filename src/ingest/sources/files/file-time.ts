const date = String.raw`(20\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])`
const time = String.raw`(?:[-_.T]?([01]\d|2[0-3])(?:[-_.:]?([0-5]\d)(?:[-_.:]?([0-5]\d))?)?)?`
const pattern = new RegExp(String.raw`(?<!\d)${date}${time}(?!\d)`)

/**
 * The time in a log's name, unix ms, for the order of files: `2026090108-www.example.com-cn.gz`,
 * `E2.2026-09-01-08.a1b2.gz`, `access.log-20260901`. It is read as UTC. Null when the name has no time.
 */
export function timeInName(path: string): number | null {
  const found = pattern.exec(path.slice(path.lastIndexOf('/') + 1))
  if (!found) return null
  const [, year, , month, day, hour = 0, minute = 0, second = 0] = found
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
}
