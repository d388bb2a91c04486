import { type Static, Type } from 'typebox'
import { accountParameter } from '../../accounts/whose.ts'
import { AppError, parameterError, quoted } from '../../errors.ts'
import { Text } from '../../http/schemas.ts'
import { askedBuckets, askedZone, goesOnBeyond, timeMsMax } from '../../statistics/asked-range.ts'
import { domainNamesMax, namedDomains } from '../../statistics/domain-name.ts'
import type { Compression, Format } from '../../statistics/format-names.ts'
import { compressions, csvDelimiters, formats } from '../../statistics/format-names.ts'
import { type Language, languages } from '../../statistics/languages.ts'
import { type ServiceArea, serviceAreas } from '../../statistics/service-areas.ts'
import type { IntervalSeconds, TimeRange } from '../../statistics/time-range.ts'
import type { BillingRule } from '../../usage/bills/billing-rule.ts'
import type { PlaceFilter } from '../../usage/rows/place-filter.ts'
import { type Action, actions, isBill } from './actions.ts'
import { type CsvDialect, csvDialectOf } from './csv-dialect.ts'
import { placeFilterOf } from './place-filter.ts'

const statTypes = ['flux', 'req_num'] as const

const topRowsDefault = 100
const topRowsMax = 10_000
const taskNameLengthMax = 255

const optionalText = (description: string) => Type.Optional(Type.String({ description, maxLength: 1_000_000 }))
const optionalInteger = (description: string, maximum: number) =>
  Type.Optional(Type.Integer({ description, minimum: 0, maximum }))

/** The body of a create, by the contract: every field is optional, unknown ones are ignored. */
export const CreateExportTaskBody = Type.Object({
  account: Type.Optional(Text(`${accountParameter}. A Fluxport extension`)),
  action: optionalText(
    `One of ${actions.join(', ')}. Default reports_detail. billing_summary and bill are Fluxport extensions`,
  ),
  domain_name: optionalText(
    `Up to ${domainNamesMax} domain names with commas between them, or all (default): every domain of the account`,
  ),
  start_time: optionalInteger('Unix ms, inclusive; widened down to a whole bucket', timeMsMax),
  end_time: optionalInteger('Unix ms, exclusive; widened up to a whole bucket; the future is clipped', timeMsMax),
  start_date: optionalText(
    'First day, YYYY-MM-DD, from midnight of the time zone; instead of start_time. A Fluxport extension',
  ),
  end_date: optionalText(
    'Day after the last one, YYYY-MM-DD, at midnight of the time zone; instead of end_time. A Fluxport extension',
  ),
  time_zone: optionalText('Time zone of days, hours and times. Default: the server’s. A Fluxport extension'),
  group_by: optionalText('domain, or nothing: summed over the domains'),
  // No bounds here: the refusal must name the two values, not a limit.
  interval: Type.Optional(
    Type.Integer({ description: 'Seconds: 300 or 3600; over 90 days 3600 alone. Default 300 up to 90 days' }),
  ),
  service_area: optionalText(`One of ${serviceAreas.join(', ')}. Default mainland_china`),
  stat_type: optionalText('flux (default) or req_num: orders a top list, and is what its shares are counted in'),
  country: optionalText('Country codes with commas between them, or all. Not with isp_detail or top_url_detail'),
  province: optionalText(
    'Province codes, or all; needs country=cn. isp_detail needs no country, and then has rows of each province',
  ),
  isp: optionalText('Carrier codes with commas between them, or all'),
  language: optionalText('Language of titles and names: zh (default) or en'),
  task_name: optionalText(
    `Up to ${taskNameLengthMax} characters; without it the server makes one. A Fluxport extension`,
  ),
  format: optionalText(`${formats.join(', ')}. Default csv, or the account’s. A Fluxport extension`),
  csv_delimiter: optionalText(
    `Between the cells of a CSV file: ${Object.keys(csvDelimiters).join(' ')}. Default a comma. A Fluxport extension`,
  ),
  csv_decimal: optionalText(
    'Decimal sign in a CSV file: . or , (with another delimiter). Default a point. A Fluxport extension',
  ),
  csv_bom: optionalText(
    'true or false: a byte order mark before a CSV file. Default before Chinese titles alone. A Fluxport extension',
  ),
  compression: optionalText(`${compressions.join(', ')}. Default none, or the account’s. A Fluxport extension`),
  // The documentation's own example sends a limit with any action; only a top list reads it.
  limit: Type.Optional(
    Type.Integer({
      description: `Rows of a top list, or of each domain of it: 1 to ${topRowsMax}, default 100. A Fluxport extension`,
    }),
  ),
  coverage_column: optionalText(
    'true: adds a column that says whether each bucket is final, in reports with buckets. A Fluxport extension',
  ),
  require_final: optionalText(
    'true: the task waits until every bucket is final or reported; strict: until every one is final; fail: it fails when one is neither; strict_fail: when one is not final. Default: it takes the figures as they are. A Fluxport extension',
  ),
  // No bounds here, as for the interval.
  require_final_wait_seconds: Type.Optional(
    Type.Integer({
      description: 'How long require_final=true or strict waits before it fails; default 86400. A Fluxport extension',
    }),
  ),
  webhook_url: optionalText(
    'The server posts to this URL when the task has ended: http or https. A Fluxport extension',
  ),
})
export type CreateExportTaskBody = Static<typeof CreateExportTaskBody>

