import { describe, expect, it } from 'vitest'
import { parseConfig } from './config.ts'

describe('how long data is kept', () => {
  const keep = (flags: Record<string, string>) => parseConfig(flags, {}).keepDays

  it('is for ever, unless days are given', () => {
    const forEver = { request: null, usage: null, url_daily: null, geography_hourly: null }
    expect(keep({})).toEqual(forEver)
    expect(keep({ keepRequestsDays: '0', keepUsageDays: '0' })).toEqual(forEver)
    expect(keep({ keepRequestsDays: '30', keepUrlDays: '30' })).toEqual({ ...forEver, request: 30, url_daily: 30 })
  })

  it.each([
    [{ keepUrlDays: '29', keepRequestsDays: '30' }, /--keep-url-days .*less than --keep-requests-days/],
    [{ keepUsageDays: '400' }, /--keep-usage-days .*less than --keep-requests-days/],
    [{ keepRequestsDays: '-1' }, /--keep-requests-days .*whole number from 0/],
    [{ keepRequestsDays: 'a week' }, /--keep-requests-days /],
  ])('is refused when sums would go before the requests, or it is no number: %o', (flags, problem) => {
    expect(() => keep(flags)).toThrow(problem)
  })
})

describe('a number', () => {
  it.each(['+30', ' 30', '3e1', '0x1e', '30.0', '-30', '1_000', '9007199254740993'])('is not %j', (text) => {
    expect(() => parseConfig({ keepRequestsDays: text }, {})).toThrow(/--keep-requests-days .*in digits alone/)
    expect(() => parseConfig({}, { FLUXPORT_FILE_LIFETIME_SECONDS: text })).toThrow(/--file-lifetime-seconds/)
  })

  it.each(['+5', '5e0', '.5', '5.', '0x5', '1.00001'])('of percent is not %j', (text) => {
    expect(() => parseConfig({ billingOverheadPercent: text }, {})).toThrow(/--billing-overhead-percent .*such as 2\.5/)
  })

  it('of percent may have a point', () => {
    expect(parseConfig({ billingOverheadPercent: '7.25' }, {}).billingRule.overheadPercent).toBe(7.25)
  })
})

describe('the privacy profile', () => {
  const profile = (flags: Record<string, string>) => parseConfig(flags, {}).privacyProfile

  it('keeps everything, unless told otherwise', () => {
    expect(profile({})).toEqual({ clientAddresses: 'full', queryStrings: { kind: 'keep' } })
    expect(profile({ clientAddresses: 'truncated', queryStrings: 'drop' })).toEqual({
      clientAddresses: 'truncated',
      queryStrings: { kind: 'drop' },
    })
    expect(profile({ queryStrings: 'only:id' }).queryStrings).toEqual({ kind: 'only', names: ['id'] })
    expect(profile({ queryStrings: 'without:id, tök en,a:b' }).queryStrings).toEqual({
      kind: 'without',
      names: ['id', 'tök en', 'a:b'],
    })
  })

  it.each(['only', 'only:', 'without:a,', 'without:,a', 'drop:a', 'Keep', 'none', 'all:a', ':a'])(
    'is not of query strings %j',
    (text) => {
      expect(() => profile({ queryStrings: text })).toThrow(/--query-strings \(FLUXPORT_QUERY_STRINGS\).*only:NAME/)
    },
  )

  it('is not of half addresses', () => {
    expect(() => profile({ clientAddresses: 'half' })).toThrow(/--client-addresses .*full, truncated/)
  })
})

describe('the bucket of finished files', () => {
  const bucket = (flags: Record<string, string>) => parseConfig(flags, {}).artifactsBucket

  it('is none by default, and has a prefix with one slash at its end', () => {
    expect(bucket({})).toBeNull()
    const place = { bucket: 'files', endpoint: null, region: null, isPathStyle: false }
    expect(bucket({ artifactsBucket: 's3://files' })).toEqual({ ...place, prefix: '' })
    expect(bucket({ artifactsBucket: 's3://files/a//b/' })).toEqual({ ...place, prefix: 'a/b/' })
  })

  it.each([
    [{ artifactsBucket: 'files' }, /--artifacts-bucket .*it is not s3:/],
    [{ artifactsBucket: 's3://files/../x' }, /--artifacts-bucket .*it is not s3:/],
    [{ artifactsBucket: 's3://files', artifactsDir: '/x' }, /--artifacts-bucket .*set one/],
    [
      { artifactsBucket: 's3://files', artifactsEndpoint: 'https://key:secret@x' },
      /--artifacts-endpoint .*credentials/,
    ],
    [{ artifactsBucket: 's3://files', artifactsEndpoint: 'x' }, /--artifacts-endpoint .*http/],
    [{ artifactsBucket: 's3://files', artifactsRedirectSeconds: '3601' }, /--artifacts-redirect-seconds .*0 to 3600/],
    [{ artifactsRedirectSeconds: '60' }, /--artifacts-redirect-seconds .*goes with --artifacts-bucket/],
    [{ artifactsRegion: 'x' }, /--artifacts-region .*goes with --artifacts-bucket/],
  ])('is refused when it is wrong: %o', (flags, problem) => {
    expect(() => bucket(flags)).toThrow(problem)
    expect(() => bucket(flags)).not.toThrow(/secret/)
  })
})
