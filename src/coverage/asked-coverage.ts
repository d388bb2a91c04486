import type { Caller } from '../http/caller.ts'
import { assertKept } from '../ledger/assert-kept.ts'
import { pinDataVersion } from '../ledger/data-version.ts'
import { seenBy } from '../ledger/seen-by-account.ts'
import type { Database } from '../ports/database/database.ts'
import type { Asked, Questions } from '../ports/warehouse/questions.ts'
import type { Parameters } from '../ports/warehouse/warehouse.ts'
import type { TimeRange } from '../statistics/time-range.ts'
import type { SeenQuestion } from './seen-coverage.ts'

type Deps = { database: Database; questions: Questions; engine: Asked }

/** The subject of a question. `named`: the account that the request names; null: the caller’s own. */
type Of = { named: string | null; domains: string[] | null; range: TimeRange }

/**
 * A caller's question about coverage, in the present data version.
 * @throws AppError as `seenBy`; CDN.0005 for too many buckets; FLUXPORT.0301 for a time whose data were dropped
 */
export async function askedCoverage(
  { database, questions, engine }: Deps,
  caller: Caller,
  { named, domains, range }: Of,
): Promise<SeenQuestion> {
  const whose = named ?? caller.accountId
  const pinned = await database.write((tx) => pinDataVersion(database, tx, whose))
  const data = await seenBy(database, whose, domains, pinned)
  questions.assertSize(data.domains.length, range)
  // Requests of the range are needed to tell provisional from missing.
  await assertKept(database, [{ source: 'usage', startTimeMs: range.startTimeMs }])
  return {
    ...data,
    rows: <Row>(sql: string, parameters: Parameters) => engine.rows<Row>(sql, parameters),
    range: { startMs: range.startTimeMs, endMs: range.endTimeMs },
    // Another account's coverage is answered as that account sees it.
    seesAllFiles: caller.role === 'operator' && (named === null || data.accountNames !== null),
  }
}
