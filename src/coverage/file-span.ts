import { domainPattern } from '../statistics/domain-name.ts'

/**
 * The facts in a log file's name: its time, [startMs, endMs), and its domain. A name without a domain yields no span.
 */
type FileSpan = { domain: string; startMs: number; endMs: number }

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Huawei, Alibaba and Tencent name their files by China's clock. */
const zoneOffsetMs = 8 * hourMs

const endings = '(?:\\.(?:log|txt|json|csv|gz|zst|bz2|xz))*'

/** Huawei's names; `-ov` means outside mainland China. */
const hourAndArea = new RegExp(`^\\d{10}-.+-(cn|ov)(?:[_-]\\w+)?${endings}$`)

/** `2026090100-www.example.com-cn.gz`, perhaps in parts; Tencent's names have no area. */
const hourAndDomain = new RegExp(`^(\\d{10})-(.+?)(?:-(?:cn|ov)(?:[_-]\\w+)?)?${endings}$`)

/** `www.example.com_2026_09_01_000000_010000.gz`, perhaps in parts. */
const domainAndTimes = new RegExp(`^(.+?)_(\\d{4})_(\\d\\d)_(\\d\\d)_(\\d{6})_(\\d{6})(?:_\\w+)?${endings}$`)

/**
 * Reads a delivered file's name. Names of CDNs that write several files an hour, at any time, yield null: one such file
 * does not complete the hour.
 * @param name without its directory
 */
export function fileSpanOf(name: string): FileSpan | null {
  const span = spanByHour(name) ?? spanByTimes(name)
  return span && domainPattern.test(span.domain) ? span : null
}

/** The service area in a delivered file's name, given without its directory; null when the name has none. */
export function areaInName(name: string): 'mainland_china' | 'outside_mainland_china' | null {
  const [, area] = hourAndArea.exec(name) ?? []
  if (area === undefined) return null
  return area === 'cn' ? 'mainland_china' : 'outside_mainland_china'
}

function spanByHour(name: string): FileSpan | null {
  const [, stamp, domain] = hourAndDomain.exec(name) ?? []
  if (stamp === undefined || domain === undefined) return null
  const startMs = instantOf(`${stamp.slice(0, 4)}-${stamp.slice(4, 6)}-${stamp.slice(6, 8)}`, `${stamp.slice(8)}0000`)
  return startMs === null ? null : { domain: domain.toLowerCase(), startMs, endMs: startMs + hourMs }
}

function spanByTimes(name: string): FileSpan | null {
  const [, domain, year, month, day, from, to] = domainAndTimes.exec(name) ?? []
  if (domain === undefined || from === undefined || to === undefined) return null
  const date = `${year}-${month}-${day}`
  const startMs = instantOf(date, from)
  const sameDayMs = instantOf(date, to)
  if (startMs === null || sameDayMs === null) return null
  // The last hour of a day ends at 000000 of the next day.
  return { domain: domain.toLowerCase(), startMs, endMs: sameDayMs > startMs ? sameDayMs : sameDayMs + dayMs }
}

/** Null for a day or a time that does not exist. */
function instantOf(date: string, time: string): number | null {
  const text = `${date}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4, 6)}.000Z`
  const ms = Date.parse(text)
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== text || ms < dayMs) return null
  return ms - zoneOffsetMs
}
