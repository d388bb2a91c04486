import { describe, expect, it } from 'vitest'
import { areaInName, fileSpanOf } from './file-span.ts'

const utc = (text: string) => Date.parse(`${text}Z`)
const hour = (domain: string, start: string) => ({ domain, startMs: utc(start), endMs: utc(start) + 3_600_000 })

describe('a log file’s name', () => {
  it.each([
    { why: 'of Huawei', name: '2026090100-www.example.com-cn.gz', ...hour('www.example.com', '2026-08-31T16:00') },
    {
      why: 'of Huawei abroad',
      name: '2026090123-www.example.com-ov.gz',
      ...hour('www.example.com', '2026-09-01T15:00'),
    },
    {
      why: 'of a part of Huawei’s',
      name: '2026090100-a-cn.example-cn_02.gz',
      ...hour('a-cn.example', '2026-08-31T16:00'),
    },
    { why: 'of Tencent', name: '2026090108-WWW.example.com.gz', ...hour('www.example.com', '2026-09-01T00:00') },
    {
      why: 'of Alibaba',
      name: 'img.example.com_2026_09_01_080000_090000.gz',
      ...hour('img.example.com', '2026-09-01T00:00'),
    },
    {
      why: 'of Alibaba’s last hour',
      name: 'a.example_2026_09_01_230000_000000_01.gz',
      ...hour('a.example', '2026-09-01T15:00'),
    },
  ])('$why tells its hour and its domain', ({ name, domain, startMs, endMs }) => {
    expect(fileSpanOf(name)).toEqual({ domain, startMs, endMs })
  })

  it.each([
    ['is any', 'access.log'],
    ['is a push’s', '(push)'],
    ['has the hour 24', '2026090124-www.example.com-cn.gz'],
    ['has the 31st of September', '2026093100-www.example.com-cn.gz'],
    ['has no domain', '2026090100-.gz'],
    ['has a domain that is none', '2026090100-a b-cn.gz'],
    ['is CloudFront’s, which makes several an hour', 'E1EXAMPLE.2026-09-01-00.a1b2c3d4.gz'],
    ['has an odd minute', 'a.example_2026_09_01_236100_000000.gz'],
  ])('that %s tells nothing', (_why, name) => {
    expect(fileSpanOf(name)).toBeNull()
  })

  it.each(['', '.gz', '.log', '.txt.gz', '.log.zst', '.json.bz2', '.csv.xz', '_02.log.xz', '-part1.zst'])(
    'that ends in -cn or -ov and %s tells its area and its hour',
    (ending) => {
      expect(areaInName(`2026090100-www.example.com-cn${ending}`)).toBe('mainland_china')
      expect(areaInName(`2026090100-www.example.com-ov${ending}`)).toBe('outside_mainland_china')
      expect(fileSpanOf(`2026090100-www.example.com-ov${ending}`)).toEqual(hour('www.example.com', '2026-08-31T16:00'))
    },
  )

  it.each([
    'access.log',
    '(push)',
    '2026090108-www.example.com.gz',
    'edge-ov.log',
    '2026090100-www.example.com-ov.pdf',
  ])('%s tells no area', (name) => {
    expect(areaInName(name)).toBeNull()
  })
})
