import { AppError, parameterError } from '../errors.ts'

/** Generous bounds: no route's body has more than four levels, or more members than a create. */
const depthMax = 32
const membersMax = 1_000
/** The longest list of any route has 10,000 items. Each value costs time in the one thread that serves everybody. */
const valuesMax = 20_000

/**
 * A JSON object without its nulls, which SDKs of all ages send for "not given". An empty body is an empty object. The
 * result may be walked by recursion, and each object has a member once.
 * @throws AppError APIGW.0201 when it is no JSON object, too deep or too large; CDN.0001 naming a member that comes
 * twice
 */
export function parseJsonBody(body: Buffer): Record<string, unknown> {
  const text = body.toString('utf8').trim()
  if (text === '') return {}
  const { names, problem } = scan(text)
  if (problem !== null) throw new AppError('APIGW.0201', problem)
  let parsed: unknown
  try {
    parsed = JSON.parse(text, names.some(hasProto) ? withoutProto : undefined)
  } catch {
    throw new AppError('APIGW.0201', 'The body is not JSON')
  }
  if (parsed === null) return {}
  if (typeof parsed !== 'object' || Array.isArray(parsed))
    throw new AppError('APIGW.0201', 'The body is not a JSON object')
  assertNames(names)
  return Object.fromEntries(Object.entries(parsed).filter(([, value]) => value !== null))
}

/** Member names of each object, as written, with their quotes. */
type Names = string[][]

/** Finds depth, size and member names in one pass over the text. The result is meaningless for text that is no JSON. */
function scan(text: string): { names: Names; problem: string | null } {
  const names: Names = []
  const open: (string[] | null)[] = []
  let members = 0
  // Every value but the first of a list or an object follows a comma.
  let values = 0
  for (let at = 0; at < text.length; at++) {
    const mark = text[at]
    if (mark === '"') {
      const end = endOfString(text, at)
      if (isName(text, end)) open.at(-1)?.push(text.slice(at, end))
      at = end - 1
    } else if (mark === '{' || mark === '[') {
      const own = mark === '{' ? [] : null
      open.push(own)
      if (own) names.push(own)
    } else if (mark === '}' || mark === ']') open.pop()
    else if (mark === ':') members += 1
    if (mark === ',' || mark === '{' || mark === '[') values += 1
    if (open.length > depthMax) return { names, problem: `The body is nested more than ${depthMax} levels deep` }
    if (values > valuesMax) return { names, problem: `The body has more than ${valuesMax} values` }
    if (members > membersMax) return { names, problem: `The body has more than ${membersMax} members` }
  }
  return { names, problem: null }
}

/** The position after the string's closing quote. */
function endOfString(text: string, start: number): number {
  for (let from = start + 1; ; ) {
    const end = text.indexOf('"', from)
    if (end < 0) return text.length + 1
    let before = end
    while (before > start && text[before - 1] === '\\') before -= 1
    if ((end - before) % 2 === 0) return end + 1
    from = end + 1
  }
}

function isName(text: string, end: number): boolean {
  let at = end
  while (at < text.length && ' \t\n\r'.includes(text[at] ?? '')) at += 1
  return text[at] === ':'
}

/** Some parsers treat a `__proto__` member specially, so it is dropped, as unknown members are. */
const withoutProto = (name: string, value: unknown) => (name === '__proto__' ? undefined : value)
/** The name may be written with escapes. */
const hasProto = (own: string[]) => own.some((quoted) => quoted.includes('__proto__') || quoted.includes('\\'))

/** Parsers disagree on which of two members with one name counts. */
function assertNames(names: Names): void {
  for (const own of names) {
    const seen = new Set<string>()
    for (const quoted of own) {
      const name = JSON.parse(quoted) as string
      if (seen.has(name)) throw parameterError(name.slice(0, 100), 'it is given twice')
      seen.add(name)
    }
  }
}
