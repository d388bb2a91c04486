import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createNumberCipher } from './number-cipher.ts'

const cipher = createNumberCipher(randomBytes(32))

describe('numbers that are hidden', () => {
  const values = [0, 1, 2, 3, 2 ** 24 - 1, 2 ** 24, 2 ** 32, 2 ** 48 - 1, ...Array.from({ length: 2_000 }, (_, i) => i)]

  it('are found again, each by its own number', () => {
    const hidden = values.map(cipher.hide)
    expect(hidden.map(cipher.find)).toEqual(values)
    expect(new Set(hidden).size).toBe(new Set(values).size)
  })

  it('are safe integers that no counter reaches', () => {
    for (const hidden of values.map(cipher.hide)) {
      expect(Number.isSafeInteger(hidden)).toBe(true)
      expect(hidden).toBeGreaterThanOrEqual(2 ** 48)
    }
  })

  it('do not tell which came first: of neighbours as many go up as down', () => {
    const hidden = Array.from({ length: 4_001 }, (_, i) => cipher.hide(i))
    const ups = hidden.slice(1).filter((value, i) => value > (hidden[i] ?? 0)).length
    // Allows eight standard deviations for 4,000 tosses of a coin.
    expect(Math.abs(ups - 2_000)).toBeLessThan(8 * Math.sqrt(1_000))
  })

  it('are others under another key', () => {
    const other = createNumberCipher(randomBytes(32))
    expect(values.filter((value) => other.hide(value) === cipher.hide(value)).length).toBeLessThan(3)
  })

  it.each([-1, 0.5, 2 ** 48, Number.NaN, Number.POSITIVE_INFINITY])('%s cannot be hidden', (value) => {
    expect(() => cipher.hide(value)).toThrow(RangeError)
  })

  it.each([0, 1, 2 ** 48 - 1, 2 ** 49, 2 ** 48 + 0.5, Number.MAX_SAFE_INTEGER])('%s is none', (value) => {
    expect(cipher.find(value)).toBeNull()
  })
})
