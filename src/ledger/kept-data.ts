/** What reports are read from: tables of the warehouse, each of which may be kept for a time of its own. */
export const keptSources = ['request', 'usage', 'url_daily', 'geography_hourly'] as const
export type Source = (typeof keptSources)[number]

/** Days that each source is kept for, null: for ever. */
export type KeepDays = Readonly<Record<Source, number | null>>

/** What people call them. */
export const sourceTitles: Record<Source, string> = {
  request: 'requests',
  usage: '5-minute sums',
  url_daily: 'daily URL totals',
  geography_hourly: 'hourly sums by place',
}

/** How the tables are partitioned (warehouse/migrations): by days or months of UTC. */
const partitionUnits: Record<Source, 'day' | 'month'> = {
  request: 'day',
  usage: 'month',
  url_daily: 'month',
  geography_hourly: 'month',
}

const dayMs = 86_400_000

/**
 * From when on everything is kept: the start of the partition that has the oldest instant to be kept. A partition goes when
 * all of it is past its time, so up to a day more of the requests is there than asked, and up to a month of the rest.
 * @returns unix ms; 0 when the source is kept for ever
 */
export function firstKeptMs(source: Source, keepDays: number | null, nowMs: number): number {
  if (keepDays === null) return 0
  const oldestMs = nowMs - keepDays * dayMs
  if (partitionUnits[source] === 'day') return Math.floor(oldestMs / dayMs) * dayMs
  const oldest = new Date(oldestMs)
  return Date.UTC(oldest.getUTCFullYear(), oldest.getUTCMonth(), 1)
}

/**
 * The end of a partition, exclusive, unix ms.
 * @param partitionId as the engine has it: 20260831 of a day, 202608 of a month
 * @throws Error when it is neither
 */
export function partitionEndMs(source: Source, partitionId: string): number {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})?$/.exec(partitionId) ?? []
  const isDay = day !== undefined
  if (year === undefined || isDay !== (partitionUnits[source] === 'day'))
    throw new Error(`${source} has a partition ${partitionId}`)
  return isDay ? Date.UTC(Number(year), Number(month) - 1, Number(day) + 1) : Date.UTC(Number(year), Number(month), 1)
}
