import { locatedByAddressSql, locatedSql } from '../../geo/located-sql.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import { keptAndHashedSql, keptParameters, keptSql, lineShapeSql } from '../../privacy/kept-sql.ts'
import { asLogged, dropsAnything, type PrivacyProfile } from '../../privacy/profile.ts'
import type { UnknownClientArea } from '../../statistics/service-areas.ts'
import { localTimeParameters } from '../formats/line/local-time.ts'
import type { LogFormat } from '../formats/line/log-format.ts'

const checkedLines = sqlFile(import.meta.url, './checked-lines.sql')
const countingLines = sqlFile(import.meta.url, './counting-lines.sql')
const unwrappedLines = sqlFile(import.meta.url, './unwrapped-lines.sql')
const clientAddress = sqlFile(import.meta.url, './client-address.sql')
const joinedLines = sqlFile(import.meta.url, './joined-lines.sql')
const serverMessage = sqlFile(import.meta.url, './server-message.sql')
const insertRequests = sqlFile(import.meta.url, './insert-requests.sql')
const insertRejected = sqlFile(import.meta.url, './insert-rejected.sql')
const previewLines = sqlFile(import.meta.url, './preview-lines.sql')

/** Sums up the rows of loads. */
export const loadSummarySql = sqlFile(import.meta.url, './load-summary.sql')

/** A longer line is no request: Apache and nginx cut lines at 8 KiB, CDNs at 32. */
const lineBytesMax = 1 << 20

/** A petabyte: no answer is longer, but -1 written without a sign is. Sums of such figures would exceed 64 bits. */
const answerBytesMax = 2 ** 50

/** 2000-01-01: before any CDN log, and after 1970, the date of a clock that was never set. */
const timeMinSeconds = 946_684_800

/** A clock may be wrong by a zone, not by more. */
const futureSecondsMax = 86_400

/** SQL for a line's load id: bound for a single log; the link's file name for many. */
const loadIdSql = { one: '{loadId:UInt64}', many: 'toUInt64(log_name)' } as const

/** The first lines of each reason, each cut at 1,000 bytes. */
const samplesSql =
  'groupArray(100)((line_number + {linesBefore:UInt64}, substring(toValidUTF8(substring(logged_line, 1, 1000)), 1, 1000)))'

/**
 * A log's first line may be its header. Requests are the same if any line may be one, as a header is of no form. A
 * statement that reads no line's number reads a log in parallel: 300,000 lines took 4.4 s of processor time, now 1.7.
 */
const isFirstLineSql = 'line_number + {linesBefore:UInt64} = 1'
const isAnyLineSql = 'true'

/** True if the format's projection has nothing in the columns of places. */
const namesNoPlace = ({ projection }: LogFormat): boolean =>
  ['country', 'province', 'carrier'].every((column) =>
    new RegExp(`^ *(?:''|toLowCardinality\\(''\\)) AS ${column}\\b`, 'm').test(projection),
  )

/** SQL of the line within its wrapping. */
const withinSql = ({ wrapping }: LogFormat): string => wrapping?.withinSql ?? 'line'

/** Previews show the target as stored. */
const keptTarget = `concat(path, if(query = '', '', concat('?', query)))`

/**
 * The statements that insert requests, insert rejected lines, and preview either, over one log in `format` or over
 * many. A line's load and number are carried with it through the format's projection.
 * @param geoVersion the geographic data for looking clients up by their whole addresses; null: no look-up
 */
export function loadStatements(
  format: LogFormat,
  geoVersion: number | null,
  logs: keyof typeof loadIdSql = 'one',
  profile: PrivacyProfile = asLogged,
) {
  const projection = carrying(format.projection, 'load_id, line_number, logged_line')
  const checked = (lines: string, isFirst: string) =>
    fillSlots(checkedLines, {
      is_first: isFirst,
      client_address: clientAddress,
      is_joined: joinedLines,
      is_message: serverMessage,
      asked_by: format.askers ? 'asked_by' : `''`,
      projection: fillSlots(projection, {
        lines: `(${fillSlots(unwrappedLines, { lines, load_id: loadIdSql[logs], within: withinSql(format) })})`,
      }),
    })
  const counting = (lines: string) => fillSlots(countingLines, { checked_lines: checked(lines, isAnyLineSql) })
  const located = namesNoPlace(format) ? locatedByAddressSql : locatedSql
  const dropsSome = dropsAnything(profile)
  return {
    requests: (lines: string) =>
      fillSlots(insertRequests, {
        kept: keptAndHashedSql(located(counting(lines), geoVersion), profile),
        hash_column: profile.clientAddresses === 'truncated' ? ', client_hash' : '',
      }),
    rejected: (lines: string) =>
      fillSlots(insertRejected, {
        samples: dropsSome ? `arrayMap(sample -> (sample.1, ${lineShapeSql('sample.2')}), ${samplesSql})` : samplesSql,
        checked_lines: checked(lines, isFirstLineSql),
      }),
    preview: (lines: string) =>
      fillSlots(previewLines, {
        line: dropsSome ? lineShapeSql('toValidUTF8(logged_line)') : 'logged_line',
        target: dropsSome ? keptTarget : 'target',
        kept: keptSql(checked(lines, isFirstLineSql), profile),
      }),
  }
}

/**
 * Adds columns beside each line of a projection; each of its SELECTs begins with the line (formats/line/log-format.ts).
 */
function carrying(projection: string, columns: string): string {
  const selects = projection.match(/^[^-\n]*\bSELECT\b/gm)?.length ?? 0
  let found = 0
  const carried = projection.replaceAll(/\bSELECT(\s+)line,/g, (_, space: string) => {
    found += 1
    return `SELECT${space}line, ${columns},`
  })
  if (found === 0 || found !== selects) throw new Error('a SELECT of the projection does not begin with the line')
  return carried
}

/** Parameters of both statements; `loadId` is that of one log, or of any of many logs. */
export const loadParameters = (
  format: LogFormat,
  batch: {
    loadId: number
    serviceArea: string
    /** The area of clients of unknown country, if `serviceArea` is by country. */
    unknownClientArea: UnknownClientArea
    defaultDomain: string
    allowedDomains: readonly string[]
    /** Classes of lines that count although no visitor asked (formats/line/askers.ts). */
    countAlso: readonly string[]
    linesBefore: number
    /** Older requests do not count, because their sums are dropped. Unix ms. */
    firstKeptMs: number
    logZone: string
    nowMs: number
  },
  profile: PrivacyProfile = asLogged,
) => ({
  // A survey of the content says more of both.
  pieceLines: [],
  ...localTimeParameters(batch.logZone, batch.nowMs),
  ...format.parameters,
  ...keptParameters(profile),
  loadId: batch.loadId,
  serviceArea: batch.serviceArea,
  unknownClientArea: batch.unknownClientArea,
  defaultDomain: batch.defaultDomain,
  allowedDomains: batch.allowedDomains,
  countAlso: batch.countAlso,
  linesBefore: batch.linesBefore,
  lineBytesMax,
  bytesMax: answerBytesMax,
  timeMin: timeMinSeconds,
  firstKept: batch.firstKeptMs / 1000,
  timeMax: Math.floor(batch.nowMs / 1000) + futureSecondsMax,
})
