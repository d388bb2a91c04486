import type { ExportTaskRow } from '../../ports/database/schema.ts'
import type { ExportRequest } from './export-request.ts'

/** What tasks of builds before these fields were asked for: as they were made then. */
const olderDefaults = { coverageColumn: false, requireFinal: null, billing: null } as const

/** The request that a task keeps, with every field that an export has today. */
export const requestOf = (task: Pick<ExportTaskRow, 'request_json'>): ExportRequest => ({
  ...olderDefaults,
  ...(JSON.parse(task.request_json) as ExportRequest),
})
