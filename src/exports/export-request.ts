import { type Static, Type } from 'typebox'
import { AppError, parameterError } from '../errors.ts'
import { type IntervalSeconds, intervals, type TimeRange, widenToBuckets } from '../statistics/time-range.ts'

/** The contract's values, in its order. Those without a report yet are refused by name. */
export const actions = [
  'reports_detail',
  'top_url_detail',
  'top_ua_detail',
  'top_referer_detail',
  'top_ip_detail',
  'isp_detail',
  'top_path_detail',
  'uv',
] as const
export const availableActions = ['reports_detail', 'top_url_detail'] as const
export type Action = (typeof availableActions)[number]

export const serviceAreas = ['mainland_china', 'outside_mainland_china', 'global'] as const
export type ServiceArea = (typeof serviceAreas)[number]
const statTypes = ['flux', 'req_num'] as const
const languages = ['zh', 'en'] as const

/** Years from 1970 to 2100: the engine's times end in 2106. */
const timeMsMax = 4_102_444_800_000
const dayMs = 86_400_000
/** Over a longer span the contract allows hours alone. */
const fiveMinuteSpanDaysMax = 90

const optionalText = (description: string) => Type.Optional(Type.String({ description, maxLength: 1_000_000 }))
const optionalInteger = (description: string, maximum: number) =>
  Type.Optional(Type.Integer({ description, minimum: 0, maximum }))

/** The body of a create, as the contract has it: every field optional, unknown ones ignored. */
export const CreateExportTaskBody = Type.Object({
  action: optionalText(
    `One of ${actions.join(', ')}. Default reports_detail. Available: ${availableActions.join(', ')}`,
  ),
  domain_name: optionalText('Domain names with commas between them, or all (default): every domain of the account'),
  start_time: optionalInteger('Unix ms, inclusive; widened down to a whole bucket', timeMsMax),
  end_time: optionalInteger('Unix ms, exclusive; widened up to a whole bucket; the future is clipped', timeMsMax),
  group_by: optionalText('domain, or nothing: summed over the domains'),
  // Without bounds: what is refused is told the two values, not a limit.
  interval: Type.Optional(
    Type.Integer({ description: 'Seconds: 300 or 3600; over 90 days 3600 alone. Default 300 up to 90 days' }),
  ),
  service_area: optionalText(`One of ${serviceAreas.join(', ')}. Default mainland_china`),
  stat_type: optionalText('flux (default) or req_num: what a top list is ordered by, and shares are of'),
  country: optionalText('Not available yet'),
  province: optionalText('Not available yet'),
  isp: optionalText('Not available yet'),
  language: optionalText('Language of the header: zh (default) or en'),
  format: optionalText('csv (default). Ours'),
  compression: optionalText('none (default). Ours'),
})
export type CreateExportTaskBody = Static<typeof CreateExportTaskBody>

/** A request with every default filled in: what a task keeps, and a report is made from. */
export type ExportRequest = TimeRange & {
  action: Action
  /** Null: every domain that the account has when the task is claimed. */
  domains: string[] | null
  groupBy: 'domain' | null
  intervalSeconds: IntervalSeconds
  serviceArea: ServiceArea
  statType: (typeof statTypes)[number]
  language: (typeof languages)[number]
  format: 'csv'
  timeZone: string
}

/**
 * Fills in the defaults and checks what a schema cannot. A filter that is not built yet is refused, never ignored.
 * @throws AppError CDN.0001, CDN.0015 or FLUXPORT.0003, naming the parameter
 */
export function parseExportRequest(body: CreateExportTaskBody, timeZone: string, nowMs: number): ExportRequest {
  for (const parameter of ['country', 'province', 'isp'] as const) {
    if (body[parameter]) throw notAvailable(parameter, body[parameter])
  }
  if (body.format && body.format !== 'csv') throw notAvailable('format', body.format)
  if (body.compression && body.compression !== 'none') throw notAvailable('compression', body.compression)
  return {
    action: actionOf(body.action),
    domains: domainsOf(body.domain_name),
    groupBy: body.group_by ? oneOf('group_by', ['domain'] as const, body.group_by) : null,
    serviceArea: serviceAreaOf(body.service_area),
    statType: oneOf('stat_type', statTypes, body.stat_type || 'flux'),
    language: oneOf('language', languages, body.language || 'zh'),
    format: 'csv',
    timeZone,
    ...timesOf(body, timeZone, nowMs),
  }
}

