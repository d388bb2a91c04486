import { allAccounts } from '../../accounts/whose.ts'
import { type LastLoad, type RejectedLines, readLastLoads, readRejectedLines } from '../../coverage/recent-loads.ts'
import { AppError } from '../../errors.ts'
import { pinDataVersion } from '../../ledger/data-version.ts'
import { readFloors } from '../../ledger/floors.ts'
import type { Database } from '../../ports/database/database.ts'
import type { Asked } from '../../ports/warehouse/questions.ts'
import { bucketMs } from '../../statistics/bucket-length.ts'
import { readPinned } from '../../usage/pinned.ts'
import { type ChosenDomains, chooseBusiest } from '../../usage/watch/busiest-domains.ts'
import { readNewestFinal, type WatchedDomain } from '../../usage/watch/newest-final.ts'

const [hourMs, dayMs] = [3_600_000, 86_400_000]
/** States of buckets are looked at for this long: a file of a day that is late by a day is in it. */
export const statesMs = 3 * dayMs
/** Domains and sources without a request or load for longer are not watched. */
export const watchedMs = 31 * dayMs
/** Rejected lines are those of logs that were loaded within this time. */
export const rejectedMs = dayMs

/** Figures of the ledger for those who watch, in one data version. */
export type LedgerReading = {
  dataVersion: number
  readAtMs: number
  domains: WatchedDomain[]
  chosen: ChosenDomains
  loads: LastLoad[]
  sourcesLeftOut: number
  rejected: RejectedLines[]
  /** Names of all accounts by their ids. */
  accountNames: ReadonlyMap<string, string>
}

type Deps = { database: Database; engine: Asked; nowMs: number }

/**
 * A reader of all accounts' data. Where there are more than `max` domains, those with the most traffic are chosen anew once
 * an hour.
 * @param max most domains, sources, and pairs of account and reason
 */
export function createLedgerReader(max: number): (deps: Deps) => Promise<LedgerReading> {
  let kept: { chosen: ChosenDomains; untilMs: number } | null = null
  const choose = async (deps: Deps): Promise<ChosenDomains> => {
    const { database, engine, nowMs } = deps
    const version = await database.write((tx) => pinDataVersion(database, tx))
    const chosen = await chooseBusiest({ rows: engine.rows, version }, { sinceMs: watchedFrom(nowMs), max })
    kept = chosen.leftOutCount > 0 ? { chosen, untilMs: nowMs + hourMs } : null
    return chosen
  }
  return async (deps) => {
    const before = kept
    if (!before || before.untilMs <= deps.nowMs) return await readChosen(deps, await choose(deps), max)
    try {
      return await readChosen(deps, before.chosen, max)
    } catch (error) {
      // A kept domain was removed meanwhile.
      if (!(error instanceof AppError) || error.code !== 'CDN.0105') throw error
      return await readChosen(deps, await choose(deps), max)
    }
  }
}

const watchedFrom = (nowMs: number) => Math.floor((nowMs - watchedMs) / bucketMs) * bucketMs

async function readChosen({ database, engine, nowMs }: Deps, chosen: ChosenDomains, max: number) {
  const { rows } = engine
  const firstKeptMs = Math.ceil((await readFloors(database.queries)).usage / bucketMs) * bucketMs
  const endMs = Math.ceil(nowMs / bucketMs) * bucketMs
  const range = { startMs: Math.max(endMs - statesMs, firstKeptMs), endMs }
  const watermarksFromMs = Math.max(watchedFrom(nowMs), firstKeptMs)
  const question = { whose: allAccounts, domains: [...chosen.watched].sort(), dataVersion: null }
  return await readPinned(database, engine, { ...question, startTimeMs: watermarksFromMs }, async (data) => {
    const { version, accountNames } = data
    const loads = await readLastLoads({ rows, version }, { sinceMs: nowMs - watchedMs, max })
    return {
      dataVersion: version.dataVersion,
      readAtMs: nowMs,
      domains: await readNewestFinal({ rows, data, range, watermarksFromMs }),
      chosen,
      loads: loads.loads,
      sourcesLeftOut: loads.leftOutCount,
      rejected: await readRejectedLines({ rows, version }, { sinceMs: nowMs - rejectedMs, max }),
      accountNames: accountNames ?? new Map(),
    }
  })
}
