import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../errors.ts'
import { actions, isBill } from './actions.ts'
import { contractDialect } from './csv-dialect.ts'
import { type CreateExportTaskBody, parseExportRequest, taskNameOf } from './export-request.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const at = (text: string) => Date.parse(text)
const now = at('2026-09-10T10:42:17.123+08:00')
const start = at('2026-09-01T00:00:00+08:00')

const billing = { discardPercent: 5, validDayBytesOver: 0, overheadPercent: 10 }
const defaultsIn = (timeZone: string) => ({ timeZone, format: 'csv', compression: 'none', billing }) as const
const parse = (body: CreateExportTaskBody, zone = 'Asia/Shanghai', nowMs = now) =>
  parseExportRequest(body, defaultsIn(zone), nowMs)

/** A refusal as `code: message`. */
function refusalOf(body: CreateExportTaskBody, zone?: string): string {
  try {
    parse(body, zone)
  } catch (error) {
    if (error instanceof AppError) return `${error.code}: ${error.message}`
    throw error
  }
  throw new Error('it was taken')
}

describe('dates', () => {
  it.each([
    ['Asia/Shanghai', '2026-08-01', '2026-09-01', '2026-08-01T00:00:00+08:00', '2026-09-01T00:00:00+08:00'],
    // Clocks went forward on 29 March: the day has 23 hours.
    ['Europe/Berlin', '2026-03-29', '2026-03-30', '2026-03-29T00:00:00+01:00', '2026-03-30T00:00:00+02:00'],
    // Clocks leap over midnight: the day begins an hour later.
    ['America/Asuncion', '2024-10-06', '2024-10-07', '2024-10-06T01:00:00-03:00', '2024-10-07T00:00:00-03:00'],
    ['UTC', '2024-02-29', '2024-03-01', '2024-02-29T00:00:00Z', '2024-03-01T00:00:00Z'],
  ])('are midnights of the zone: %s', (zone, first, last, startTime, endTime) => {
    const asked = parse({ start_date: first, end_date: last, time_zone: zone })
    expect(asked).toMatchObject({ startTimeMs: at(startTime), endTimeMs: at(endTime), timeZone: zone })
    expect(parse({ start_date: first, end_date: last }, zone)).toMatchObject({ startTimeMs: at(startTime) })
  })

  it.each([
    [{ start_date: '2026-02-30', end_date: '2026-03-01' }, /start_date is invalid: "2026-02-30" is not a date/],
    [{ start_date: '2026-2-3', end_date: '2026-03-01' }, /start_date is invalid/],
    [{ start_date: '2026-02-03' }, /end_time is invalid: it must be given/],
    [{ start_date: '1969-12-01', end_date: '1970-01-02' }, /start_date is invalid/],
    [{ start_date: '2026-02-03', start_time: 1, end_time: 2 }, /start_date is invalid: it does not go together/],
    [{ time_zone: 'Mars' }, /time_zone is invalid: "Mars" is not a zone/],
    [{ start_date: '2026-02-03', end_date: '2026-02-03' }, /start_time is invalid: it must be before/],
  ])('that are none are refused by their name: %j', (body, message) => {
    expect(refusalOf(body)).toMatch(message)
  })
})

