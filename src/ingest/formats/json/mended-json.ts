/**
 * SQL that makes JSON of a line that is none. A client must not keep its requests off a bill by its bytes: control
 * characters and escapes that JSON does not have are read as they stand, and a bare `-` or list as text. A line that
 * still is no JSON has no fields.
 */

const sql = String.raw

const all = (pattern: string, replacement: string) => (text: string) =>
  `replaceRegexpAll(${text}, '${pattern}', '${replacement}')`
const each = (from: string, to: string) => (text: string) => `replaceAll(${text}, '${from}', '${to}')`
const translated = (from: string, to: string) => (text: string) => `translate(${text}, '${from}', '${to}')`

const controls = Array.from({ length: 32 }, (_, code) => sql`\x` + code.toString(16).padStart(2, '0')).join('')

/**
 * Each step takes linear time. Once no control character is left, `\1` to `\5` mark what later steps must pass over.
 */
const steps: readonly ((text: string) => string)[] = [
  // A raw control character gets `\u00` before it, and becomes its own last digit.
  all(sql`[\\x00-\\x0f]`, sql`\\\\u000\\0`),
  all(sql`[\\x10-\\x1f]`, sql`\\\\u001\\0`),
  translated(controls, '0123456789abcdef'.repeat(2)),
  each(sql`\\\\`, sql`\x01`),
  each(sql`\\"`, sql`\x02`),
  // nginx and Apache write `\x22` for a quote.
  all(sql`\\\\x([0-9A-Fa-f]{2})`, sql`\\\\u00\\1`),
  // A whole `\u` escape is kept, but half of a pair is none.
  all(sql`\\\\(u[Dd][89ABab][0-9A-Fa-f]{2})\\\\(u[Dd][C-Fc-f][0-9A-Fa-f]{2})`, sql`\x05\\1\x05\\2`),
  all(sql`\\\\(u(?:[0-9A-CE-Fa-ce-f][0-9A-Fa-f]|[Dd][0-7])[0-9A-Fa-f]{2})`, sql`\x05\\1`),
  all(sql`\\\\([^/bfnrt])`, sql`\x01\\1`),
  // Every quote now begins or ends a string, and a value without quotes gets them.
  all(sql`"([^"]*)"`, sql`\x03\\1\x04`),
  all(sql`(\x04\\s*:\\s*)([^\x03\x04{}\\[\\]]*?)(\\s*(?:,\\s*\x03|\\}))`, sql`\\1\x03\\2\x04\\3`),
  each(sql`\x01`, sql`\\\\`),
  each(sql`\x02`, sql`\\"`),
  translated(sql`\x03\x04\x05`, sql`""\\`),
]

/** @param text SQL of valid UTF-8 */
export const mendedJsonSql = (text: string): string =>
  steps.reduce((mended, step) => step(mended), sql`trimRight(${text}, '\r')`)
