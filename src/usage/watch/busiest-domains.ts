import type { DataVersion } from '../../ledger/data-version.ts'
import { countingParameters, countingSql } from '../../ledger/visible.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import type { ReadRows } from '../rows/data.ts'

const statement = fillSlots(sqlFile(import.meta.url, './busiest-domains.sql'), { counting: countingSql })

/** Domains that are watched, and those that are not. */
export type ChosenDomains = {
  /** At most `max`, the most traffic first. */
  watched: string[]
  /** The next ones, at most `max`. */
  leftOut: string[]
  /** All that are left out. */
  leftOutCount: number
}

/**
 * Chooses the domains of all accounts with the most traffic since a time, be it seen by their present owner or not: their
 * order alone is used.
 * @param sinceMs the start of a bucket, unix ms
 */
export async function chooseBusiest(
  { rows, version }: { rows: ReadRows; version: DataVersion },
  { sinceMs, max }: { sinceMs: number; max: number },
): Promise<ChosenDomains> {
  const parameters = { ...countingParameters(version), from: sinceMs / 1000, limit: 2 * max }
  const found = await rows<{ domain: string; domains: number }>(statement, parameters)
  const names = found.map(({ domain }) => domain)
  const all = found[0]?.domains ?? 0
  return { watched: names.slice(0, max), leftOut: names.slice(max), leftOutCount: Math.max(0, all - max) }
}
