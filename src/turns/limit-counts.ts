/** Counts how often each limit was reached since the process began; names as in docs/reference/limits.md. */
export type LimitCounts = {
  reached(limit: LimitName): void
  read(): ReadonlyMap<LimitName, number>
}

/** Limits on what accounts share. A closed set: docs/reference/limits.md has a row for each. */
export const limitNames = [
  'connections',
  'bodies',
  'push-bytes',
  'pushes',
  'spool-bytes',
  'queries',
  'query-buckets',
  'downloads',
  'requests',
  'operations',
  'tasks',
  'kept-logs',
] as const
export type LimitName = (typeof limitNames)[number]

export function createLimitCounts(): LimitCounts {
  const counts = new Map<LimitName, number>(limitNames.map((name) => [name, 0]))
  return {
    reached: (limit) => void counts.set(limit, (counts.get(limit) ?? 0) + 1),
    read: () => counts,
  }
}
