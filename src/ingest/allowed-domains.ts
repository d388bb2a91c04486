import type { BatchRow } from '../database/schema.ts'

/** Whether lines of a batch were rejected because its key might not deliver their domains. */
export const hasForbiddenLines = ({ rejected_json: json }: Pick<BatchRow, 'rejected_json'>): boolean =>
  (JSON.parse(json ?? '[]') as [string, number][]).some(([reason]) => reason === forbiddenReason)

/** As checked-lines.sql calls it. */
const forbiddenReason = 'domain_not_allowed'

/** Whether who may deliver `these` may deliver all of `others`. */
export const includesAll = (these: readonly string[] | null, others: readonly string[] | null): boolean => {
  if (these === null || others === null) return these === null
  const set = new Set(these)
  return others.every((domain) => set.has(domain))
}
