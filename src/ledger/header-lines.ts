/**
 * Reasons of lines that are no requests and were never meant to be: headers and blank lines. The warehouse keeps them
 * beside the rejected lines, under their reasons; figures count them apart, so that the rejected share is true.
 */
export const headerReasons: readonly string[] = ['blank', 'header']

/** Reasons of rejected lines that a rule left out, not damage: nothing lacks in the figures for want of them. */
export const reasonsByRule: readonly string[] = [
  'domain_not_allowed',
  'before_retention',
  'not_a_visitor',
  'server_message',
]

/** Splits lines without a request, by reason, into headers and rejected lines. */
export function splitHeaders(reasons: readonly { reason: string; lines: number }[]): {
  headerLines: number
  rejectedLines: number
} {
  const isHeader = (row: { reason: string }) => headerReasons.includes(row.reason)
  const sum = (rows: readonly { lines: number }[]) => rows.reduce((lines, row) => lines + row.lines, 0)
  return {
    headerLines: sum(reasons.filter(isHeader)),
    rejectedLines: sum(reasons.filter((row) => !isHeader(row))),
  }
}
