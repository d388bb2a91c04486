/** A bill counted once more, slowly, from points and states; nothing of the product is used for it. */

export type Point = { domain: string; second: number; bytes: bigint }
export type States = Map<string, { startMs: number; endMs: number; state: string }[]>
/** The points of a series end with the last of all domains of its account; by default with the last of all. */
type Series = { account: string; name: string; domains: string[]; accountDomains?: string[] }
export type Asked = {
  zone: string
  startMs: number
  endMs: number
  series: Series[]
  /** Percent of points that are left out, and percent that is added to traffic. */
  discard: number
  overhead: number
}

const step = 300

const clocks = new Map<string, [Intl.DateTimeFormat, Intl.DateTimeFormat]>()
function clocksOf(timeZone: string): [Intl.DateTimeFormat, Intl.DateTimeFormat] {
  const made = clocks.get(timeZone) ?? [
    new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }),
    new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }),
  ]
  clocks.set(timeZone, made)
  return made
}

/** `2026-10-25 02:00:00+02:00`; without the offset where it does not change. */
function localText(second: number, zone: string, withOffset: boolean): string {
  const [clock, offsets] = clocksOf(zone)
  const text = clock.format(second * 1000)
  if (!withOffset) return text
  const offset = offsets.formatToParts(second * 1000).find(({ type }) => type === 'timeZoneName')?.value
  return `${text}${offset === 'GMT' ? '+00:00' : offset?.slice(3)}`
}

const halfUp = (value: bigint, by: bigint) => (value * 2n + by) / (by * 2n)
const bandwidth = (bytes: bigint) => halfUp(bytes * 8n, 300n)
const decimal = (value: bigint, unit: bigint) => {
  const digits = halfUp(value * 10_000n, unit)
    .toString()
    .padStart(5, '0')
  return `${digits.slice(0, -4)}.${digits.slice(-4)}`
}

// `Math.max` takes no bigint.
const highest = (values: bigint[]) => values.sort((a, b) => (a < b ? 1 : -1))[0] ?? 0n

type Month = { days: Map<string, number[]>; name: string }

function monthsOf({ zone, startMs, endMs }: Asked): Month[] {
  const months = new Map<string, Month>()
  for (let second = startMs / 1000; second < endMs / 1000; second += step) {
    const day = localText(second, zone, false).slice(0, 10)
    const month = months.get(day.slice(0, 7)) ?? { days: new Map(), name: day.slice(0, 7) }
    months.set(month.name, month)
    month.days.set(day, [...(month.days.get(day) ?? []), second])
  }
  return [...months.values()]
}

/** A series' points in order from the highest: those of its valid days, up to `until`. */
function pointsOf(bytesAt: Map<number, bigint>, month: Month, until: number) {
  const days = [...month.days.values()]
    .map((seconds) =>
      seconds.filter((second) => second < until).map((second) => ({ second, bytes: bytesAt.get(second) ?? 0n })),
    )
    .filter((points) => points.some(({ bytes }) => bytes > 0n))
  const points = days.flat().sort((a, b) => (a.bytes === b.bytes ? a.second - b.second : a.bytes < b.bytes ? 1 : -1))
  const peaks = days.map((day) => highest(day.map(({ bytes }) => bytes)))
  return { points, peaks: peaks.sort((a, b) => (a < b ? 1 : -1)), days: days.length }
}

type Traffic = Map<number, bigint>

function trafficOf(points: Point[]): Map<string, Traffic> {
  const all = new Map<string, Traffic>()
  for (const { domain, second, bytes } of points) {
    const own = all.get(domain) ?? new Map<number, bigint>()
    const bucket = second - (second % step)
    all.set(domain, own.set(bucket, (own.get(bucket) ?? 0n) + bytes))
  }
  return all
}

const worst = (found: string[]) =>
  ['missing', 'refused', 'provisional', 'reported', 'final'].find((state) => found.includes(state)) ?? '?'

/** The logs’ facts: the traffic and the state of each bucket of each domain. */
type Known = {
  traffic: Map<string, Traffic>
  lastOf: (domains: readonly string[] | undefined) => number
  stateAt: (domain: string, second: number) => string
  text: (second: number) => string
}

/** The lines of the cover, and the points of each series, month by month. */
export function billOf(asked: Asked, all: Point[], states: States) {
  const traffic = trafficOf(all)
  const stateOf = new Map<string, string>()
  for (const [domain, runs] of states)
    for (const { startMs, endMs, state } of runs)
      for (let second = startMs / 1000; second < endMs / 1000; second += step) stateOf.set(`${domain} ${second}`, state)
  const offsetAt = (ms: number) => localText(ms / 1000, asked.zone, true).slice(19)
  const withOffset = offsetAt(asked.startMs) !== offsetAt(asked.endMs - 1)
  const known: Known = {
    traffic,
    lastOf: (domains = [...traffic.keys()]) =>
      Math.max(...domains.flatMap((domain) => [...(traffic.get(domain)?.keys() ?? [])])),
    stateAt: (domain, second) => stateOf.get(`${domain} ${second}`) ?? '?',
    text: (second) => localText(second, asked.zone, withOffset),
  }
  const lines = monthsOf(asked).flatMap((month) => asked.series.map((series) => lineOf(asked, known, month, series)))
  return { cover: lines.map(({ cover }) => cover), points: lines.map(({ points }) => points) }
}

