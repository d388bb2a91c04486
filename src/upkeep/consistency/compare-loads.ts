import type { WholeNumber } from '../../exact-json.ts'
import type { LedgerLoad } from './ledger-loads.ts'
import {
  type KeptFrom,
  loadIdsIn,
  type RequestSums,
  type RollUpTable,
  rollUpTables,
  type WarehouseSums,
} from './load-sums.ts'

/** Totals of a load, or of rows. */
export type Figures = { requests: number; fluxBytes: WholeNumber }

/**
 * Something that is not as it must be.
 *
 * - `unknown_rows`: rows of a load that the ledger does not know, or has recorded as removed
 * - `lost_requests`: a counting load whose requests are not those that the ledger has counted
 * - `wrong_rollup`: a counting load whose requests are right and whose rows in a rollup do not match them
 * - `wrong_rejected`: a counting load whose rejected lines are not those that the ledger has counted
 * - `counter_behind`: a counter of the ledger that would give out a number a second time
 */
export type Finding = {
  kind: 'unknown_rows' | 'lost_requests' | 'wrong_rollup' | 'wrong_rejected' | 'counter_behind'
  /** A table's or a counter's name. */
  place: string
  loadId: number | null
  batchId: number | null
  batchName: string | null
  expected: Figures
  found: Figures
  /** False when no repair is possible here. */
  repairable: boolean
}

const checksumOf: Record<RollUpTable, keyof RequestSums> = {
  usage: 'usageChecksum',
  url_daily: 'urlDailyChecksum',
  geography_hourly: 'geographyChecksum',
}

/** The longest key of a rollup: it may begin this long before its requests. */
const dayMs = 86_400_000

const nothing: Figures = { requests: 0, fluxBytes: 0 }
const figuresOf = (sums: Figures | undefined): Figures =>
  sums ? { requests: sums.requests, fluxBytes: sums.fluxBytes } : nothing
const areSame = (a: Figures, b: Figures) => a.requests === b.requests && a.fluxBytes === b.fluxBytes

/** Findings about the loads, from the warehouse's rows and the ledger's figures. By load. */
export function compareLoads(loads: ReadonlyMap<number, LedgerLoad>, sums: WarehouseSums, kept: KeptFrom): Finding[] {
  const findings: Finding[] = []
  for (const loadId of loadIdsIn(sums)) {
    const load = loads.get(loadId)
    if (!load || load.state === 'purged' || load.state === 'unknown') findings.push(unknownRows(loadId, load, sums))
  }
  for (const load of loads.values()) if (load.state === 'visible') findings.push(...compareLoad(load, sums, kept))
  return findings
}

function unknownRows(loadId: number, load: LedgerLoad | undefined, sums: WarehouseSums): Finding {
  const tables = [
    ...(sums.request.has(loadId) ? ['request'] : []),
    ...rollUpTables.filter((table) => sums.rollUps[table].has(loadId)),
    ...(sums.rejectedLines.has(loadId) ? ['rejected'] : []),
  ]
  return {
    kind: 'unknown_rows',
    place: tables.join(', '),
    loadId,
    batchId: load?.state === 'purged' ? load.batchId : null,
    batchName: load?.state === 'purged' ? load.name : null,
    expected: nothing,
    found: figuresOf(sums.request.get(loadId) ?? sums.rollUps.usage.get(loadId)),
    repairable: true,
  }
}

function compareLoad(load: LedgerLoad, sums: WarehouseSums, kept: KeptFrom): Finding[] {
  const requests = sums.request.get(load.loadId)
  const firstMs = load.firstTimeMs ?? Number.POSITIVE_INFINITY
  const isKept = firstMs >= kept.request
  const finding = (found: Omit<Finding, 'loadId' | 'batchId' | 'batchName'>): Finding => ({
    ...found,
    loadId: load.loadId,
    batchId: load.batchId,
    batchName: load.name,
  })
  const expected = figuresOf(load)
  if (isKept && !isWhole(load, requests)) {
    return [
      finding({ kind: 'lost_requests', place: 'request', expected, found: figuresOf(requests), repairable: true }),
    ]
  }
  const findings: Finding[] = []
  for (const table of rollUpTables) {
    if (table !== 'usage' && load.rollUp !== 'done') continue
    const rollUp = sums.rollUps[table].get(load.loadId)
    const isSame = (rollUp?.checksum ?? '0') === (requests?.[checksumOf[table]] ?? '0')
    // Where requests are dropped, only the ledger’s totals are left for the comparison.
    const isRolledUpWhole = kept[table] === 0 || firstMs - dayMs >= kept[table]
    const addsUp = !isRolledUpWhole || areSame(figuresOf(rollUp), expected)
    if (isSame && addsUp) continue
    findings.push(
      finding({ kind: 'wrong_rollup', place: table, expected, found: figuresOf(rollUp), repairable: isKept }),
    )
  }
  const rejected = sums.rejectedLines.get(load.loadId) ?? 0
  if (rejected !== load.rejectedLines) {
    const lines = (requestsOf: number) => ({ requests: requestsOf, fluxBytes: 0 })
    const [should, is] = [lines(load.rejectedLines), lines(rejected)]
    findings.push(
      finding({ kind: 'wrong_rejected', place: 'rejected', expected: should, found: is, repairable: isKept }),
    )
  }
  return findings
}

function isWhole(load: LedgerLoad, requests: RequestSums | undefined): boolean {
  if (!requests) return load.requests === 0
  return areSame(requests, load) && requests.firstTimeMs === load.firstTimeMs && requests.lastTimeMs === load.lastTimeMs
}
