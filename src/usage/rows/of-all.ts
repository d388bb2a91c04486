import { sqlFile } from '../../ports/warehouse/sql-file.ts'
import type { TimeRange } from '../../statistics/time-range.ts'
import type { AskedData, ReadRows } from './data.ts'

const otherDomains = sqlFile(import.meta.url, './other-domains.sql')

/** Rows of fewer domains are read faster by domain. */
const domainsMin = 20

/**
 * True if all rows of a range are of the asked domains, and their owners see all loads of them: then the sums of all domains
 * answer a question on these together. Loads that count later, or were refused, are in rows, too: with a domain that is not
 * asked they make it false, never wrong.
 */
export async function areAllDomains(
  { domains, version, rows }: Pick<AskedData, 'domains' | 'version'> & { rows: ReadRows },
  { startTimeMs, endTimeMs }: TimeRange,
): Promise<boolean> {
  const { fromLoad } = version.seen
  if (domains.length < domainsMin || domains.some((domain) => fromLoad.has(domain))) return false
  const [other] = await rows(otherDomains, { domains, from: startTimeMs / 1000, to: endTimeMs / 1000 })
  return other === undefined
}
