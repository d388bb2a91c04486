import { describe, expect, it } from 'vitest'
import type { BillingRule } from '../../usage/bills/billing-rule.ts'
import type { ExportRequest } from '../request/export-request.ts'
import { rangeNotes } from './range-notes.ts'

const rule: BillingRule = { discardPercent: 5, validDayBytesOver: 0, overheadPercent: 10 }
const notes = (from: string, to: string, more: { isCut?: boolean; billing?: BillingRule | null; language?: string }) =>
  rangeNotes({
    startTimeMs: Date.parse(from),
    endTimeMs: Date.parse(to),
    timeZone: 'America/Asuncion',
    isCut: more.isCut ?? false,
    billing: more.billing === undefined ? rule : more.billing,
    language: more.language ?? 'en',
  } as ExportRequest)

describe('notes on a range', () => {
  it('are none of whole months, nor of a part of one that is no bill', () => {
    expect(notes('2024-09-01T00:00:00-04:00', '2024-11-01T00:00:00-03:00', {})).toEqual([])
    expect(notes('2024-09-10T00:00:00-04:00', '2024-09-20T00:00:00-04:00', { billing: null })).toEqual([])
  })

  it('tell a bill of a part of a month, and a range that was cut', () => {
    const part = ['2024-09-10T00:00:00-04:00', '2024-10-08T12:05:00-03:00'] as const
    expect(notes(...part, { isCut: true })).toEqual([
      ['Range cut', 'at 2024-10-08 12:05:00: what was asked beyond lay in the future'],
      ['Part of a month', '2024-09: 2024-09-10 00:00:00 – 2024-10-01 00:00:00'],
      ['Part of a month', '2024-10: 2024-10-01 00:00:00 – 2024-10-08 12:05:00'],
    ])
    expect(notes(...part, { language: 'zh' }).map(([label]) => label)).toEqual(['非整月', '非整月'])
  })
})
