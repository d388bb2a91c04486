import { logFormats } from '../formats/known-formats.ts'
import { formatByName } from '../formats/recognise.ts'
import { type LineCase, type RequestRow, seconds } from './line-case.contract.ts'

/** Cases of a format: its example with one change each. */
export type Change = { why: string; from: string; to: string; countAlso?: string[] } & (
  | { row: Partial<RequestRow> }
  | { rejected: string }
)

/** The example itself, and each change of it. */
export function changedExamples(name: string, example: Partial<RequestRow>, changes: Change[]): LineCase[] {
  const line = formatByName(logFormats, name)?.example ?? ''
  const changed = changes.map(({ why, from, to, ...outcome }) => {
    if (!line.includes(from)) throw new Error(`the example of ${name} has no ${from}`)
    return { why, line: line.replace(from, to), ...outcome }
  })
  return [
    { why: 'counts as its example', line, row: example },
    { why: 'may end in CR', line: `${line}\r`, row: example },
    { why: 'is none when it is words', line: 'hello', rejected: 'fields' },
    { why: 'has no bytes with a plus sign', line: withPlus(line, ['10588', '10240']), rejected: 'bad_bytes' },
    { why: 'has no status with a plus sign', line: withPlus(line, ['200']), rejected: 'bad_status' },
    ...(changed as LineCase[]),
  ]
}

/**
 * Adds a plus sign to the first of these numbers in a line: two signs, as HAProxy writes one; in JSON the number is
 * text.
 */
function withPlus(line: string, numbers: readonly string[]): string {
  const isJson = line.startsWith('{')
  for (const digits of numbers) {
    const number = new RegExp(isJson ? `:"?${digits}"?(?=[,}])` : `(?<=[ \\t/:|])${digits}(?=[ \\t|]|$)`)
    if (number.test(line)) return line.replace(number, isJson ? `:"+${digits}"` : `++${digits}`)
  }
  throw new Error(`no number ${numbers} in ${line}`)
}

/** Columns that the examples share. */
export const common: Partial<RequestRow> = {
  time: seconds('2026-09-01T00:00:01Z'),
  domain: 'www.example.com',
  clientIp: '::ffff:198.51.100.7',
  path: '/a/b.jpg',
  query: 'v=2',
  referrer: '',
  userAgent: 'curl/8.0',
  method: 'GET',
  status: 200,
  bytes: 10588,
  cache: 'hit',
}

export const rejected = (why: string, from: string, to: string, reason: string): Change => ({
  why,
  from,
  to,
  rejected: reason,
})
/** A line that no visitor asked for: it counts only where its class does. */
export const askedBy = (asker: string, from: string, to: string): Change[] => [
  { ...rejected(`is not a visitor’s with ${to}`, from, to, 'not_a_visitor'), countAlso: ['none'] },
  { ...counts(`counts with ${to}, where lines of the class ${asker} do`, from, to, {}), countAlso: ['none', asker] },
]
export const counts = (why: string, from: string, to: string, row: Partial<RequestRow>): Change => ({
  why,
  from,
  to,
  row,
})
