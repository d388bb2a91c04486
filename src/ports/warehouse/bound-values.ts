import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Parameters } from './warehouse.ts'

/** A server takes 128 KiB in one field (http_max_field_value_size); a list of 5,000 domains is longer. */
const fieldBytesMax = 100_000
/**
 * The engine does not fold a constant expression over 1 MiB: it runs for every block of rows, and `IN` scans the whole
 * list (25,000 long names: 30 s instead of 0.3). A subquery runs only once. But `has` of a subquery scans, too, so
 * shorter lists stay expressions.
 */
const constantBytesMax = 1_000_000
/** A server takes 1 MiB of URL (http_max_uri_size), proxies far less. */
const urlBytesMax = 4_096

/** A statement and its values, in the client's form. */
type Bound = { query: string; query_params: Parameters }
type Form = { query: string; values: Readable; http_headers: Record<string, string> }

/**
 * A statement with its values. Lists too long for one field are split over several: `{names:Array(String)}` becomes
 * `arrayConcat({names_0:Array(String)}, {names_1:Array(String)})`. Everything else stays as it is.
 */
export function bound(sql: string, parameters: Parameters): Bound {
  const spread: Parameters = {}
  let query = sql
  for (const [name, value] of Object.entries(parameters)) {
    const pieces = Array.isArray(value) ? piecesOf(value) : []
    if (pieces.length < 2) {
      spread[name] = value
      continue
    }
    for (const [index, piece] of pieces.entries()) spread[`${name}_${index}`] = piece
    const isConstant = pieces.length * fieldBytesMax < constantBytesMax
    query = query.replaceAll(new RegExp(`(\\bIN\\s+)?\\{${name}:([^}]*)\\}`, 'gi'), (_, before = '', type = '') => {
      const whole = `arrayConcat(${pieces.map((_piece, index) => `{${name}_${index}:${type}}`).join(', ')})`
      if (isConstant) return `${before}${whole}`
      return before ? `${before}(SELECT arrayJoin(${whole}))` : `(SELECT ${whole})`
    })
  }
  return { query, query_params: spread }
}

/** Splits a list. An element counts its bytes in a field, or in the engine's memory if that is more. */
function piecesOf(values: unknown[]): unknown[][] {
  const pieces: unknown[][] = []
  let bytes = fieldBytesMax
  for (const value of values) {
    const size = Buffer.byteLength(encoded(value, true)) + 8
    if (bytes + size > fieldBytesMax) {
      pieces.push([])
      bytes = 0
    }
    pieces.at(-1)?.push(value)
    bytes += size
  }
  return pieces
}

/**
 * As `bound`, for `exec`, which would put values into the URL: long ones go into the body, as a form. The client does
 * that itself only for `query` (use_multipart_params_auto).
 */
export function boundInBody(sql: string, parameters: Parameters): Bound | Form {
  const { query, query_params } = bound(sql, parameters)
  const fields = Object.entries(query_params).map(([name, value]) => [`param_${name}`, encoded(value, false)] as const)
  const bytes = fields.reduce((sum, [name, text]) => sum + name.length + text.length, 0)
  if (bytes <= urlBytesMax) return { query, query_params }
  const boundary = randomUUID()
  const parts = fields.map(
    ([name, text]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`,
  )
  return {
    query,
    values: Readable.from([`${parts.join('')}--${boundary}--\r\n`], { objectMode: false }),
    http_headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
  }
}

const escapes: Record<string, string> = { '\\': '\\\\', "'": "\\'", '\t': '\\t', '\n': '\\n', '\r': '\\r' }

/** A bound value in ClickHouse's text form; only strings inside lists are quoted. */
function encoded(value: unknown, isElement: boolean): string {
  if (Array.isArray(value)) return `[${value.map((element) => encoded(element, true)).join(',')}]`
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (typeof value !== 'string') throw new TypeError(`a ${typeof value} cannot be bound`)
  const escaped = value.replaceAll(/[\\'\t\n\r]/g, (character) => escapes[character] ?? character)
  return isElement ? `'${escaped}'` : escaped
}
