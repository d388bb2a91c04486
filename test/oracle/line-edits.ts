/** Random edits of log lines, and what may become of an edited line. Lines are Latin-1, so a character is a byte. */

/** The figures that a line states, or those that are counted. */
export type Figures = { domain: string; client: string; time: number; status: number; bytes: number }
export type Column = keyof Figures
export const columns = ['domain', 'client', 'time', 'status', 'bytes'] as const

type Span = { from: number; to: number }
/** A field of a line, and the columns that are read from it. */
export type Field = Span & { columns: Column[] }
export type Line = { text: string; fields: Field[]; figures: Figures }

/** `stated` is the new text of the fields that were edited; `other` a second line that is on the same one now. */
export type Edit = {
  kind: string
  text: string
  original: Line
  stated: Map<Field, string>
  other?: Line
  cutAt?: number
}

export type Random = { below: (end: number) => number; one: <T>(list: readonly T[]) => T }

/** A generator of equal numbers for equal seeds (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  const below = (end: number) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end
  }
  return { below, one: (list) => list[below(list.length)] as (typeof list)[number] }
}

/** The fields of a line by its signs: members of JSON, or what stands between tabs, bars or blanks. */
export function spansOf(text: string): Span[] {
  if (isJson(text)) return found(text, /"(?:[^"\\]|\\.)*":\s*(?:"(?:[^"\\]|\\.)*"|[^,{}[\]"]+)/g)
  if (text.includes('\t')) return found(text, /[^\t]+/g)
  if (text.split('|').length > 8) return found(text, /[^|]+/g)
  return found(text, /"[^"]*"|\[[^\]"]*\]|[^\s"]+/g)
}

const found = (text: string, pattern: RegExp): Span[] =>
  [...text.matchAll(pattern)].map(({ index, 0: { length } }) => ({ from: index, to: index + length }))

/** The line of a text, whose columns stand where the texts of other requests differ. */
export function lineOf(text: string, figures: Figures, others: Record<Column, string>): Line {
  const differs = (column: Column, { from, to }: Span) => text.slice(from, to) !== others[column].slice(from, to)
  const fields = spansOf(text).map((span) => ({ ...span, columns: columns.filter((column) => differs(column, span)) }))
  return { text, figures, fields }
}

const inserted = ['"', '\\', ' ', '\t', '\r', '\x80', '\xff', '\xe4\xb8\xad'] as const

/** Every kind of edit. */
const kinds: Record<string, (line: Line, random: Random, other: Line) => Omit<Edit, 'kind' | 'original'> | null> = {
  none: ({ text }) => ({ text, stated: new Map() }),
  insert: (line, random) => {
    const at = place(line, random)
    const sign = random.one(inserted)
    const withSign = (text: string, index: number) => text.slice(0, index) + sign + text.slice(index)
    const touched = line.fields.filter(({ from, to }) => from <= at && at <= to)
    const stated = touched.map((field) => [field, withSign(textOf(line, field), at - field.from)] as const)
    return { text: withSign(line.text, at), stated: new Map(stated) }
  },
  unquote: ({ text }, random) => {
    const quotes = found(text, /"/g)
    if (quotes.length === 0) return null
    const { from, to } = random.one(quotes)
    return { text: text.slice(0, from) + text.slice(to), stated: new Map() }
  },
  cut: (line, random) => {
    const at = place(line, random)
    const touched = line.fields.filter(({ to }) => to >= at)
    const stated = touched.map((field) => [field, line.text.slice(field.from, Math.max(field.from, at))] as const)
    return { text: line.text.slice(0, at), stated: new Map(stated), cutAt: at }
  },
  drop: (line, random) => {
    const field = random.one(line.fields)
    const { from, to } = withSeparator(line.text, field)
    return { text: line.text.slice(0, from) + line.text.slice(to), stated: new Map([[field, '']]) }
  },
  double: ({ text, fields }, random) => {
    const { from, to } = random.one(fields)
    const between = isJson(text) ? ',' : (/[\t| ]/.exec(text.slice(to))?.[0] ?? ' ')
    return { text: text.slice(0, to) + between + text.slice(from), stated: new Map() }
  },
  swap: (line, random) => {
    const at = random.below(line.fields.length - 1)
    // Neighbours are swapped more often than others.
    const further = random.below(2) === 0 ? at + 1 : at + 1 + random.below(line.fields.length - 1 - at)
    const [first, second] = [line.fields[at], line.fields[further]] as [Field, Field]
    const [a, b] = [textOf(line, first), textOf(line, second)]
    if (isJson(line.text) && nameOf(a) === nameOf(b)) return null
    const text = line.text.slice(0, first.from) + b + line.text.slice(first.to, second.from) + a
    // Members of JSON and labels say what they are, wherever they stand.
    const stated = isNamed(line.text)
      ? new Map([
          [first, a],
          [second, b],
        ])
      : new Map([
          [first, b],
          [second, a],
        ])
    return { text: text + line.text.slice(second.to), stated }
  },
  join: ({ text }, random, other) => ({
    text: text + random.one(['', '', ' ', '\r']) + other.text,
    stated: new Map(),
    other,
  }),
  cut_and_join: (line, random, other) => {
    const cutAt = Math.max(1, place(line, random))
    return { text: line.text.slice(0, cutAt) + other.text, stated: new Map(), other, cutAt }
  },
}

const isJson = (text: string) => text.includes('{"')
const isNamed = (text: string) => isJson(text) || /^\w+:[^\t]*\t\w+:/.test(text)
/** The name of a member of JSON. */
const nameOf = (text: string) => /^"([^"]*)":/.exec(text)?.[1] ?? ''
const textOf = ({ text }: Line, { from, to }: Span) => text.slice(from, to)

