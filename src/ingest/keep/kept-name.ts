import { fileSpanOf } from '../../coverage/file-span.ts'
import { localTime } from '../../statistics/time-range.ts'

const hourMs = 3_600_000
/** The contract's names and hours are those of China's clock. */
const zone = 'Etc/GMT-8'

type Times = { first_time_ms: number | null; last_time_ms: number | null; domains: readonly string[] }

/**
 * The hours that a log is of: those in its name, if its requests lie in them or within an hour of them, as a CDN writes
 * a request at its end. Else the hours of its requests.
 * @returns null for a log without a request
 */
export function spanOfLog(path: string, { first_time_ms, last_time_ms, domains }: Times) {
  if (first_time_ms === null || last_time_ms === null || domains.length === 0) return null
  const named = fileSpanOf(path.slice(path.lastIndexOf('/') + 1))
  if (named && first_time_ms >= named.startMs - hourMs && last_time_ms < named.endMs + hourMs)
    return { startMs: named.startMs, endMs: named.endMs }
  return {
    startMs: Math.floor(first_time_ms / hourMs) * hourMs,
    endMs: Math.floor(last_time_ms / hourMs) * hourMs + hourMs,
  }
}

const areaEnds: Record<string, string> = { mainland_china: '-cn-', outside_mainland_china: '-ov-' }

/**
 * A name in the contract's form, with a part of the log's id where segments are numbered:
 * `2026090100-www.example.test-cn-0f3a….gz`. A log of several domains has their number in that place, and one without an
 * area a tilde, at which no name of an hour is read (coverage/file-span.ts). The delivered name may name others.
 */
export function keptNameOf({
  id,
  startMs,
  domains,
  area,
}: {
  id: string
  startMs: number
  domains: readonly string[]
  area: string
}): string {
  const hour = localTime(startMs, zone).replaceAll(/\D/g, '').slice(0, 10)
  const of = domains.length === 1 ? domains[0] : `${domains.length}~domains`
  return `${hour}-${of}${areaEnds[area] ?? '~'}${id.slice(0, 16)}.gz`
}
