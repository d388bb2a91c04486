/** Warehouse tables that reports read. Each may be kept for a time of its own. */
export const keptSources = ['request', 'usage', 'url_daily', 'geography_hourly'] as const
export type Source = (typeof keptSources)[number]

/** Days that each source is kept; null: for ever. */
export type KeepDays = Readonly<Record<Source, number | null>>

/** Names of the sources in messages. */
export const sourceTitles: Record<Source, string> = {
  request: 'requests',
  usage: '5-minute sums',
  url_daily: 'daily URL totals',
  geography_hourly: 'hourly sums by place',
}

/** Partition width of each table (warehouse/migrations): a day or a month of UTC. */
const partitionUnits: Record<Source, 'day' | 'month'> = {
  request: 'day',
  usage: 'month',
  url_daily: 'month',
  geography_hourly: 'month',
}

const dayMs = 86_400_000

/**
 * The first time from which everything is kept: the start of the partition with the oldest instant to keep. A partition
 * is dropped once all of it is too old. Requests may therefore be kept up to a day longer than asked, other tables up
 * to a month.
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
 * @param partitionId the engine's id: 20260831 for a day, 202608 for a month
 * @throws Error when the id is neither
 */
export function partitionEndMs(source: Source, partitionId: string): number {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})?$/.exec(partitionId) ?? []
  const isDay = day !== undefined
  if (year === undefined || isDay !== (partitionUnits[source] === 'day'))
    throw new Error(`${source} has a partition ${partitionId}`)
  return isDay ? Date.UTC(Number(year), Number(month) - 1, Number(day) + 1) : Date.UTC(Number(year), Number(month), 1)
}