const notAvailable = (parameter: string, value: string) =>
  new AppError('FLUXPORT.0003', `The parameter ${parameter} is not available yet (${quoted(value)})`)

const quoted = (value: string) => JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)

function oneOf<T extends string>(parameter: string, allowed: readonly T[], value: string): T {
  const found = allowed.find((candidate) => candidate === value)
  if (!found) throw parameterError(parameter, `${quoted(value)} is not one of ${allowed.join(', ')}`)
  return found
}

function actionOf(value: string | undefined): Action {
  const action = oneOf('action', actions, value || 'reports_detail')
  const available = availableActions.find((candidate) => candidate === action)
  if (!available) throw notAvailable('action', action)
  return available
}

function serviceAreaOf(value: string | undefined): ServiceArea {
  const area = serviceAreas.find((candidate) => candidate === (value || 'mainland_china'))
  if (area) return area
  const problem = `The parameter service_area is invalid: ${quoted(value ?? '')} is not one of ${serviceAreas.join(', ')}`
  throw new AppError('CDN.0015', problem)
}

/** A host name of at most 253 characters; the same rule rejects a log line's domain. */
export const domainPattern = /^[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?$/

function domainsOf(value: string | undefined): string[] | null {
  if (!value) return null
  const names = value
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
  if (names.length === 0) throw parameterError('domain_name', `${quoted(value)} names no domain; all names every one`)
  if (names.length === 1 && names[0] === 'all') return null
  const wrong = names.find((name) => name === 'all' || !domainPattern.test(name))
  if (wrong === 'all') throw parameterError('domain_name', 'all stands alone, without other names')
  if (wrong !== undefined) throw parameterError('domain_name', `${quoted(wrong)} is not a domain name`)
  return [...new Set(names)].sort()
}

function timesOf(body: CreateExportTaskBody, timeZone: string, nowMs: number) {
  const asked = askedRange(body, timeZone, nowMs)
  const spanMs = asked.endTimeMs - asked.startTimeMs
  const intervalSeconds = intervalOf(body.interval, spanMs)
  const untilNow = widenToBuckets({ startTimeMs: asked.startTimeMs, endTimeMs: nowMs }, intervalSeconds, timeZone)
  const wide = widenToBuckets(asked, intervalSeconds, timeZone)
  const range = { startTimeMs: wide.startTimeMs, endTimeMs: Math.min(wide.endTimeMs, untilNow.endTimeMs) }
  if (range.startTimeMs >= range.endTimeMs) throw parameterError('start_time', 'it lies in the future')
  return { ...range, intervalSeconds }
}

function askedRange(body: CreateExportTaskBody, timeZone: string, nowMs: number): TimeRange {
  const { start_time: startTimeMs, end_time: endTimeMs } = body
  if (startTimeMs === undefined && endTimeMs === undefined) return lastDay(timeZone, nowMs)
  if (startTimeMs === undefined) throw parameterError('start_time', 'it must be given when end_time is')
  if (endTimeMs === undefined) throw parameterError('end_time', 'it must be given when start_time is')
  if (startTimeMs >= endTimeMs) throw parameterError('start_time', 'it must be before end_time')
  return { startTimeMs, endTimeMs }
}

/** The last 24 whole hours. */
function lastDay(timeZone: string, nowMs: number): TimeRange {
  const { startTimeMs: hourNow } = widenToBuckets({ startTimeMs: nowMs, endTimeMs: nowMs }, 3600, timeZone)
  return { startTimeMs: hourNow - dayMs, endTimeMs: hourNow }
}

function intervalOf(value: number | undefined, spanMs: number): IntervalSeconds {
  const isLong = spanMs > fiveMinuteSpanDaysMax * dayMs
  if (value === undefined) return isLong ? 3600 : 300
  const interval = intervals.find((candidate) => candidate === value)
  if (!interval) throw parameterError('interval', `${value} is not one of ${intervals.join(', ')}`)
  if (isLong && interval === 300) throw parameterError('interval', 'over 90 days only 3600 is allowed')
  return interval
}
