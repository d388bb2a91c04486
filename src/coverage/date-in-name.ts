const dayMs = 86_400_000

/**
 * The date in a file's name, wherever it stands: `20260917`, perhaps with a time behind it, or `2026-09-17` with `-`,
 * `_` or `.` between. A name with two different dates has none; dates that the calendar does not have do not count.
 * file-days.sql has the same rule.
 * @returns days since 1970-01-01, or null
 */
export function dayInName(name: string): number | null {
  const numbers = [...name.matchAll(/\d+/g)].map((match) => ({
    digits: match[0],
    endsAt: match.index + match[0].length,
  }))
  const between = (n: number) => name.slice(numbers[n]?.endsAt, (numbers[n + 1]?.endsAt ?? 0) - lengthOf(n + 1))
  const lengthOf = (n: number) => numbers[n]?.digits.length ?? 0
  const found = numbers.flatMap(({ digits }, n) => {
    if ([8, 10, 12, 14].includes(digits.length)) return dayOf(digits.slice(0, 8))
    const isInParts = digits.length === 4 && lengthOf(n + 1) === 2 && lengthOf(n + 2) === 2
    if (!isInParts || !/^[-_.]$/.test(between(n)) || between(n + 1) !== between(n)) return []
    return dayOf(`${digits}${numbers[n + 1]?.digits}${numbers[n + 2]?.digits}`)
  })
  const days = new Set(found)
  return days.size === 1 ? (found[0] as number) : null
}

/** The day of eight digits; empty if the calendar, or the years from 2000 to 2099, do not have it. */
function dayOf(digits: string): number[] {
  const date = `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`
  const timeMs = Date.parse(`${date}T00:00:00Z`)
  const isDate = digits.startsWith('20') && !Number.isNaN(timeMs) && new Date(timeMs).toISOString().startsWith(date)
  return isDate ? [timeMs / dayMs] : []
}
