import type { BucketCounts, BucketState } from '../../coverage/state-words.ts'
import type { ReportInput } from './report.ts'

/** The coverage of a task's figures, for its manifest. Times are unix ms. */
export type Coverage = {
  /** Number of domains with a request in the range or after it, and of domains without one. */
  domains_with_data: number
  domains_without_data: number
  /** The last 5 minutes with a request of any of the domains, unix ms; null when none has one. */
  logged_until: number | null
  /** The earliest of such last 5 minutes among domains with data. */
  logged_until_least: number | null
  /** Time at which the data became the task's version, at which coverage is judged. */
  judged_at: number
  /** Sums over every domain, in buckets of the task's interval. */
  buckets: BucketCounts
  sources: {
    source: string
    files_per_hour: number | null
    files_per_day: number | null
    day_zone: string | null
    delay_seconds: number
    /** The end of its reports for its furthest domain, and for the domain furthest behind. */
    watermark: number | null
    watermark_least: number | null
    rejected_lines: number
    late_lines: number
  }[]
  /** States of all domains as one; at most the first thousand. */
  ranges: { start_time: number; end_time: number; state: BucketState }[]
  ranges_total: number
}

/** Bounds the manifest, which the database stores, too. */
const rangesMax = 1_000

export function coverageOf(input: Pick<ReportInput, 'domains' | 'watermarks' | 'coverage'>): Coverage {
  const watermarks = [...input.watermarks.values()].map((seconds) => seconds * 1000)
  const { judgedAtMs, buckets, sources, runs } = input.coverage
  return {
    domains_with_data: watermarks.length,
    domains_without_data: input.domains.length - watermarks.length,
    logged_until: watermarks.length === 0 ? null : watermarks.reduce((a, b) => Math.max(a, b)),
    logged_until_least: watermarks.length === 0 ? null : watermarks.reduce((a, b) => Math.min(a, b)),
    judged_at: judgedAtMs,
    buckets,
    sources: sources.map((source) => ({
      source: source.source,
      files_per_hour: source.filesPerHour,
      files_per_day: source.filesPerDay,
      day_zone: source.dayZone,
      delay_seconds: source.delaySeconds,
      watermark: source.watermarkMs,
      watermark_least: source.watermarkLeastMs,
      rejected_lines: source.rejectedLines,
      late_lines: source.lateLines,
    })),
    ranges: runs
      .slice(0, rangesMax)
      .map(({ startMs, endMs, value }) => ({ start_time: startMs, end_time: endMs, state: value })),
    ranges_total: runs.length,
  }
}
