import type { DataVersion } from '../ledger/data-version.ts'
import { headerReasons } from '../ledger/header-lines.ts'
import { countingParameters } from '../ledger/visible.ts'
import type { Parameters } from '../ports/warehouse/warehouse.ts'
import { coverageSql } from './coverage-question.ts'
import type { Source } from './expected-sources.ts'

const lastLoadsSql = coverageSql('./last-loads.sql')
const rejectedReasonsSql = coverageSql('./rejected-reasons.sql')

type Recent = {
  rows: <Row>(sql: string, parameters: Parameters) => Promise<Row[]>
  version: DataVersion
}

/** A source's last load that counts, unix s. */
export type LastLoad = Source & { lastLoad: number }

/**
 * Reads when each source was last loaded, the latest first.
 * @param sinceMs sources without a load since then are left out, unix ms
 * @returns at most `max`, and the number of further ones
 */
export async function readLastLoads(
  { rows, version }: Recent,
  { sinceMs, max }: { sinceMs: number; max: number },
): Promise<{ loads: LastLoad[]; leftOutCount: number }> {
  const parameters = { ...countingParameters(version), since: Math.floor(sinceMs / 1000), limit: max }
  const found = await rows<LastLoad & { sources: number }>(lastLoadsSql, parameters)
  const loads = found.map(({ accountId, source, lastLoad }) => ({ accountId, source, lastLoad }))
  return { loads, leftOutCount: Math.max(0, (found[0]?.sources ?? 0) - max) }
}

/** Rejected lines of an account for one reason. Headers and blank lines are not among them. */
export type RejectedLines = { accountId: string; reason: string; lines: number }

/** Reads the rejected lines of logs that were loaded since a time and count: at most `max` pairs, the most first. */
export async function readRejectedLines(
  { rows, version }: Recent,
  { sinceMs, max }: { sinceMs: number; max: number },
): Promise<RejectedLines[]> {
  const since = Math.floor(sinceMs / 1000)
  const parameters = { ...countingParameters(version), since, limit: max, headerReasons }
  return await rows<RejectedLines>(rejectedReasonsSql, parameters)
}
