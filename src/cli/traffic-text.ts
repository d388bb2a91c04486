import type { WholeNumber } from '../exact-json.ts'
import type { PreflightAnswer } from '../exports/tasks/preflight.ts'
import { localTime, partMonths } from '../statistics/time-range.ts'
import { bytesText, grouped } from './progress-bar.ts'

/** Reasons for which a file has less than the traffic of its domains and area. */
type Limited = { hasPlaceFilter: boolean; isTopList: boolean; isBill: boolean }

/**
 * Tells the file's part of a range's traffic, and why it is not all: a bill of a part looks like a bill of all.
 * @returns lines; a file that has all traffic gets one
 */
export function trafficLines(answer: PreflightAnswer, { hasPlaceFilter, isTopList, isBill }: Limited): string[] {
  const ofRange = rangeLines(answer, isBill)
  if (answer.traffic === null) return ['traffic: more bytes in the range than 64 bits hold', ...ofRange]
  const { file, range, other_areas: areas, other_domains: others } = answer.traffic
  const { owner, ofOwner } = ownerTexts(answer.account)
  const lines = [shareText(file, range, owner)]
  if (areas.requests > 0)
    lines.push(
      `service area ${answer.effective.service_area}: ${figures(areas)} of these domains are of other areas; ` +
        '--service-area global has all',
    )
  const { unknown_clients: unknown } = answer
  if (unknown && unknown.requests > 0)
    lines.push(
      `${figures({ ...unknown, flux: BigInt(unknown.flux) })} are of clients whose country nobody knows; the delivery, or ` +
        '--unknown-client-area of the server, chose their service area',
    )
  if (others.domains > 0)
    lines.push(`${counted(others.domains, 'other domain')}${ofOwner}: ${figures(others)} are not in it`)
  const foreign = answer.domains_of_other_accounts ?? 0
  if (foreign > 0) lines.push(`${counted(foreign, 'domain')} of other accounts: not in it; --account all has them`)
  const hidden = answer.hidden_traffic
  if (hidden && hidden.domains > 0)
    lines.push(
      `${counted(hidden.domains, 'domain')} had another owner: ${figures(hidden)} of that time are in no account's file`,
    )
  if (isTopList) lines.push('a top list has the first rows of this traffic alone (--limit)')
  if (hasPlaceFilter)
    lines.push('--country, --province and --isp: the file has what passes them, and so less than this')
  return [...lines, ...ofRange]
}

/** A bill of a part of a month looks like the month's. */
function rangeLines({ effective }: Pick<PreflightAnswer, 'effective'>, isBill: boolean): string[] {
  const { start_time, end_time, time_zone: zone, cut_at: cutAt } = effective
  const parts = isBill ? partMonths({ startTimeMs: start_time, endTimeMs: end_time }, zone) : []
  const lines = parts.map(
    ({ name, startTimeMs, endTimeMs }) =>
      `part of a month: ${name} from ${localTime(startTimeMs, zone)} to ${localTime(endTimeMs, zone)} (${zone})`,
  )
  if (cutAt !== null)
    lines.push(`the range is cut at ${localTime(cutAt, zone)} (${zone}): what was asked beyond lies in the future`)
  return lines
}

type Traffic = { requests: number; flux: WholeNumber }

/** Words for the account whose data the file has. */
function ownerTexts(account: PreflightAnswer['account']): { owner: string; ofOwner: string } {
  if (account === null) return { owner: 'the account', ofOwner: ' of the account' }
  const { name } = account
  return name === null ? { owner: 'any account', ofOwner: '' } : { owner: name, ofOwner: ` of ${name}` }
}

function shareText(file: Traffic, range: Traffic, owner: string): string {
  if (range.requests === 0) return `traffic: no request of ${owner} counts in the range`
  if (file.requests === range.requests) return `traffic: ${figures(file)}, all that ${owner} has in the range`
  const unit = BigInt(range.flux) > 0n ? 'bytes' : 'requests'
  return `traffic: ${figures(file)}: ${percentOf(file, range)} of the ${unit}, of ${figures(range)} in the range`
}

const figures = ({ requests, flux }: Traffic) => `${bytesText(flux)} in ${counted(requests, 'request')}`
const counted = (count: number, noun: string) => `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`

/** Of the bytes; of the requests where none has a byte. Cut to a tenth, never rounded up to all. */
function percentOf(file: Traffic, range: Traffic): string {
  const [part, whole] = BigInt(range.flux) > 0n ? [file.flux, range.flux] : [file.requests, range.requests]
  const tenths = Number((BigInt(part) * 1000n) / BigInt(whole))
  if (tenths === 0 && BigInt(part) > 0n) return 'less than 0.1 %'
  return `${tenths / 10} %`
}
