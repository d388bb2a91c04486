import { describe, expect, it } from 'vitest'
import type { PreflightAnswer } from '../exports/tasks/preflight.ts'
import { trafficLines } from './traffic-text.ts'

const said = (from: string, to: string, more: { cut_at?: number; isBill?: boolean } = {}) => {
  const range = { start_time: Date.parse(from), end_time: Date.parse(to), time_zone: 'Europe/Berlin' }
  const effective = { ...range, service_area: 'global', cut_at: more.cut_at ?? null }
  const answer = { effective, traffic: null } as PreflightAnswer
  const lines = trafficLines(answer, { hasPlaceFilter: false, isTopList: false, isBill: more.isBill ?? true })
  return lines.slice(1)
}

describe('what is said of the range of a bill', () => {
  it('is nothing where it is of whole months', () => {
    expect(said('2026-09-01T00:00:00+02:00', '2026-11-01T00:00:00+01:00')).toEqual([])
  })

  it('names the months of which it has a part', () => {
    expect(said('2026-09-10T00:00:00+02:00', '2026-11-02T00:00:00+01:00')).toEqual([
      'part of a month: 2026-09 from 2026-09-10 00:00:00 to 2026-10-01 00:00:00 (Europe/Berlin)',
      'part of a month: 2026-11 from 2026-11-01 00:00:00 to 2026-11-02 00:00:00 (Europe/Berlin)',
    ])
  })

  it('names no month in another file, and where the range is cut', () => {
    const cutAt = Date.parse('2026-09-20T00:00:00Z')
    expect(said('2026-09-10T00:00:00Z', '2026-09-20T00:00:00Z', { isBill: false, cut_at: cutAt })).toEqual([
      expect.stringContaining('the range is cut at 2026-09-20'),
    ])
  })
})
