import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../errors.ts'
import { logFormats } from '../formats/known-formats.ts'
import { matchesPattern } from './files/file-pattern.ts'
import { ruleOf } from './files/file-rule.ts'
import { timeInName } from './files/file-time.ts'
import { parseSources } from './source-settings.ts'

const defaults = {
  serviceArea: 'mainland_china',
  timeZone: 'Asia/Shanghai',
  rejectedPercentMax: 10,
  formats: logFormats,
}
const parse = (...sources: unknown[]) => parseSources(JSON.stringify({ sources }), '/etc/fluxport', defaults)
const good = { kind: 'directory', name: 'logs', directory: 'in' }
const bucket = { kind: 'bucket', name: 'cdn', bucket: 'example-logs' }

describe('a sources document', () => {
  it('has defaults, and paths relative to itself', () => {
    expect(parse(good)).toEqual([
      {
        ...{ kind: 'directory', name: 'logs', directory: '/etc/fluxport/in', doneDirectory: '/etc/fluxport/in/done' },
        ...{ recursive: false, followLinks: false, after: 'leave', lookMs: 2_000, settleMs: 5_000, growthMs: 300_000 },
        rules: [{ files: ['*'], delivery: {} }],
      },
    ])
  })

  it('has defaults of buckets too, and rules like those of directories', () => {
    const [plain] = parse(bucket)
    expect(plain).toEqual({
      ...{ kind: 'bucket', name: 'cdn', bucket: 'example-logs', prefix: '', region: null, endpoint: null },
      ...{ isPathStyle: false, credentialNames: null, after: 'leave', listing: 'all', startAfter: '' },
      ...{ lookMs: 60_000, lookbackMs: 86_400_000, listAllMs: 86_400_000, rules: [{ files: ['*'], delivery: {} }] },
    })
    const rules = [{ files: ['cf/**'], format: 'cloudfront' }]
    const more = {
      prefix: 'cdn/',
      start_after: 'cf/2026',
      listing: 'in_order',
      access_key_env: 'A',
      secret_key_env: 'B',
    }
    expect(parse({ ...bucket, ...more, source: 'cdn', rules })).toMatchObject([
      {
        startAfter: 'cdn/cf/2026',
        credentialNames: { accessKey: 'A', secretKey: 'B', sessionToken: null },
        rules: [{ files: ['cf/**'], delivery: { source: 'cdn', format: 'cloudfront' } }],
      },
    ])
  })

  it('gives a rule what it leaves out from its source', () => {
    const rules = [{ files: ['*.gz'], domain: 'a.example.test', count_also: 'worker' }, { format: 'combined' }]
    const [source] = parse({ ...good, source: 'edge', format: 'common', files: ['*.log'], rules })
    const of = (path: string) => source && ruleOf(source, path)?.delivery
    expect(of('x.gz')).toEqual({
      ...{ source: 'edge', format: 'common' },
      domain: 'a.example.test',
      count_also: 'worker',
    })
    expect(of('x.log')).toEqual({ source: 'edge', format: 'combined' })
    expect(of('x.txt')).toBeUndefined()
  })

  it.each([
    [{ ...good, kind: 'ftp' }, 'sources[0].kind: it is not one of directory, bucket'],
    [{ ...bucket, secret_key: 'x' }, 'sources[0].secret_key: there is no such setting'],
    [{ ...bucket, bucket: 'a/b' }, 'sources[0].bucket: must match'],
    [{ ...bucket, listing: 'newest' }, 'sources[0].listing: it is not one of all, in_order'],
    [{ ...bucket, after: 'move' }, 'sources[0].after: it is not one of leave, delete'],
    [{ ...bucket, endpoint: 'minio:9000' }, 'sources[0].endpoint: it is no URL'],
    [{ ...bucket, endpoint: 'http://key:secret@minio' }, 'sources[0].endpoint: it holds credentials'],
    [{ ...bucket, access_key_env: 'A' }, 'sources[0].secret_key_env: it is missing'],
    [{ ...bucket, session_token_env: 'A' }, 'sources[0].access_key_env: it is missing'],
    [{ ...bucket, lookback_seconds: 1 }, 'sources[0].lookback_seconds: it belongs to "listing": "in_order"'],
    [{ ...bucket, directory: '/srv' }, 'sources[0].directory: there is no such setting'],
    [{ ...good, after: 'burn' }, 'sources[0].after: it is not one of leave, move, delete'],
    [{ ...good, settle_seconds: -1 }, 'sources[0].settle_seconds: must be >= 0'],
    [{ ...good, setle_seconds: 1 }, 'sources[0].setle_seconds: there is no such setting'],
    [{ ...good, rules: [{ file: ['x'] }] }, 'sources[0].rules[0].file: there is no such setting'],
    [{ ...good, name: '../x' }, 'sources[0].name: must match'],
    [{ kind: 'directory', name: 'x' }, 'sources[0]: must have required properties directory'],
    [{ ...good, format: 'nonsense' }, 'sources[0], rule 0: The parameter format is invalid'],
    [{ ...good, rules: [{ domain_in_name: 'x.log' }] }, 'sources[0], rule 0: The parameter domain_in_name is invalid'],
    [{ ...good, rules: [{}, { domain: '-' }] }, 'sources[0], rule 1: The parameter domain is invalid'],
    [{ ...good, service_area: 'mars' }, 'sources[0], rule 0: The parameter service_area is invalid'],
    ['text', 'sources[0].kind: it is not one of'],
  ])('that is wrong names the setting: %j', (source, message) => {
    expect(() => parse(source)).toThrow(ConfigError)
    expect(() => parse(source)).toThrow(message)
  })

  it.each([
    ['{', 'it is not JSON'],
    ['[]', 'it is not {"sources": […]}'],
    ['{"sources": [], "other": 1}', 'other: there is no such setting'],
  ])('that is none says so: %s', (text, message) => {
    expect(() => parseSources(text, '/', defaults)).toThrow(message)
  })
})

describe('a pattern', () => {
  it.each([
    ['*', 'a/b.log', true],
    ['*.log', 'a/b.log', true],
    ['*.log', 'b.log.gz', false],
    ['a/*.log', 'a/b.log', true],
    ['a/*.log', 'a/c/b.log', false],
    ['a/**/b.log', 'a/c/d/b.log', true],
    ['a/**/b.log', 'a/b.log', true],
    ['a?.log', 'ab.log', true],
    ['a.log', 'aXlog', false],
    ['a(1)+[2].log', 'a(1)+[2].log', true],
  ])('%s means %s: %s', (pattern, path, isMeant) => {
    expect(matchesPattern(pattern, path)).toBe(isMeant)
  })
})

describe('the time in a name', () => {
  it.each([
    ['2026090108-www.example.com-cn.gz', '2026-09-01T08:00:00Z'],
    ['E2ABC.2026-09-01-08.a1b2c3.gz', '2026-09-01T08:00:00Z'],
    ['access.log-20260901', '2026-09-01T00:00:00Z'],
    ['sub/20260901T080507Z.log', '2026-09-01T08:05:07Z'],
    ['2026-09-01_08:05.log', '2026-09-01T08:05:00Z'],
  ])('%s is %s', (name, time) => {
    expect(timeInName(name)).toBe(Date.parse(time))
  })

  it.each(['access.log.1', 'id-120260901.log', '20261301.log', '2026-0901.log'])('is not in %s', (name) => {
    expect(timeInName(name)).toBeNull()
  })
})
