import { visibleSql } from '../../ledger/visible.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import { commonParameters, type ReportInput } from './report.ts'

const statement = fillSlots(sqlFile(import.meta.url, './watermark.sql'), { visible: visibleSql })

/** The watermarks of a report's input: one query for all of its tables, and for the coverage in its files. */
export async function readWatermarks(
  input: Pick<ReportInput, 'rows' | 'request' | 'domains' | 'version'>,
): Promise<Map<string, number>> {
  const parameters = { ...commonParameters(input), from: input.request.startTimeMs / 1000 }
  const rows = await input.rows<{ domain: string; watermark: number }>(statement, parameters)
  return new Map(rows.map((row) => [row.domain, row.watermark]))
}