function sumOf(known: Known, domains: string[]): Traffic {
  const sum: Traffic = new Map()
  for (const domain of domains)
    for (const [second, bytes] of known.traffic.get(domain) ?? []) sum.set(second, (sum.get(second) ?? 0n) + bytes)
  return sum
}

function lineOf(asked: Asked, known: Known, month: Month, { account, name, domains, accountDomains }: Series) {
  const seconds = [...month.days.values()].flat()
  const from = Math.min(...seconds)
  const to = Math.max(...seconds) + step
  const until = Math.min(to, known.lastOf(accountDomains) + step)
  const bytesAt = sumOf(known, domains)
  const flux = seconds.reduce((sum, second) => sum + (bytesAt.get(second) ?? 0n), 0n)
  const billed = halfUp(flux * BigInt(100 + asked.overhead), 100n)
  const series = pointsOf(bytesAt, month, until)
  const discarded = discardedOf(asked, series.points)
  const found = domains.flatMap((domain) =>
    seconds.map((second) => ({ domain, second, state: known.stateAt(domain, second) })),
  )
  const missing = found.filter(({ state }) => state === 'missing')
  const percentile = percentileOf(asked, series.points)
  const ifFilled = filledPercentile(asked, known, { month, domains, missing, until, seconds })
  const isLogged = until > from
  const has = series.days > 0
  const cover = [
    ...[month.name, account, name, worst(found.map(({ state }) => state))],
    ...(isLogged ? [flux, billed, decimal(billed, 10n ** 9n), decimal(billed, 10n ** 12n)] : ['', '', '', '']),
    ...[percentile ?? '', percentile === null ? '' : decimal(percentile, 10n ** 6n)],
    (missing.length === 0 ? percentile : ifFilled) ?? '',
    has ? halfUp(series.peaks.reduce((sum, peak) => sum + peak, 0n) * 8n, 300n * BigInt(series.days)) : '',
    series.days < 4 ? '' : bandwidth(series.peaks[3] ?? 0n),
    ...(has ? [bandwidth(series.peaks[0] ?? 0n), known.text(series.points[0]?.second ?? 0)] : ['', '']),
    ...[series.days, series.points.length, discarded, missing.length],
    found.filter(({ state }) => state === 'provisional').length,
    ...[known.text(from), known.text(to)],
  ].map(String)
  const ranks = new Map(series.points.slice(0, discarded).map(({ second }, n) => [second, String(n + 1)]))
  const points = seconds.map((second) => {
    const state = worst(domains.map((domain) => known.stateAt(domain, second)))
    const bytes = bytesAt.get(second)
    const isKnown = bytes !== undefined || (state !== 'missing' && second < until)
    const value = isKnown ? [String(bytes ?? 0n), String(bandwidth(bytes ?? 0n))] : ['', '']
    return [month.name, account, name, known.text(second), ...value, ranks.get(second) ?? '', state]
  })
  return { cover, points }
}

const discardedOf = ({ discard }: Asked, points: unknown[]) => Math.floor((points.length * discard) / 100)

const percentileOf = (asked: Asked, points: { bytes: bigint }[]): bigint | null =>
  points.length === 0 ? null : bandwidth(points[discardedOf(asked, points)]?.bytes ?? 0n)

type Gaps = {
  month: Month
  domains: string[]
  missing: { domain: string; second: number }[]
  until: number
  seconds: number[]
}

/** The percentile if each missing bucket of a domain were at the domain's highest point. */
function filledPercentile(asked: Asked, known: Known, { month, domains, missing, until, seconds }: Gaps) {
  const peaks = new Map(
    domains.map((domain) => [domain, highest(seconds.map((second) => known.traffic.get(domain)?.get(second) ?? 0n))]),
  )
  const filled = sumOf(known, domains)
  const gaps = missing.filter(({ domain }) => (peaks.get(domain) ?? 0n) > 0n)
  for (const { domain, second } of gaps) filled.set(second, (filled.get(second) ?? 0n) + (peaks.get(domain) ?? 0n))
  const untilFilled = gaps.reduce((last, { second }) => Math.max(last, second + step), until)
  return percentileOf(asked, pointsOf(filled, month, untilFilled).points)
}
