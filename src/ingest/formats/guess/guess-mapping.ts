import type { LinePart } from '../line/line-parts.ts'
import * as kind from './value-kinds.ts'

/** Paths of an object's names, with the values of a sample. */
type Values = Map<string, string[]>

/** Signs of a part: its path, in lower case, and its values. The first path that fits is taken. */
type Rule = { part: LinePart; path: RegExp; fits: (values: readonly string[]) => boolean }

const any = () => true
const rules: readonly Rule[] = [
  {
    part: 'time',
    path: /time|date|^ts$|[._]ts$|@t/,
    fits: (values) => kind.isRfc3339(values) || kind.isUnixTime(values) || kind.isClfTime(values),
  },
  { part: 'date', path: /date/, fits: kind.isDate },
  { part: 'time_of_day', path: /time/, fits: kind.isTimeOfDay },
  { part: 'host', path: /vhost|domain|authority|host|server_name/, fits: kind.isHostName },
  { part: 'client', path: /client|remote|peer|c_?ip|(^|[._])ip$|addr/, fits: kind.isAddress },
  { part: 'forwarded_for', path: /forward|xff/, fits: kind.isAddressList },
  { part: 'request', path: /request|line/, fits: kind.isRequest },
  { part: 'method', path: /method|verb/, fits: kind.isMethod },
  { part: 'target', path: /ur[il]|target|path|request/, fits: kind.isPathOrUrl },
  { part: 'query', path: /query|args|param/, fits: any },
  { part: 'status', path: /status|code|response/, fits: kind.isStatus },
  {
    part: 'bytes',
    path: /(sent|out|resp|body|down|sc).*(byte|size|length)|(byte|size).*(sent|out|resp|down)/,
    fits: kind.isWhole,
  },
  { part: 'bytes', path: /byte|size|length/, fits: kind.isWhole },
  { part: 'referrer', path: /refer/, fits: any },
  { part: 'user_agent', path: /agent|^ua$|[._]ua$/, fits: any },
  { part: 'cache', path: /cache|hit/, fits: kind.isCacheWord },
  { part: 'duration', path: /dur|time|latency|took|elapsed/, fits: kind.isWithUnit },
  { part: 'duration_ms', path: /(dur|time|latency|took|elapsed).*(ms|milli)/, fits: kind.isNumber },
  { part: 'duration_us', path: /(dur|time|latency|took|elapsed).*(us|micro)/, fits: kind.isNumber },
  { part: 'duration_ns', path: /(dur|time|latency|took|elapsed).*(ns|nano)/, fits: kind.isNumber },
  { part: 'duration_s', path: /dur|request_time|latency|took|elapsed/, fits: kind.isFraction },
]

const aSize = /byte|size|length/
/** Names of what the server was sent, or sent on, which are not the answer's size. nginx's content_length is the request's. */
const notTheAnswer =
  /req|rec(ei)?v|rcv|(^|[._])(cs|rx|in|up)([._(-]|$)|bytes_?in|in_?bytes|upload|ingress|upstream|origin|content_?length|[._]read/
const surelySent = /sent|out|resp|down|(^|[._])(sc|tx)([._(-]|$)/

export type GuessedMapping = { mapping: Partial<Record<LinePart, string>>; notes: string[] }

/** Proposes a mapping for lines of JSON objects; null when fewer than half of the lines are such. */
export function guessMapping(lines: readonly string[]): GuessedMapping | null {
  const objects = lines.flatMap((line) => objectOf(line))
  if (objects.length === 0 || objects.length * 2 < lines.length) return null
  const values: Values = new Map()
  for (const object of objects) collect(values, object, '')
  const mapping: Partial<Record<LinePart, string>> = {}
  for (const { part, path, fits } of rules) {
    const isTime = ['date', 'time_of_day'].includes(part) && mapping.time !== undefined
    const isDuration = part.startsWith('duration') && Object.keys(mapping).some((one) => one.startsWith('duration'))
    if (mapping[part] !== undefined || isTime || isDuration) continue
    const found = [...values].find(
      ([name, texts]) => isFree(mapping, name) && isSize(part, name) && path.test(name.toLowerCase()) && fits(texts),
    )
    if (found) mapping[part] = found[0]
  }
  return { mapping, notes: notesOf(mapping.bytes, values) }
}

/** Says which size was taken, where its name does not say that it was sent; and which were not. */
function notesOf(taken: string | undefined, values: Values): string[] {
  const sizes = [...values]
    .filter(([name, texts]) => name !== taken && aSize.test(name.toLowerCase()) && kind.isWhole(texts))
    .map(([name]) => name)
  const others = sizes.length > 0 ? ` Not taken: ${sizes.join(', ')}.` : ''
  if (taken === undefined) return [`bytes: no name says that it is the size of an answer.${others}`]
  if (surelySent.test(taken.toLowerCase())) return []
  return [`bytes: ${taken} was taken; see that it is what the server sent.${others}`]
}

const isFree = (mapping: Partial<Record<LinePart, string>>, name: string) => !Object.values(mapping).includes(name)
/** `httpRequest.responseSize` is of an answer, `req.body_size` is not. */
function isSize(part: LinePart, name: string): boolean {
  const [last = ''] = name.toLowerCase().split('.').toReversed()
  const isSent = surelySent.test(last) && !/upstream|origin|request/.test(last)
  return part !== 'bytes' || isSent || !notTheAnswer.test(name.toLowerCase())
}

function objectOf(line: string): Record<string, unknown>[] {
  if (!line.startsWith('{')) return []
  try {
    return [JSON.parse(line) as Record<string, unknown>]
  } catch {
    return []
  }
}

/** Deeper names are of headers and the like, of which only the first levels are looked at. */
const levelsMax = 4

function collect(values: Values, object: Record<string, unknown>, above: string): void {
  for (const [name, value] of Object.entries(object)) {
    const path = above === '' ? name : `${above}.${name}`
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      values.set(path, [...(values.get(path) ?? []), String(value)])
    else if (typeof value === 'object' && value !== null && !Array.isArray(value) && path.split('.').length < levelsMax)
      collect(values, value as Record<string, unknown>, path)
  }
}