/** A request with every default filled in: a task keeps it, and a report is made from it. */
export type ExportRequest = TimeRange &
  PlaceFilter & {
    action: Action
    /** Null: every domain that the account has when the task is claimed. */
    domains: string[] | null
    groupBy: 'domain' | null
    intervalSeconds: IntervalSeconds
    serviceArea: ServiceArea
    statType: (typeof statTypes)[number]
    language: Language
    format: Format
    compression: Compression
    /** The form of a CSV file. */
    csv: CsvDialect
    /** True if isp_detail has a row for each province. */
    byProvince: boolean
    /** Rows of a top list, or of each of its domains. */
    topRows: number
    timeZone: string
    /** True if the asked range reaches into the future, and was cut. */
    isCut: boolean
    /** True if each bucket's row has its state. */
    coverageColumn: boolean
    /**
     * Set if the file is made only of final and reported buckets, or strictly of final ones; with the longest wait.
     */
    requireFinal: { waitSeconds: number; isStrict?: boolean } | null
    /** The rule of a bill, as the server had it when the task was created. */
    billing: BillingRule | null
  }

/** Defaults that the server and the account add to a create. */
type RequestDefaults = { timeZone: string; format: Format; compression: Compression; billing: BillingRule }

/**
 * Fills in the defaults and checks what a schema cannot. An unknown filter is refused, never ignored.
 * @throws AppError CDN.0001 or CDN.0015, naming the parameter
 */
export function parseExportRequest(
  body: CreateExportTaskBody,
  defaults: RequestDefaults,
  nowMs: number,
): ExportRequest {
  const action = oneOf('action', actions, body.action || 'reports_detail')
  const timeZone = body.time_zone ? askedZone('time_zone', body.time_zone) : defaults.timeZone
  const format = oneOf('format', formats, body.format || defaults.format)
  const buckets = bucketsOf(action, askedBuckets(body, { hasBuckets: hasBuckets(action), timeZone, nowMs }))
  return {
    action,
    domains: namedDomains(body.domain_name),
    groupBy: groupByOf(body.group_by, action),
    serviceArea: serviceAreaOf(body.service_area),
    statType: oneOf('stat_type', statTypes, body.stat_type || 'flux'),
    ...placeFilterOf(action, body),
    byProvince: action === 'isp_detail' && Boolean(body.province),
    topRows: action.startsWith('top_') ? topRowsOf(body.limit) : topRowsDefault,
    language: oneOf('language', languages, body.language || 'zh'),
    format,
    csv: csvDialectOf(body, format),
    compression: body.compression
      ? oneOf('compression', compressions, body.compression)
      : compressionOf(action, format, defaults),
    coverageColumn: coverageColumnOf(body.coverage_column, action),
    requireFinal: requireFinalOf(body),
    timeZone,
    billing: isBill(action) ? defaults.billing : null,
    ...buckets,
    isCut: goesOnBeyond(body, timeZone, buckets.endTimeMs),
  }
}

