import type { ReportInput } from './reports/report.ts'

/** Up to where the logs of a task's domains have been loaded, from the start of its range on. */
export type Coverage = {
  /** Domains with a request in the range or after it, and those with none. */
  domains_with_data: number
  domains_without_data: number
  /** The last 5 minutes of any of the domains that have a request, unix ms; null when none has. */
  logged_until: number | null
  /** Of each domain with data the last such 5 minutes, the earliest of them. */
  logged_until_least: number | null
}

export function coverageOf(input: Pick<ReportInput, 'domains' | 'watermarks'>): Coverage {
  const watermarks = [...input.watermarks.values()].map((seconds) => seconds * 1000)
  return {
    domains_with_data: watermarks.length,
    domains_without_data: input.domains.length - watermarks.length,
    logged_until: watermarks.length === 0 ? null : Math.max(...watermarks),
    logged_until_least: watermarks.length === 0 ? null : Math.min(...watermarks),
  }
}
