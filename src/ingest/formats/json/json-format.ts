import { fillSlots, sqlFile } from '../../../ports/warehouse/sql-file.ts'
import { type Columns, fieldProjection } from '../line/field-format.ts'
import type { LogFormat } from '../line/log-format.ts'
import { mendedJsonSql } from './mended-json.ts'

const jsonFields = sqlFile(import.meta.url, './json-fields.sql')
const isObject = `startsWith(trimLeft(line), '{')`

/**
 * A format of JSON lines, one object each.
 * @param fields names and types in JSONExtract's form
 * @param isLine SQL that is true if the line has the fields that every line of the format has; by default, the first
 *   field
 */
export function jsonFormat(
  format: Omit<LogFormat, 'projection' | 'namesDomain'> & { fields: string[]; isLine?: string; columns: Columns },
): LogFormat {
  const { fields, columns, isLine = `f.1 != ''`, ...known } = format
  return { ...known, namesDomain: true, projection: jsonProjection(`'Tuple(${fields.join(', ')})'`, isLine, columns) }
}

/**
 * The projection of JSON lines.
 * @param type SQL of the fields' type in JSONExtract's form
 */
export function jsonProjection(type: string, isLine: string, columns: Columns): string {
  const read = {
    fields: fillSlots(jsonFields, { is_object: isObject, mended_text: mendedJsonSql('as_text'), type }),
    is_line: `(${isLine}) AND ${isObject}`,
  }
  const { target, referrer, user_agent } = columns
  const sent = { target: asSentSql(target), referrer: asSentSql(referrer), user_agent: asSentSql(user_agent) }
  return fieldProjection(read, { ...columns, ...sent })
}

/** A text as its client sent it: a line that is not UTF-8 was read as Latin-1. */
const asSentSql = (text: string): string => `if(isValidUTF8(line), ${text}, convertCharset(${text}, 'utf-8', 'latin1'))`

/**
 * Recognises an object with these names, whatever blanks stand around them.
 * @param names each as an expression, perhaps with one that begins its value
 */
export const objectWith = (...names: (string | [name: string, value: string])[]): RegExp => {
  const found = names.map((name) => (typeof name === 'string' ? [name, ''] : name))
  return new RegExp(`^\\s*\\{${found.map(([name, value]) => `(?=.*"(?:${name})"\\s*:\\s*${value})`).join('')}`)
}