/** A bill is of each domain. */
function groupByOf(given: string | undefined, action: Action): ExportRequest['groupBy'] {
  if (given) return oneOf('group_by', ['domain'] as const, given)
  return action === 'bill' ? 'domain' : null
}

/** All tables of a bill are one file: a workbook, or an archive. */
function compressionOf(action: Action, format: Format, { compression }: RequestDefaults): Compression {
  return action === 'bill' && format !== 'xlsx' ? 'zip' : compression
}

function bucketsOf<Buckets extends { intervalSeconds: IntervalSeconds }>(action: Action, buckets: Buckets): Buckets {
  if (action === 'bill' && buckets.intervalSeconds !== 300)
    throw parameterError('interval', 'a bill has points of 300 seconds, and covers 90 days at most')
  return buckets
}

function oneOf<T extends string>(parameter: string, allowed: readonly T[], value: string): T {
  const found = allowed.find((candidate) => candidate === value)
  if (!found) throw parameterError(parameter, `${quoted(value)} is not one of ${allowed.join(', ')}`)
  return found
}

/** The name that a create gives its task; null without one. */
export function taskNameOf(text: string | undefined): string | null {
  if (!text) return null
  if (text.length > taskNameLengthMax)
    throw parameterError('task_name', `it is longer than ${taskNameLengthMax} characters`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that a list must not print
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text)) throw parameterError('task_name', 'it has a control character')
  return text
}

function coverageColumnOf(value: string | undefined, action: Action): boolean {
  const isAsked = oneOf('coverage_column', ['true', 'false'], value || 'false') === 'true'
  if (isAsked && !hasBuckets(action)) throw parameterError('coverage_column', `${action} has no row for each bucket`)
  return isAsked
}

const waitSecondsDefault = 86_400
const waitSecondsMax = 31_536_000

function requireFinalOf(body: CreateExportTaskBody): ExportRequest['requireFinal'] {
  const how = oneOf('require_final', ['true', 'strict', 'fail', 'strict_fail', 'false'], body.require_final || 'false')
  const { require_final_wait_seconds: waitSeconds } = body
  if (waitSeconds === undefined)
    return {
      true: { waitSeconds: waitSecondsDefault },
      strict: { waitSeconds: waitSecondsDefault, isStrict: true },
      fail: { waitSeconds: 0 },
      strict_fail: { waitSeconds: 0, isStrict: true },
      false: null,
    }[how]
  if (how !== 'true' && how !== 'strict')
    throw parameterError('require_final_wait_seconds', 'it goes with require_final=true or strict')
  if (waitSeconds < 1 || waitSeconds > waitSecondsMax)
    throw parameterError('require_final_wait_seconds', `${waitSeconds} is not a number from 1 to ${waitSecondsMax}`)
  return how === 'strict' ? { waitSeconds, isStrict: true } : { waitSeconds }
}

function topRowsOf(limit: number | undefined): number {
  if (limit === undefined) return topRowsDefault
  if (limit < 1 || limit > topRowsMax) throw parameterError('limit', `${limit} is not a number from 1 to ${topRowsMax}`)
  return limit
}

function serviceAreaOf(value: string | undefined): ServiceArea {
  const area = serviceAreas.find((candidate) => candidate === (value || 'mainland_china'))
  if (area) return area
  const problem = `The parameter service_area is invalid: ${quoted(value ?? '')} is not one of ${serviceAreas.join(', ')}`
  throw new AppError('CDN.0015', problem)
}

/**
 * True if a file has a row for each bucket. Top lists and bills cover the whole range, in whole buckets of the
 * interval.
 */
export const hasBuckets = (action: Action) => ['reports_detail', 'isp_detail', 'uv', 'bill'].includes(action)