describe('the defaults', () => {
  it('are usage of every domain, by 5 minutes, of the last 24 complete hours', () => {
    expect(parse({})).toEqual({
      action: 'reports_detail',
      domains: null,
      startTimeMs: at('2026-09-09T10:00:00+08:00'),
      endTimeMs: at('2026-09-10T10:00:00+08:00'),
      intervalSeconds: 300,
      groupBy: null,
      serviceArea: 'mainland_china',
      statType: 'flux',
      countries: null,
      provinces: null,
      carriers: null,
      byProvince: false,
      topRows: 100,
      language: 'zh',
      format: 'csv',
      compression: 'none',
      timeZone: 'Asia/Shanghai',
      billing: null,
      coverageColumn: false,
      csv: contractDialect,
      isCut: false,
      requireFinal: null,
    })
  })

  it.each([
    ['Asia/Kolkata', '2026-09-10T08:00:00+05:30'],
    ['Asia/Kathmandu', '2026-09-10T08:00:00+05:45'],
    ['America/St_Johns', '2026-09-10T00:00:00-02:30'],
    ['UTC', '2026-09-10T02:00:00Z'],
  ])('end with the last whole hour of the zone: %s', (zone, end) => {
    const { startTimeMs, endTimeMs } = parse({}, zone)
    expect([startTimeMs, endTimeMs]).toEqual([at(end) - dayMs, at(end)])
  })

  it('end now on the hour', () => {
    expect(parse({}, 'Asia/Shanghai', at('2026-09-10T10:00:00+08:00')).endTimeMs).toBe(at('2026-09-10T10:00:00+08:00'))
  })

  it('stand for empty texts', () => {
    const texts = [
      'action',
      'domain_name',
      'group_by',
      'service_area',
      'stat_type',
      'language',
      'format',
      'isp',
    ] as const
    for (const name of texts) expect(parse({ [name]: '' })).toEqual(parse({}))
  })
})

