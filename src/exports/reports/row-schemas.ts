import type { Column } from '../files/columns.ts'
import { type Action, actions } from '../request/actions.ts'
import type { ExportRequest } from '../request/export-request.ts'
import { reports } from './catalogue.ts'
import type { ReportColumn } from './report.ts'

/** A request with every column that an action can have: grouped, and broken down as far as possible. */
const widest = (action: Action) =>
  ({ action, groupBy: 'domain', byProvince: true, coverageColumn: true }) as ExportRequest

const types: Record<Column['type'], object> = {
  time: { type: 'string', format: 'date-time' },
  offset: { type: 'string' },
  text: { type: 'string' },
  integer: { type: 'integer' },
  decimal: { type: 'number' },
}

/**
 * A row of each table of each action, by JSONL's keys and Parquet's column names, for the OpenAPI document. `domain`,
 * the provinces and `coverage` occur only in files that are asked for them.
 */
export function rowSchemas(): Record<string, object> {
  const tables = actions.flatMap((action) => reports[action].tables(widest(action)).map((table) => ({ action, table })))
  return Object.fromEntries(
    tables.map(({ action, table }, n) => {
      const isFirst = tables.findIndex((other) => other.action === action) === n
      return [`row.${action}${isFirst ? '' : `.${table.name}`}`, rowSchema(table.columns)]
    }),
  )
}

const rowSchema = (columns: readonly ReportColumn[]) => ({
  type: 'object',
  properties: Object.fromEntries(
    columns.map(({ name, title, type, unit, meaning }) => [
      name,
      {
        anyOf: [types[type], { type: 'null' }],
        description: `${title.en}${unit === null ? '' : `; unit ${unit}`}. ${meaning}`,
      },
    ]),
  ),
})
