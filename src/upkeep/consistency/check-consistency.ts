import { randomUUID } from 'node:crypto'
import { domainsOfBatch } from '../../ingest/identify/told-domains.ts'
import { forgetBatch, forgetUnknown } from '../../ledger/loads.ts'
import { purge } from '../../ledger/purge.ts'
import type { Database } from '../../ports/database/database.ts'
import type { Run, Warehouse } from '../../ports/warehouse/warehouse.ts'
import { compareLoads, type Finding } from './compare-loads.ts'
import { type Counters, highestInUse, raiseCounter, readCounters } from './counters.ts'
import { type LedgerLoad, readLedgerLoads } from './ledger-loads.ts'
import { loadIdsIn, readKeptFrom, readSums } from './load-sums.ts'
import { rebuildLoad } from './rebuild-load.ts'
import { adoptUnknown } from './unknown-loads.ts'

/** `action`: the repair that was made; null when none was asked for, or none was possible. */
export type Checked = Finding & { repaired: boolean; action: string | null }

export type ConsistencyReport = {
  /** The state of the data that was checked; later changes are left to the next check. */
  dataVersion: number
  /** Counting loads, and their requests. */
  loads: number
  requests: number
  /** Loads that do not count, whose rows the server is about to remove. */
  loadsToRemove: number
  findings: Checked[]
}

/** `owner`: the data directory whose process checks. */
type Parts = { database: Database; warehouse: Warehouse; owner: string }

/**
 * Compares the ledger with everything in the warehouse, and the rollups with their requests. Loads, roll-ups, forgets
 * and exports may run meanwhile: a suspect load is checked again by itself, and counts as wrong only when the ledger
 * has the load unchanged before and after.
 */
export async function checkConsistency(
  parts: Parts,
  options: { repair: boolean; signal: AbortSignal },
): Promise<ConsistencyReport> {
  const { database, warehouse } = parts
  const kept = await readKeptFrom(database.queries)
  const { data_version: dataVersion } = await readCounters(database.queries)
  const before = await readLedgerLoads(database.queries)
  const sums = await readSums(warehouse, kept, [], runOf(options.signal))
  const suspects = settled(compareLoads(before, sums, kept), before, await readLedgerLoads(database.queries))
  const found = await lookAgain(parts, suspects, kept, options.signal)
  found.push(...(await compareCounters(database)))
  const findings: Checked[] = []
  for (const finding of found) {
    findings.push({ ...finding, ...(options.repair ? await tryRepair(parts, finding, options.signal) : untouched) })
  }
  if (findings.some((finding) => finding.repaired)) await purge(parts)
  const visible = [...before.values()].filter((load) => load.state === 'visible')
  const lying = loadIdsIn(sums).filter((id) => ['dead', 'forgotten'].includes(before.get(id)?.state ?? ''))
  return {
    dataVersion,
    loads: visible.length,
    requests: visible.reduce((sum, load) => sum + load.requests, 0),
    loadsToRemove: lying.length,
    findings,
  }
}

const runOf = (signal: AbortSignal) => {
  const id = randomUUID()
  return (name: string): Run => ({ queryId: `fluxport-check-${id}-${name}`, signal })
}

/** Leaves out findings about loads that changed during the check. */
function settled(
  findings: Finding[],
  before: ReadonlyMap<number, LedgerLoad>,
  after: ReadonlyMap<number, LedgerLoad>,
): Finding[] {
  return findings.filter(({ loadId }) => {
    if (loadId === null) return true
    const [then, now] = [before.get(loadId), after.get(loadId)]
    return then?.state === now?.state && then?.rollUp === now?.rollUp && then?.requests === now?.requests
  })
}

async function lookAgain(
  { database, warehouse }: Parts,
  suspects: Finding[],
  kept: Awaited<ReturnType<typeof readKeptFrom>>,
  signal: AbortSignal,
): Promise<Finding[]> {
  const ids = new Set(suspects.flatMap(({ loadId }) => (loadId === null ? [] : [loadId])))
  if (ids.size === 0) return []
  const before = await readLedgerLoads(database.queries)
  const sums = await readSums(warehouse, kept, [...ids], runOf(signal))
  const looked = new Map([...before].filter(([id]) => ids.has(id)))
  const again = compareLoads(looked, sums, kept)
  return settled(again, before, await readLedgerLoads(database.queries))
}

async function compareCounters(database: Database): Promise<Finding[]> {
  // Numbers in use are read first, because they were given out before the counters are read.
  const inUse = await highestInUse(database.queries)
  const counters = await readCounters(database.queries)
  const number = (value: number) => ({ requests: value, fluxBytes: 0 })
  return (Object.keys(counters) as (keyof Counters)[])
    .filter((name) => counters[name] < inUse[name])
    .map((name) => ({
      kind: 'counter_behind',
      place: name,
      loadId: null,
      batchId: null,
      batchName: null,
      expected: number(inUse[name]),
      found: number(counters[name]),
      repairable: true,
    }))
}

const untouched = { repaired: false, action: null }

/** A failed repair does not keep others from being tried. */
async function tryRepair(parts: Parts, finding: Finding, signal: AbortSignal) {
  if (!finding.repairable) return untouched
  try {
    const action = await repair(parts, finding, signal)
    return { repaired: action !== null, action }
  } catch (cause) {
    if (signal.aborted) throw cause
    return { repaired: false, action: 'the repair failed, and changed nothing' }
  }
}

/** @returns the repair made; null when the load changed meanwhile, or cannot be repaired */
async function repair(parts: Parts, finding: Finding, signal: AbortSignal): Promise<string | null> {
  const { database, warehouse } = parts
  const { kind, loadId, batchId } = finding
  if (kind === 'counter_behind') {
    await database.write((tx) => raiseCounter(tx, finding.place as keyof Counters, finding.expected.requests))
    return `it goes on from ${finding.expected.requests}`
  }
  if (loadId === null) return null
  if (kind === 'unknown_rows') {
    await database.write(async (tx) => {
      await adoptUnknown(database, tx, [loadId], 'forgotten')
      await forgetUnknown(tx, loadId)
    })
    return 'they count for nobody now, and are removed once no running export reads them'
  }
  if (kind === 'lost_requests') {
    if (batchId === null) return null
    const domains = await domainsOfBatch({ queries: database.queries, warehouse }, batchId)
    const isForgotten = await forgetBatch(database, batchId, domains)
    return isForgotten ? 'the batch is forgotten: deliver it again' : null
  }
  return (await rebuildLoad(parts, loadId, signal)) ? 'the load was written again from its own requests' : null
}
