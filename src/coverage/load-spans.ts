import { sqlFile } from '../ports/warehouse/sql-file.ts'
import type { Run, Warehouse } from '../ports/warehouse/warehouse.ts'
import { allowedSetId, mayDeliver, recordAllowedSets } from './allowed-sets.ts'
import { fileSpanOf } from './file-span.ts'

const insertLoadSpansSql = sqlFile(import.meta.url, './insert-load-spans.sql')

/** A load whose usage is written: whose it is, and what is known of the file it is from. Times in unix ms. */
export type WrittenLoad = {
  loadId: number
  accountId: string
  source: string
  /** Without its directory. */
  fileName: string
  /** The domain of all of its lines, when they name none themselves. */
  domainOfLines: string | null
  /** The domains that its key may deliver; null allows every domain. */
  allowedDomains: readonly string[] | null
  rejectedLines: number
  firstTimeMs: number | null
  lastTimeMs: number | null
  writtenAtMs: number
}

/**
 * Records what loads say of who reported and up to when, before they count. Like all of their rows these count with them,
 * and go with them.
 * @param run by its name purging ends what a killed process left running; loads that count already need none
 */
export async function recordLoadSpans(warehouse: Warehouse, loads: WrittenLoad[], run?: Run): Promise<void> {
  const sets = loads.map(({ accountId, allowedDomains }) => ({ accountId, domains: allowedDomains }))
  await recordAllowedSets(warehouse, sets, run)
  const spans = loads.map((load) => ({ ...load, ...toldByName(load) }))
  const firstTimes = loads.flatMap((load) => load.firstTimeMs ?? [])
  const lastTimes = loads.flatMap((load) => load.lastTimeMs ?? [])
  const parameters = {
    loadIds: spans.map((one) => one.loadId),
    accountIds: spans.map((one) => one.accountId),
    sources: spans.map((one) => one.source),
    fileNames: spans.map((one) => one.fileName),
    fileDomains: spans.map((one) => one.fileDomain),
    namedFrom: spans.map((one) => one.namedFromMs / 1000),
    namedTo: spans.map((one) => one.namedToMs / 1000),
    allowedSets: spans.map((one) => allowedSetId(one.allowedDomains)),
    rejectedLines: spans.map((one) => one.rejectedLines),
    firstTime: Math.floor(Math.min(...firstTimes, farMs) / 1000),
    lastTime: Math.floor(Math.max(...lastTimes, 0) / 1000),
    writtenAt: spans.map((one) => Math.floor(one.writtenAtMs / 1000)),
  }
  await warehouse.command(insertLoadSpansSql, parameters, run)
}

/** 2100: past every log. */
const farMs = 4_102_444_800_000

/** Anybody may give a file any name: of a domain that its key may not deliver a name tells nothing, its hours neither. */
function toldByName({ fileName, domainOfLines, allowedDomains }: WrittenLoad) {
  const named = fileSpanOf(fileName)
  const span = named && mayDeliver(allowedDomains, named.domain) ? named : null
  const fileDomain = span?.domain ?? domainOfLines ?? ''
  return {
    fileDomain: mayDeliver(allowedDomains, fileDomain) ? fileDomain : '',
    namedFromMs: span?.startMs ?? 0,
    namedToMs: span?.endMs ?? 0,
  }
}
