import { fillSlots, sqlFile } from '../sql-file.ts'
import type { LogFormat } from './formats/log-format.ts'

const checkedLines = sqlFile(import.meta.url, './checked-lines.sql')
const insertRequests = sqlFile(import.meta.url, './insert-requests.sql')
const insertRejected = sqlFile(import.meta.url, './insert-rejected.sql')

/** Rolls a load's requests up. */
export const insertUsageSql = sqlFile(import.meta.url, './insert-usage.sql')
/** Reads back what a load holds. */
export const loadSummarySql = sqlFile(import.meta.url, './load-summary.sql')

/** A longer line is no request: Apache and nginx cut theirs at 8 KiB, CDNs at 32. */
const lineBytesMax = 1 << 20
/** A petabyte: no answer is longer, and -1 written without a sign is. Sums of such figures would pass 64 bits. */
const answerBytesMax = 2 ** 50
/** 2000-01-01: before any CDN log; a clock that was never set says 1970. */
const timeMinSeconds = 946_684_800
/** A clock may be wrong by a zone, not by more. */
const futureSecondsMax = 86_400

/** The statement that inserts what counts, and the one for what does not, over a log in `format`. */
export function loadStatements(format: LogFormat) {
  const from = (insert: string) => (lines: string) =>
    fillSlots(insert, {
      checked_lines: fillSlots(checkedLines, { projection: fillSlots(format.projection, { lines }) }),
    })
  return { requests: from(insertRequests), rejected: from(insertRejected) }
}

/** Values of both statements. */
export const loadParameters = (
  format: LogFormat,
  batch: {
    loadId: number
    serviceArea: string
    defaultDomain: string
    allowedDomains: string[]
    linesBefore: number
    /** Older requests do not count: what they would be added to is not kept. Unix ms. */
    firstKeptMs: number
    logZone: string
    nowMs: number
  },
) => ({
  ...format.parameters,
  loadId: batch.loadId,
  serviceArea: batch.serviceArea,
  defaultDomain: batch.defaultDomain,
  allowedDomains: batch.allowedDomains,
  linesBefore: batch.linesBefore,
  logZone: batch.logZone,
  lineBytesMax,
  bytesMax: answerBytesMax,
  timeMin: timeMinSeconds,
  firstKept: batch.firstKeptMs / 1000,
  timeMax: Math.floor(batch.nowMs / 1000) + futureSecondsMax,
})
