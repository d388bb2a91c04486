import { sqlFile } from '../ports/warehouse/sql-file.ts'
import type { Run, Warehouse } from '../ports/warehouse/warehouse.ts'
import { allowedSetId, mayDeliver, recordAllowedSets } from './allowed-sets.ts'
import { fileSpanOf } from './file-span.ts'

const insertLoadSpansSql = sqlFile(import.meta.url, './insert-load-spans.sql')

/** A load whose usage is written: its account, and facts about its file. Times are unix ms. */
export type WrittenLoad = {
  loadId: number
  accountId: string
  source: string
  /** The file's name without its directory. */
  fileName: string
  /** The domain of all lines, when the lines themselves name none. */
  domainOfLines: string | null
  /** The domains that the load's key may deliver; null allows every domain. */
  allowedDomains: readonly string[] | null
  rejectedLines: number
  firstTimeMs: number | null
  lastTimeMs: number | null
  writtenAtMs: number
}

/**
 * Records the loads' sources and reported times before the loads count. Like all rows of a load, these count and vanish
 * with it.
 * @param run the statement's id, by which purging ends it after a kill; loads that count already need none
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

/** The start of the year 2100, later than any log. */
const farMs = 4_102_444_800_000

/** Anybody may choose a file's name. A name with a domain that the key may not deliver is ignored, with its hours. */
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
