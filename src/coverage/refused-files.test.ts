import { describe, expect, it } from 'vitest'
import { type RefusedFile, refusedSpans } from './refused-files.ts'

const at = (text: string) => Date.parse(text)
const hour = (from: string, to: string) => ({ startMs: at(from), endMs: at(to) }) as RefusedFile['hours']
const file = (more: Partial<RefusedFile>): RefusedFile => ({
  ...{ batchId: 1, accountId: 'a', source: 'edge', name: 'x.log', defaultDomain: null, errorCode: 'FLUXPORT.0102' },
  ...{
    errorMessage: '',
    refusedAtMs: 0,
    key: 'a:edge',
    domain: '',
    hours: null,
    day: null,
    isRest: false,
    newRequests: null,
  },
  ...more,
})
const source = (dayZone: string | null) => ({ key: 'a:edge', cadence: { dayZone } as never })
const spans = (files: RefusedFile[], dayZone: string | null = null, domain = 'www.a.example') =>
  refusedSpans(files, [source(dayZone)], new Set())(source(dayZone), domain)

describe('the time of refused files', () => {
  it('lies on whole buckets, whatever seconds a name tells', () => {
    const odd = file({ hours: hour('2026-09-05T00:00:00Z', '2026-09-05T00:01:30Z') })
    expect(spans([odd])).toEqual([{ startMs: at('2026-09-05T00:00:00Z'), endMs: at('2026-09-05T00:05:00Z') }])
  })

  it('is that of its domain, and that of files of any domain, together and in order', () => {
    const files = [
      file({ hours: hour('2026-09-05T02:00:00Z', '2026-09-05T03:00:00Z'), domain: 'www.a.example' }),
      file({ hours: hour('2026-09-05T01:00:00Z', '2026-09-05T02:00:00Z') }),
      file({ hours: hour('2026-09-05T05:00:00Z', '2026-09-05T06:00:00Z'), domain: 'other.example' }),
      file({ hours: hour('2026-09-05T07:00:00Z', '2026-09-05T08:00:00Z'), key: 'b:edge' }),
    ]
    expect(spans(files)).toEqual([{ startMs: at('2026-09-05T01:00:00Z'), endMs: at('2026-09-05T03:00:00Z') }])
  })

  it('is a day of the source’s zone, and none without a stated one', () => {
    const dated = file({ day: at('2026-10-25T00:00:00Z') / 86_400_000 })
    expect(spans([dated])).toEqual([])
    expect(spans([dated], 'Europe/Berlin')).toEqual([
      { startMs: at('2026-10-25T00:00:00+02:00'), endMs: at('2026-10-26T00:00:00+01:00') },
    ])
  })

  it('is none of a file whose requests count already', () => {
    const hours = hour('2026-09-05T01:00:00Z', '2026-09-05T02:00:00Z')
    const overlapping = { hours, errorCode: 'FLUXPORT.0106' }
    expect(spans([file({ ...overlapping, newRequests: 0 })])).toEqual([])
    expect(spans([file({ ...overlapping, newRequests: 3 })])).toEqual([hours])
  })
})
