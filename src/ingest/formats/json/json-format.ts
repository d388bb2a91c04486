import { type Columns, fieldProjection } from '../line/field-format.ts'
import type { LogFormat } from '../line/log-format.ts'

/**
 * A format of JSON lines, one object each.
 * @param fields names and types as JSONExtract takes them
 * @param isLine SQL of whether a line has what every line of the format has; without it, whether the first field is there
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
