import { describe, expect, it } from 'vitest'
import { oldCountriesText } from './geo.ts'

describe('the age of country data', () => {
  const nowMs = Date.parse('2026-11-30T12:00:00Z')

  it.each([
    ['2026-06-01', '2026-06-01', /of 2026-06-01, 182 days ago\. They decide the service area, and so bills/],
    ['2026-11-01', '2026-08-21', /of 2026-08-21, 101 days ago/],
    ['2024-02-28', null, /of 2024-02-28/],
  ])('is said where those of a family are old: %s, %s', (ipv4, ipv6, text) => {
    expect(oldCountriesText({ ipv4, ipv6 }, nowMs)).toMatch(text)
  })

  it.each([
    ['2026-08-22', '2026-11-01'],
    [null, null],
  ])('is not said of %s, %s', (ipv4, ipv6) => {
    expect(oldCountriesText({ ipv4, ipv6 }, nowMs)).toBeNull()
  })
})
