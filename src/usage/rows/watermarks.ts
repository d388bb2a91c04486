import { visibleSql } from '../../ledger/visible.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import { bucketMs } from '../../statistics/bucket-length.ts'
import { type AskedData, commonParameters, type ReadRows } from './data.ts'

const statement = fillSlots(sqlFile(import.meta.url, './watermark.sql'), { visible: visibleSql })

type Question = AskedData & { rows: ReadRows; request: { startTimeMs: number } }

/** The last logs of most domains are at most this much older than the data's last change. */
const recentMs = 86_400_000

/**
 * For each domain with a request from the range's start on: its last bucket with one, unix s. Recent buckets are read first: a
 * domain with a request in them has its last one there. The whole range is read for the others alone.
 */
export async function readWatermarks(input: Question): Promise<Map<string, number>> {
  const { startTimeMs } = input.request
  const recentFromMs = Math.floor(((input.version.changedAtMs ?? 0) - recentMs) / bucketMs) * bucketMs
  if (recentFromMs <= startTimeMs) return await readFrom(input, startTimeMs)
  const recent = await readFrom(input, recentFromMs)
  const silent = input.domains.filter((domain) => !recent.has(domain))
  if (silent.length === 0) return recent
  return new Map([...recent, ...(await readFrom({ ...input, domains: silent }, startTimeMs))])
}

async function readFrom(input: Question, startTimeMs: number): Promise<Map<string, number>> {
  const parameters = { ...commonParameters(input), from: startTimeMs / 1000 }
  const rows = await input.rows<{ domain: string; watermark: number }>(statement, parameters)
  return new Map(rows.map((row) => [row.domain, row.watermark]))
}
