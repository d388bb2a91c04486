import type { OwnAccountAnswer } from '../accounts/own-account-route.ts'
import { askedRangeOf, type RangeFlags } from './asked-time.ts'
import { ClientError } from './client.ts'
import { formatOfOutput } from './output-path.ts'

export type ExportFlags = RangeFlags & {
  /** An account's id, or all. */
  account?: string
  action?: string
  domain?: string
  timeZone?: string
  interval?: string
  groupBy?: string
  serviceArea?: string
  statType?: string
  country?: string
  province?: string
  isp?: string
  language?: string
  limit?: string
  format?: string
  compression?: string
  delimiter?: string
  decimal?: string
  bom?: string
  taskName?: string
  coverageColumn?: boolean
  requireFinal?: string | boolean
  requireFinalWaitSeconds?: string
  webhookUrl?: string
  output?: string
}

/**
 * The body of a create. It states the account's defaults, the language of the locale, and the format that the file's
 * name says; the API's own defaults are those of its contract. Other options that are missing are left to the server.
 * @throws ClientError for flags that contradict each other
 */
export function exportBody(
  flags: ExportFlags,
  defaults: OwnAccountAnswer['defaults'],
  environment: NodeJS.ProcessEnv,
): Record<string, unknown> {
  const serviceArea = flags.serviceArea ?? defaults.service_area
  assertMatchesSome(serviceArea, flags.country)
  const file = formatOfOutput(flags)
  const asked = {
    account: flags.account,
    action: flags.action,
    domain_name: flags.domain,
    ...askedRangeOf(flags),
    time_zone: flags.timeZone ?? defaults.time_zone,
    interval: flags.interval, // sent as text: the server explains a wrong value
    group_by: flags.groupBy,
    service_area: serviceArea,
    stat_type: flags.statType,
    country: flags.country,
    province: flags.province,
    isp: flags.isp,
    language: flags.language ?? defaults.language ?? languageOf(environment),
    limit: flags.limit,
    ...file,
    ...csvOf(flags, file.format ?? defaults.format, defaults),
    task_name: flags.taskName,
    coverage_column: flags.coverageColumn,
    require_final: flags.requireFinal,
    require_final_wait_seconds: flags.requireFinalWaitSeconds,
    webhook_url: flags.webhookUrl,
  }
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined))
}

/** The account's form of CSV files is stated for such files alone. */
function csvOf(flags: ExportFlags, format: string, defaults: OwnAccountAnswer['defaults']) {
  const own = format === 'csv' ? defaults : { csv_delimiter: null, csv_decimal: null, csv_bom: null }
  return {
    csv_delimiter: flags.delimiter ?? own.csv_delimiter ?? undefined,
    csv_decimal: flags.decimal ?? own.csv_decimal ?? undefined,
    csv_bom: flags.bom ?? own.csv_bom ?? undefined,
  }
}

/** The language of the locale, as POSIX reads it: LC_ALL before LC_MESSAGES before LANG. */
function languageOf(environment: NodeJS.ProcessEnv): 'zh' | 'en' {
  const locale = environment['LC_ALL'] || environment['LC_MESSAGES'] || environment['LANG'] || ''
  return /^zh/i.test(locale) ? 'zh' : 'en'
}

/** @throws ClientError for a filter that no client passes: clients of the mainland are those of `cn` */
function assertMatchesSome(serviceArea: string, country: string | undefined): void {
  if (country === undefined || country.trim().toLowerCase() === 'all') return
  const codes = country.split(',').map((code) => code.trim().toLowerCase())
  const isOfMainland = codes.includes('cn')
  const isOfOthers = codes.some((code) => code !== 'cn')
  if (serviceArea === 'mainland_china' && !isOfMainland)
    throw new ClientError(
      `--country ${country} has no client in mainland_china: leave --service-area out, or say global`,
    )
  if (serviceArea === 'outside_mainland_china' && !isOfOthers)
    throw new ClientError(`--country ${country} has no client in outside_mainland_china: leave --service-area out`)
}
