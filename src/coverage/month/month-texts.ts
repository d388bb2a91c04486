import type { BatchNumbers } from '../../ledger/batch-numbers.ts'
import { localTime, spanOfDay } from '../../statistics/time-range.ts'
import type { Source } from '../expected-sources.ts'
import { type LostLines, reasonsText } from '../lost-lines.ts'
import type { RefusedFile } from '../refused-files.ts'
import type { Span } from '../runs.ts'
import type { ZoneDay } from './month-days.ts'
import type { Fault } from './month-faults.ts'
import type { Surplus } from './month-files.ts'
import type { MonthFault } from './month-schema.ts'

/** One sentence for each thing that is wrong. */

/** Names a source, with its account where the question is about several. */
type NameOf = (source: Source) => string

export function viewOfFault(fault: Fault, timeZone: string): MonthFault {
  const { kind, source, domains, domainCount, startMs, endMs } = fault
  return {
    ...{ kind, source, start_time: startMs, end_time: endMs, domain_names: domains, domains: domainCount },
    ...{ batch_id: null, error_code: null },
    text: `${faultWords(fault)} ${spanText({ startMs, endMs }, timeZone)}: ${domainsText(domains, domainCount)}`,
  }
}

function faultWords({ kind, source, files }: Fault): string {
  if (source === null) return 'no source reports'
  if (kind === 'unexpected_silence') return `unexpected silence ${silenceWords(source, files)}`
  if (kind === 'silent') return `source ${source} has delivered nothing of`
  if (kind === 'provisional') return `source ${source} has not delivered everything, or its delay is not over, of`
  return `a file of source ${source} is missing of`
}

/** A source without a stated cadence did not keep the rhythm that it usually has. */
function silenceWords(source: string, files: Fault['files']): string {
  if (files === null || files.usual === 0) return `of source ${source}: nothing came for`
  return `of source ${source}: ${files.come} of ${files.usual} usual files came for`
}

/**
 * Says that a batch was not taken, and why. A customer has batch numbers of its own: the ledger's would count everybody's
 * deliveries. Names are the sender's text, in which nothing is replaced.
 */
export function batchFault(
  file: RefusedFile,
  { timeZone, numbers, nameOf }: { timeZone: string; numbers: BatchNumbers; nameOf: NameOf },
): MonthFault {
  const { name, hours, day, domain, errorCode, errorMessage, refusedAtMs } = file
  const span = hours ?? (day === null ? null : spanOfDay(day, timeZone))
  const source = nameOf(file)
  const batchId = numbers.shown(file.batchId)
  const when = hours ? `of ${spanText(hours, timeZone)}` : `that came at ${localTime(refusedAtMs, timeZone)}`
  return {
    ...{ kind: 'refused' as const, source, start_time: span?.startMs ?? null, end_time: span?.endMs ?? null },
    ...{ domain_names: domain === '' ? [] : [domain], domains: domain === '' ? 0 : 1 },
    ...{ batch_id: batchId, error_code: errorCode },
    text: `batch ${batchId} of source ${source}, ${name} ${when}, was refused: ${errorCode} ${numbers.inText(errorMessage)}`,
  }
}

/** Says that a day has many fewer or many more requests than its weekday has. */
export function dayFault(
  { date, startMs, endMs }: ZoneDay,
  domain: string,
  { is, median, requests }: { is: 'low' | 'high'; median: number; requests: number },
): MonthFault {
  const than = is === 'low' ? 'less than half' : 'more than twice'
  return {
    ...{ kind: 'out_of_line' as const, source: null, start_time: startMs, end_time: endMs },
    ...{ domain_names: [domain], domains: 1, batch_id: null, error_code: null },
    text: `${domain} has ${requests} requests on ${date}, ${than} of the median of its weekday, ${median}`,
  }
}

/** Says that a day has more files than its sources state. */
export function surplusFault({ day, domain, come, due }: Surplus<ZoneDay>): MonthFault {
  const { date, startMs, endMs } = day
  return {
    ...{ kind: 'surplus' as const, source: null, start_time: startMs, end_time: endMs },
    ...{ domain_names: [domain], domains: 1, batch_id: null, error_code: null },
    text: `${domain} has ${come} files of ${date} and its sources state ${due}: see whether requests count twice`,
  }
}

/** Says that lines of loaded files are in no figure. */
export function rejectedFault(lost: LostLines, nameOf: NameOf): MonthFault {
  const { accountId, files, names } = lost
  const source = lost.source === null ? null : nameOf({ accountId, source: lost.source })
  const from = source === null ? 'the operator’s sources' : `source ${source}`
  const some = names.length === 0 ? '' : ` (${names.join(', ')}${files > names.length ? ' …' : ''})`
  return {
    ...{ kind: 'rejected' as const, source, start_time: null, end_time: null },
    ...{ domain_names: [], domains: 0, batch_id: null, error_code: null },
    text: `rejected lines of ${files} loaded file${files === 1 ? '' : 's'} of ${from} are in no figure: ${reasonsText(lost)}${some}`,
  }
}

/** Whole days as dates, else times. */
function spanText({ startMs, endMs }: Span, timeZone: string): string {
  const [from, to, last] = [startMs, endMs, endMs - 1].map((timeMs) => localTime(timeMs, timeZone)) as [
    string,
    string,
    string,
  ]
  const areDays = from.endsWith('00:00:00') && to.endsWith('00:00:00')
  const [firstDay, lastDay] = [from.slice(0, 10), last.slice(0, 10)]
  if (areDays) return firstDay === lastDay ? firstDay : `${firstDay} to ${lastDay}`
  return `${from.slice(0, 16)} to ${from.slice(0, 10) === to.slice(0, 10) ? to.slice(11, 16) : to.slice(0, 16)}`
}

function domainsText(domains: readonly string[], count: number): string {
  const others = count - domains.length
  if (others <= 0) return domains.join(', ')
  return `${domains.join(', ')} and ${others} more ${others === 1 ? 'domain' : 'domains'}`
}
