import { type Columns, fieldProjection } from '../line/field-format.ts'
import type { LogFormat } from '../line/log-format.ts'

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
  const read = {
    fields: `JSONExtract(line, 'Tuple(${fields.join(', ')})')`,
    is_line: `${isLine} AND startsWith(trimLeft(line), '{')`,
  }
  return { ...known, namesDomain: true, projection: fieldProjection(read, columns) }
}