describe('the range', () => {
  const rangeOf = (startMs: number, endMs: number, interval?: number, zone?: string) => {
    const body = { start_time: startMs, end_time: endMs, ...(interval ? { interval } : {}) }
    const { startTimeMs, endTimeMs, intervalSeconds } = parse(body, zone)
    return [startTimeMs, endTimeMs, intervalSeconds]
  }

  it('is widened outward to whole buckets, to the millisecond', () => {
    const end = start + 5 * minuteMs
    expect(rangeOf(start, end)).toEqual([start, end, 300])
    expect(rangeOf(start + 1, end - 1)).toEqual([start, end, 300])
    expect(rangeOf(start - 1, end + 1)).toEqual([start - 5 * minuteMs, end + 5 * minuteMs, 300])
    expect(rangeOf(start + 1, start + 2)).toEqual([start, end, 300])
    expect(rangeOf(start + 1, start + 2, 3600)).toEqual([start, start + hourMs, 3600])
  })

  it('is widened to hours of the zone', () => {
    const wide = rangeOf(at('2026-09-01T08:10:00Z'), at('2026-09-01T08:20:00Z'), 3600, 'Asia/Kolkata')
    expect(wide).toEqual([at('2026-09-01T07:30:00Z'), at('2026-09-01T08:30:00Z'), 3600])
  })

  it('of a local day on which clocks change has 23 or 25 hours', () => {
    const zone = 'America/New_York'
    const fall = rangeOf(at('2025-11-02T00:00:00-04:00'), at('2025-11-03T00:00:00-05:00'), 3600, zone)
    expect((Number(fall[1]) - Number(fall[0])) / hourMs).toBe(25)
    const spring = rangeOf(at('2026-03-08T00:00:00-05:00'), at('2026-03-09T00:00:00-04:00'), 3600, zone)
    expect((Number(spring[1]) - Number(spring[0])) / hourMs).toBe(23)
  })

  it('ends with the bucket that is now, whatever is asked', () => {
    expect(rangeOf(start, now + 1)).toEqual([start, at('2026-09-10T10:45:00+08:00'), 300])
    expect(rangeOf(start, now + 20 * dayMs)).toEqual([start, at('2026-09-10T10:45:00+08:00'), 300])
    expect(rangeOf(start, now + 20 * dayMs, 3600)).toEqual([start, at('2026-09-10T11:00:00+08:00'), 3600])
    expect(rangeOf(now, now + 1)).toEqual([at('2026-09-10T10:40:00+08:00'), at('2026-09-10T10:45:00+08:00'), 300])
  })

  it('may not lie in the future', () => {
    const later = at('2026-09-10T10:45:00+08:00')
    expect(refusalOf({ start_time: later, end_time: later + hourMs })).toMatch(/^CDN.0001: .*start_time.*future/)
    expect(rangeOf(later - 1, later + hourMs)).toEqual([later - 5 * minuteMs, later, 300])
  })

  it('needs both of its ends, in their order', () => {
    expect(refusalOf({ start_time: start })).toMatch(/^CDN.0001: The parameter end_time is invalid/)
    expect(refusalOf({ end_time: start })).toMatch(/^CDN.0001: The parameter start_time is invalid/)
    expect(refusalOf({ start_time: start, end_time: start })).toMatch(/^CDN.0001: .*start_time.*before end_time/)
    expect(refusalOf({ start_time: 0, end_time: 0 })).toMatch(/^CDN.0001: .*start_time.*before end_time/)
  })

  it('of over 90 days is by the hour alone, and is so by itself', () => {
    const [from, to] = [now - 100 * dayMs, now - 10 * dayMs]
    expect(rangeOf(from, to)[2]).toBe(300)
    expect(rangeOf(from, to, 300)[2]).toBe(300)
    expect(rangeOf(from, to + 1)[2]).toBe(3600)
    expect(rangeOf(from, to + 1, 3600)[2]).toBe(3600)
    expect(refusalOf({ start_time: from, end_time: to + 1, interval: 300 })).toMatch(/^CDN.0001: .*interval.*3600/)
  })

  it('holds what was asked of the past, in whole buckets, for any times', () => {
    const time = fc.integer({ min: 0, max: now })
    const zone = fc.constantFrom('Asia/Shanghai', 'Asia/Kathmandu', 'America/New_York', 'Pacific/Chatham', 'UTC')
    fc.assert(
      fc.property(time, time, zone, fc.constantFrom(undefined, 3600), (one, other, timeZone, interval) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other) + 1]
        const range = rangeOf(from, to, interval, timeZone)
        const [startMs = 0, endMs = 0, seconds = 0] = range
        expect(startMs).toBeLessThanOrEqual(from)
        expect(endMs).toBeGreaterThanOrEqual(to)
        expect((endMs - startMs) % (seconds * 1000)).toBe(0)
        expect(endMs - startMs).toBeLessThan(to - from + 2 * seconds * 1000)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('the domains', () => {
  it('are each once, in lower case, sorted', () => {
    expect(parse({ domain_name: ' B.test,a.test , b.TEST,,a.test,' }).domains).toEqual(['a.test', 'b.test'])
  })

  it('are every one for all, and that alone', () => {
    for (const domain_name of ['all', 'ALL', ' all ', 'all,']) expect(parse({ domain_name }).domains).toBeNull()
    expect(refusalOf({ domain_name: 'all,a.test' })).toMatch(/^CDN.0001: .*domain_name.*all stands alone/)
    expect(parse({ domain_name: 'all.test' }).domains).toEqual(['all.test'])
  })

  it.each([
    'https://a.test',
    'a.test/',
    'a b',
    '*.a.test',
    '-a.test',
    'a.test-',
    '.a',
    'ä.test',
    'a\0',
    "a'b",
    ',',
    ' , ',
  ])('are refused when one is no name: %j', (domain_name) => {
    expect(refusalOf({ domain_name })).toMatch(/^CDN.0001: The parameter domain_name is invalid/)
  })

  it('are quoted in part when they are long', () => {
    const message = refusalOf({ domain_name: `${'a/'.repeat(10_000)}` })
    expect(message.length).toBeLessThan(200)
  })
})

describe('a value that is not allowed', () => {
  it.each(actions)('is none of the actions: %s', (action) => {
    expect(parse({ action })).toMatchObject({ action, billing: isBill(action) ? billing : null })
  })

  it.each([
    [{ action: 'x' }, /^CDN.0001: .*action.*"x" is not one of reports_detail, .*uv, billing_summary, bill$/],
    [{ group_by: 'url' }, /^CDN.0001: .*group_by.*"url" is not one of domain$/],
    [{ service_area: 'europe' }, /^CDN.0015: .*service_area.*mainland_china, outside_mainland_china, global$/],
    [{ stat_type: 'bw' }, /^CDN.0001: .*stat_type.*flux, req_num$/],
    [{ language: 'EN' }, /^CDN.0001: .*language.*zh, en$/],
    [{ interval: 0 }, /^CDN.0001: .*interval.*0 is not one of 300, 3600$/],
    [{ interval: -300 }, /^CDN.0001: .*interval.*300, 3600$/],
    [{ interval: 86_400 }, /^CDN.0001: .*interval.*300, 3600$/],
    [{ country: 'xx' }, /^CDN.0001: .*country.*"xx" is not one of all, cn, .*qita$/],
    [{ country: 'cn,all' }, /^CDN.0001: .*country.*all stands alone/],
    [{ country: ',' }, /^CDN.0001: .*country.*names none/],
    [{ country: 'hasOwnProperty' }, /^CDN.0001: .*country/],
    [{ isp: 'x' }, /^CDN.0001: .*isp.*dianxin.*qita$/],
    [{ province: 'beijing' }, /^CDN.0001: .*province.*country=cn/],
    [{ province: 'all' }, /^CDN.0001: .*province.*country=cn/],
    [{ province: 'beijing', country: 'cn,us' }, /^CDN.0001: .*province.*country=cn/],
    [{ province: 'cn', country: 'cn' }, /^CDN.0001: .*province.*anhui/],
    [{ action: 'isp_detail', country: 'cn' }, /^CDN.0001: .*country.*isp_detail/],
    [{ action: 'isp_detail', country: 'all' }, /^CDN.0001: .*country.*isp_detail/],
    [{ action: 'top_url_detail', country: 'cn' }, /^CDN.0001: .*country.*top_url_detail/],
    [{ action: 'billing_summary', isp: 'dianxin' }, /^CDN.0001: .*isp.*billing_summary/],
    [{ action: 'top_url_detail', limit: 0 }, /^CDN.0001: .*limit.*1 to 10000/],
    [{ action: 'top_ip_detail', limit: 10_001 }, /^CDN.0001: .*limit.*1 to 10000/],
    [{ format: 'CSV' }, /^CDN.0001: .*format.*csv, xlsx, parquet, jsonl$/],
    [{ compression: 'zstd' }, /^CDN.0001: .*compression.*none, gzip, zip$/],
  ] as [CreateExportTaskBody, RegExp][])('%j', (body, says) => {
    expect(refusalOf(body)).toMatch(says)
  })
})

describe('places', () => {
  it('are codes in the contract’s order, each once, and null for all', () => {
    expect(parse({ country: ' US,cn,us ' }).countries).toEqual(['cn', 'us'])
    expect(parse({ country: 'all', isp: 'all' })).toMatchObject({ countries: null, carriers: null })
    expect(parse({ country: 'cn', province: 'qita,Anhui' }).provinces).toEqual(['anhui', 'qita'])
    expect(parse({ isp: 'yidong,dianxin' }).carriers).toEqual(['dianxin', 'yidong'])
  })

  it('break isp_detail down when provinces are asked for', () => {
    expect(parse({ action: 'isp_detail' })).toMatchObject({ byProvince: false, provinces: null })
    expect(parse({ action: 'isp_detail', province: 'all' })).toMatchObject({ byProvince: true, provinces: null })
    expect(parse({ action: 'isp_detail', province: 'beijing' })).toMatchObject({ provinces: ['beijing'] })
  })
})

describe('a limit', () => {
  it('is of top lists, and looked at nowhere else: the documentation’s own example has one', () => {
    expect(parse({ action: 'top_ua_detail', limit: 10_000 }).topRows).toBe(10_000)
    expect(parse({ limit: 0 }).topRows).toBe(100)
  })
})

describe('a task’s name', () => {
  it('is taken as it is, if a list can print it', () => {
    expect(taskNameOf('月度账单 "=1"')).toBe('月度账单 "=1"')
    expect([taskNameOf(undefined), taskNameOf('')]).toEqual([null, null])
    for (const name of ['a\nb', 'a\u007f', 'x'.repeat(256)]) expect(() => taskNameOf(name)).toThrow(/task_name/)
  })
})
