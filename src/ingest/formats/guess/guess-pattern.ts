import * as kind from './value-kinds.ts'

/** A field of a line: its text, and the sign around it. */
type Token = { text: string; around: '"' | '[' | '' }
type Column = { around: Token['around']; values: string[] }

/** Separators of fields, the most particular first. */
const separators = ['\t', '|', ' '] as const
type Separator = (typeof separators)[number]

/** At least this many fields: time, status, bytes, target and one more. */
const fieldsMin = 5

/** An nginx log_format for lines of text, and the variables in it that are not nginx's own. */
export type GuessedPattern = { nginx: string; ignore: string[]; notes: string[] }

/**
 * Proposes a pattern for lines of text: the fields that most lines have, each by the form of its values.
 * @returns null when most lines do not have the same fields
 */
export function guessPattern(lines: readonly string[]): GuessedPattern | null {
  for (const separator of separators) {
    const columns = columnsOf(lines.map((line) => tokensOf(line, separator)))
    if (columns && columns.length >= fieldsMin) return patternOf(columns, separator)
  }
  return null
}

function tokensOf(line: string, separator: Separator): Token[] {
  if (separator !== ' ') return line.split(separator).map((text) => ({ text, around: '' }))
  const pieces = line.matchAll(/"((?:[^"\\]|\\.)*)"(?= |$)|\[([^\]]*)\](?= |$)|(\S+)/g)
  return [...pieces].map(([, quoted, bracketed, bare = '']): Token => {
    if (quoted !== undefined) return { text: quoted, around: '"' }
    return bracketed === undefined ? { text: bare, around: '' } : { text: bracketed, around: '[' }
  })
}

/** The columns of the lines that have the most common form; null when it is that of fewer than half. */
function columnsOf(lines: readonly Token[][]): Column[] | null {
  const forms = new Map<string, Token[][]>()
  for (const tokens of lines) {
    const form = tokens.map(({ around }) => around || 'x').join('')
    forms.set(form, [...(forms.get(form) ?? []), tokens])
  }
  const [most = []] = [...forms.values()].sort((a, b) => b.length - a.length)
  if (most.length * 2 < lines.length) return null
  return (most[0] ?? []).map(({ around }, at) => ({
    around,
    values: most.map((tokens) => tokens[at]?.text ?? ''),
  }))
}

type Rule = { variable: string; fits: (column: Column) => boolean }

const quoted = ({ around }: Column) => around === '"'
const of = (variable: string, test: (values: readonly string[]) => boolean): Rule => ({
  variable,
  fits: ({ values }) => test(values),
})

/** Each variable is given once, to the first field that fits; the order decides between several that do. */
const rules: readonly Rule[] = [
  of('time_local', kind.isClfTime),
  of('time_iso8601', kind.isRfc3339),
  of('msec', kind.isUnixTime),
  of('request', kind.isRequest),
  of('request_method', kind.isMethod),
  of('remote_addr', kind.isAddress),
  of('http_x_forwarded_for', kind.isAddressList),
  of('host', kind.isHostName),
  of('request_uri', kind.isPath),
  of('status', kind.isStatus),
  { variable: 'http_referer', fits: ({ values }) => kind.isUrl(values) },
  { variable: 'http_user_agent', fits: (column) => quoted(column) && kind.isAgent(column.values) },
  of('upstream_cache_status', kind.isCacheWord),
  of('request_time', kind.isFraction),
]

function patternOf(columns: readonly Column[], separator: Separator): GuessedPattern {
  const names: (string | undefined)[] = columns.map(() => undefined)
  for (const { variable, fits } of rules) {
    const isTime = ['time_local', 'time_iso8601', 'msec'].includes(variable)
    if (isTime && names.some((name) => name !== undefined)) continue
    const at = columns.findIndex((column, index) => names[index] === undefined && fits(column))
    if (at >= 0) names[at] = variable
  }
  const sizes = sizeColumns(columns, names)
  const [bytesAt] = sizes
  if (bytesAt !== undefined) names[bytesAt] = 'bytes_sent'
  const variables = names.map((name, at) => name ?? unknownName(columns[at], at))
  const fields = columns.map(({ around }, at) => {
    const variable = `$${variables[at]}`
    if (around === '"') return `"${variable}"`
    return around === '[' ? `[${variable}]` : variable
  })
  const ignore = variables.filter((name) => name.startsWith('field_'))
  return { nginx: fields.join(separator), ignore, notes: notesOf(sizes) }
}

/** Nothing in a line says which of its numbers was sent. */
function notesOf([taken, ...others]: readonly number[]): string[] {
  if (taken === undefined) return ['bytes: no field is a size']
  if (others.length === 0) return []
  const also = others.map((at) => at + 1).join(', ')
  return [
    `bytes: field ${taken + 1} was taken; see that it is what the server sent. Numbers are also in field ${also}.`,
  ]
}

/** Text that changes may be a client's, as a header is: the check of patterns knows it by such a name. */
function unknownName(column: Column | undefined, at: number): string {
  const values = column?.values ?? []
  const isFixed = new Set(values).size <= 1 || values.every((value) => value === '-' || kind.isNumber([value]))
  return isFixed || column?.around === '"' ? `field_${at + 1}` : `http_field_${at + 1}`
}

/** Whole numbers, the likeliest size first: that right behind the status, else the one with the largest sum. */
function sizeColumns(columns: readonly Column[], names: readonly (string | undefined)[]): number[] {
  const free = columns.flatMap(({ values }, at) => (names[at] === undefined && kind.isWhole(values) ? [at] : []))
  const behindStatus = names.indexOf('status') + 1
  const sum = (at: number) => (columns[at]?.values ?? []).reduce((total, value) => total + (Number(value) || 0), 0)
  const bySum = free.filter((at) => sum(at) > 0).sort((a, b) => sum(b) - sum(a))
  if (!names.includes('status') || !bySum.includes(behindStatus)) return bySum
  return [behindStatus, ...bySum.filter((at) => at !== behindStatus)]
}