/** A place in a line: every other one in or beside a field that is counted. */
function place({ text, fields }: Line, random: Random): number {
  const counted = fields.filter((field) => field.columns.length > 0)
  if (random.below(2) === 0 || counted.length === 0) return random.below(text.length)
  const { from, to } = random.one(counted)
  return from + random.below(to - from + 1)
}

function withSeparator(text: string, { from, to }: Span): Span {
  if (/[\t| ,]/.test(text.charAt(from - 1))) return { from: from - 1, to }
  return { from, to: /[\t| ,]/.test(text.charAt(to)) ? to + 1 : to }
}

const weighted = [...Object.keys(kinds), 'insert', 'insert', 'insert', 'cut', 'drop', 'double', 'swap', 'swap']

/** An edit of a line; `other` is one that it may be joined with. */
export function editOf(line: Line, other: Line, random: Random): Edit {
  const kind = random.one(weighted)
  const edit = kinds[kind]?.(line, random, other)
  return edit ? { kind, original: line, ...edit } : editOf(line, other, random)
}

const addressPattern = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])/g
/** A word is the name of a host, too, and so is an address: two fields that both may be one can change places. */
const wordPattern = /^(?=.*[a-z]|[\d.]{7})[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/
const namePattern = /^(?=.*[a-z])[a-z0-9_](?:[a-z0-9_.-]*\.[a-z0-9_.-]*)[a-z0-9_]$/

/** The values of a column that a field's text states; none when it is no value of it. */
function readings(column: Column, text: string, hosts = namePattern): (string | number)[] {
  const value = text.replace(/^"[^"]*":\s*|^[a-z_]+:(?!\/)/, '').replaceAll(/^["{[ ]+|["}\] \r]+$/g, '')
  if (column === 'client') return [...value.matchAll(addressPattern)].map(([address]) => address).concat('::')
  if (column === 'bytes') return /^\d+$/.test(value) ? [Number(value)] : value === '-' ? [0] : []
  if (column === 'status') return [...value.matchAll(/(?:^|\/)(\d{3}|0|-)$/g)].map(([, digits]) => Number(digits) || 0)
  if (column === 'time')
    return [...value.matchAll(/(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)$/g)]
      .map(([, clock, zone]) => Date.parse(`${clock}${zone}`))
      .concat([...value.matchAll(/^(\d{10})(?:\d{3}){0,3}(?:\.\d+)?$/g)].map(([, seconds]) => Number(seconds) * 1_000))
  const name = (/:\/\/([^/?#"]*)/.exec(value)?.[1] ?? value).replace(/\.?(:\d*)?$/, '').toLowerCase()
  return hosts.test(name) ? [name] : []
}

/** The readings that an edited line may have: as the original, or as the edited field states it. */
export type Rules = {
  /** Columns that a line may end in: cut within one, it cannot be told from a whole one. */
  endsIn?: readonly Column[]
  /** A user's name stands behind the host and may hold blanks, so that a blank ends the host. */
  hasUser?: boolean
  /** The user's name may be any text: where one line was cut in its beginning, the next one is a part of it. */
  hasFreeUser?: boolean
  /** The size is a sum of two fields, each a number among others. */
  sums?: boolean
  /** Client, domain and target are in one object, whose name may be edited: then nothing of the request is stated. */
  losesObject?: boolean
  /** The delivery's domain, which a line has whose own is no domain. */
  stated?: string
  /** Values that a column has where its field is not there, as the format documents it. */
  without?: Partial<Record<Column, (figures: Figures) => (string | number)[]>>
}

/** Says what is wrong with the figures that an edited line counts with; null when nothing is, or it does not count. */
export function faultOf(edit: Edit, counted: Figures | null, rules: Rules): string | null {
  if (!counted) return edit.kind === 'none' ? 'a sound line does not count' : null
  if (edit.other) return faultOfJoined(edit, edit.other, counted, rules)
  const isObjectLost = rules.losesObject && counted.client === '::' && counted.domain === rules.stated
  for (const column of columns) {
    const [was, is] = [edit.original.figures[column], counted[column]]
    const isLost = isObjectLost && (column === 'domain' || column === 'client')
    if (was !== is && !isLost && !states(edit, column, is, rules)) return `${column} ${was} became ${is}`
  }
  return null
}

function states({ kind, original, stated }: Edit, column: Column, value: string | number, rules: Rules): boolean {
  const edited = [...stated].filter(([field]) => field.columns.includes(column))
  if (column === 'domain' && value === rules.stated && edited.length > 0) return true
  const isCut = kind === 'cut' && edited.some(([field, text]) => text !== textOf(original, field))
  if (isCut && (column === 'bytes' || column === 'domain')) return rules.endsIn?.includes(column) ?? false
  if (kind === 'swap' && column === 'bytes' && rules.sums && [...stated.values()].every((text) => /^\d+$/.test(text)))
    return true
  // A member that changed places may be in another object now.
  const isMoved = kind === 'swap' && isJson(original.text) && edited.length > 0
  const isGone =
    isMoved ||
    edited.some(([field, text]) => text === '' || text === '-' || nameOf(text) !== nameOf(textOf(original, field)))
  const gone = isGone ? (rules.without?.[column]?.(original.figures) ?? []) : []
  const texts = edited.flatMap(([, text]) =>
    rules.hasUser && column === 'domain' ? [text, text.split(/[ \t]/)[0] as string] : [text],
  )
  return (
    edited.length > 0 &&
    [
      ...gone,
      ...texts.flatMap((text) => readings(column, text, kind === 'swap' || rules.hasUser ? wordPattern : namePattern)),
    ].includes(value)
  )
}

/** Of two requests on a line none may vanish; one that was cut before its size had none yet. */
function faultOfJoined(
  { original, cutAt = Number.POSITIVE_INFINITY }: Edit,
  other: Line,
  counted: Figures,
  rules: Rules,
): string | null {
  if (original.fields.some(({ columns: read, to }) => read.includes('bytes') && to <= cutAt))
    return 'one of two requests vanished'
  const glued = other.fields.find((field) => field.columns.length > 0) as Field
  const before = /[^\s|"]*$/.exec(original.text.slice(0, cutAt))?.[0] ?? ''
  const isStated = (column: Column): boolean | undefined =>
    (counted[column] === original.figures[column] &&
      (column === 'client' ||
        (column === 'time' && glued.columns.includes(column)) ||
        (column === 'domain' && rules.hasFreeUser))) ||
    (column === 'client' && counted.client === '::' && rules.hasFreeUser) ||
    (glued.columns.includes(column) && readings(column, before + textOf(other, glued)).includes(counted[column]))
  const wrong = columns.filter((column) => counted[column] !== other.figures[column] && !isStated(column))
  return wrong.length === 0 ? null : `${wrong.join()} of a joined line`
}
