import { visibleSql } from '../../ledger/visible.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import { type AskedData, commonParameters, type ReadRows } from './data.ts'

const statement = fillSlots(sqlFile(import.meta.url, './watermark.sql'), { visible: visibleSql })

/** For each domain with a request from the range's start on: its last bucket with one, unix s. */
export async function readWatermarks(
  input: AskedData & { rows: ReadRows; request: { startTimeMs: number } },
): Promise<Map<string, number>> {
  const parameters = { ...commonParameters(input), from: input.request.startTimeMs / 1000 }
  const rows = await input.rows<{ domain: string; watermark: number }>(statement, parameters)
  return new Map(rows.map((row) => [row.domain, row.watermark]))
}
