import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressMax, formatAddress, parseAddress } from './address.ts'
import { combine, joined, networksOf, type Range } from './ranges.ts'

/** Ranges over the addresses 0 to 59 from the value of each address; 0 is no value. */
function rangesOf(values: number[]): Range<number>[] {
  return values.flatMap((value, at) => (value === 0 ? [] : [{ first: BigInt(at), last: BigInt(at), value }]))
}
const values = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 60, maxLength: 60 })
const all = async <T>(ranges: AsyncIterable<T>) => {
  const found: T[] = []
  for await (const range of ranges) found.push(range)
  return found
}
/** The value of each address. */
const spread = (ranges: Range<number>[]) =>
  Array.from({ length: 60 }, (_, at) => ranges.find((r) => r.first <= at && at <= r.last)?.value ?? 0)

describe('ranges', () => {
  it('joined are the same addresses in as few ranges as there are changes', async () => {
    await fc.assert(
      fc.asyncProperty(values, async (given) => {
        const found = await all(joined(rangesOf(given)))
        expect(spread(found)).toEqual(given)
        expect(found.length).toBe(given.filter((value, at) => value !== 0 && value !== given[at - 1]).length)
      }),
    )
  })

  it('combined have at each address what the rule makes of both', async () => {
    await fc.assert(
      fc.asyncProperty(values, values, async (left, right) => {
        const rule = (a: number | undefined, b: number | undefined) => (a === 3 ? undefined : (b ?? a))
        const found = await all(combine(joined(rangesOf(left)), joined(rangesOf(right)), rule))
        expect(spread(found)).toEqual(left.map((a, at) => rule(a || undefined, right[at] || undefined) ?? 0))
        expect(found.every((range, n) => n === 0 || range.first > (found[n - 1]?.last ?? 0n))).toBe(true)
      }),
    )
  })

  it('are made of networks that fill them, each as wide as its place allows', () => {
    const address = fc.bigInt({ min: 0n, max: addressMax })
    fc.assert(
      fc.property(address, address, (a, b) => {
        const [first, last] = a < b ? [a, b] : [b, a]
        let at = first
        for (const network of networksOf(first, last)) {
          const size = 1n << BigInt(128 - network.bits)
          expect(network.first).toBe(at)
          expect(at % size).toBe(0n)
          at += size
        }
        expect(at).toBe(last + 1n)
        expect([...networksOf(first, last)].length).toBeLessThanOrEqual(254)
      }),
    )
    expect([...networksOf(0n, addressMax)].length).toBe(2)
  })
})

describe('an address', () => {
  it('is read and written', () => {
    expect(parseAddress('1.2.3.4')).toBe(0xffff_0102_0304n)
    expect(parseAddress('::ffff:1.2.3.4')).toBe(0xffff_0102_0304n)
    expect(parseAddress('::')).toBe(0n)
    expect(parseAddress('2001:db8::')).toBe(0x2001_0db8n << 96n)
    expect(parseAddress('::1')).toBe(1n)
    for (const text of ['', '1.2.3', '1.2.3.256', '01.2.3.4', 'fe80::1%eth0', '1::2::3', 'x', '1.2.3.4/8'])
      expect([text, parseAddress(text)]).toEqual([text, null])
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: addressMax }), (number) => {
        expect(parseAddress(formatAddress(number))).toBe(number)
      }),
    )
  })
})
