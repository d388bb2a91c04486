import type { ExportTaskRow } from '../../ports/database/schema.ts'
import { contractDialect } from './csv-dialect.ts'
import type { ExportRequest } from './export-request.ts'

/** Defaults for tasks of builds before these fields: such tasks were made this way. */
const olderDefaults = {
  coverageColumn: false,
  requireFinal: null,
  billing: null,
  isCut: false,
  csv: contractDialect,
} as const

/** The request that a task keeps, with every field that an export has today. */
export const requestOf = (task: Pick<ExportTaskRow, 'request_json'>): ExportRequest => ({
  ...olderDefaults,
  ...(JSON.parse(task.request_json) as ExportRequest),
})
