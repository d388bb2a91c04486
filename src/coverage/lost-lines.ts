import { headerReasons, reasonsByRule } from '../ledger/header-lines.ts'
import { countingParameters, countingSql } from '../ledger/visible.ts'
import { fillSlots, sqlFile } from '../ports/warehouse/sql-file.ts'
import type { Source } from './expected-sources.ts'
import type { SeenQuestion } from './seen-coverage.ts'

const lostLinesSql = fillSlots(sqlFile(import.meta.url, './lost-lines.sql'), { counting: countingSql })

/**
 * Rejected lines of a source’s loaded files: the requests in them are in no figure. `source` is null where
 * it is not the asking account's own.
 */
export type LostLines = {
  accountId: string
  source: string | null
  files: number
  /** Names of the first three files; none of a source that is not the account's own. */
  names: string[]
  /** The most frequent reason first. */
  reasons: { reason: string; lines: number }[]
}

type Row = Source & { files: number; names: string[]; reasons: string[]; lines: number[] }

/**
 * Reads the lost lines of the files that reach into the question's range, by source.
 * @param shownOf the account whose sources are named; null: all are
 */
export async function readLostLines(
  { rows, version, domains, owners, range, seesAllFiles }: SeenQuestion,
  shownOf: string | null,
): Promise<LostLines[]> {
  const found = await rows<Row>(lostLinesSql, {
    ...countingParameters(version),
    accountIds: [...new Set([...owners.values(), version.firstAccountId])],
    domains,
    from: range.startMs / 1000,
    to: range.endMs / 1000,
    seesAll: seesAllFiles ? 1 : 0,
    byRule: [...reasonsByRule, ...headerReasons],
  })
  return found.map(({ accountId, source, files, names, reasons, lines }) => {
    const isShown = shownOf === null || accountId === shownOf
    return {
      ...{ accountId, files, source: isShown ? source : null, names: isShown ? names : [] },
      reasons: reasons
        .map((reason, n) => ({ reason, lines: lines[n] ?? 0 }))
        .sort((one, other) => other.lines - one.lines),
    }
  })
}

/** As in `12 nul_bytes, 3 fields`. */
export const reasonsText = ({ reasons }: LostLines): string =>
  reasons.map(({ reason, lines }) => `${lines} ${reason}`).join(', ')
