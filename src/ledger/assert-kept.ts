import { AppError } from '../errors.ts'
import type { Database } from '../ports/database/database.ts'
import { readFloors } from './floors.ts'
import { type Source, sourceTitles } from './kept-data.ts'

/**
 * Refuses an answer whose data are partly dropped.
 * @throws AppError FLUXPORT.0301 naming the missing table, and the first time from which it is kept
 */
export async function assertKept(database: Database, needs: Need[]): Promise<void> {
  const floors = await readFloors(database.queries)
  const [worst] = needs
    .filter((need) => need.startTimeMs < floors[need.source])
    .sort((a, b) => floors[b.source] - floors[a.source])
  if (!worst) return
  const first = new Date(floors[worst.source]).toISOString()
  const problem = `it needs the ${sourceTitles[worst.source]}, which are kept from ${first} on`
  const hint = worst.hint === undefined ? '' : `; ${worst.hint}`
  throw new AppError('FLUXPORT.0301', `The parameter start_time is invalid: ${problem}${hint}`)
}

/** A table that a report reads, from a time on, unix ms. `hint` names ranges that do without the table. */
export type Need = { source: Source; startTimeMs: number; hint?: string }
