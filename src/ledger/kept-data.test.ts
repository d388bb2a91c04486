import { describe, expect, it } from 'vitest'
import { firstKeptMs, partitionEndMs, type Source } from './kept-data.ts'

const at = (text: string) => Date.parse(text)

describe('what is kept', () => {
  const cases: [Source, number | null, string, string | null][] = [
    ['request', null, '2026-11-22T10:00:00Z', null],
    ['request', 1, '2026-11-22T10:00:00Z', '2026-11-21T00:00:00Z'],
    ['request', 30, '2026-03-01T00:00:00Z', '2026-01-30T00:00:00Z'],
    ['request', 1, '2024-03-01T23:59:59Z', '2024-02-29T00:00:00Z'],
    ['usage', 1, '2026-11-22T10:00:00Z', '2026-11-01T00:00:00Z'],
    ['usage', 31, '2026-11-22T10:00:00Z', '2026-10-01T00:00:00Z'],
    ['url_daily', 31, '2026-01-01T00:00:00Z', '2025-12-01T00:00:00Z'],
    ['geography_hourly', 365, '2026-11-22T10:00:00Z', '2025-11-01T00:00:00Z'],
  ]
  it.each(cases)('of %s for %s days at %s begins at %s', (source, days, now, expected) => {
    expect(firstKeptMs(source, days, at(now))).toBe(expected === null ? 0 : at(expected))
  })

  it.each([
    ['request', '20240228', '2024-02-29T00:00:00Z'],
    ['request', '20251231', '2026-01-01T00:00:00Z'],
    ['usage', '202402', '2024-03-01T00:00:00Z'],
    ['url_daily', '202512', '2026-01-01T00:00:00Z'],
  ] as const)('a partition of %s named %s ends at %s', (source, id, end) => {
    expect(partitionEndMs(source, id)).toBe(at(end))
  })

  it.each([
    ['request', '202402'],
    ['usage', '20240228'],
    ['usage', 'all'],
    ['request', `20240228'; --`],
  ] as const)('%s has no partition named %s', (source, id) => {
    expect(() => partitionEndMs(source, id)).toThrow(/has a partition/)
  })
})
