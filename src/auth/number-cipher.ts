import { createHmac } from 'node:crypto'

/**
 * Maps numbers from 0 to 2^48 - 1 to numbers from 2^48 on: too high to be mistaken for a counter's, and exact in JSON.
 */
const base = 2 ** 48
const halfBits = 24
const halfRange = 2 ** halfBits
/** Four rounds are a strong permutation (Luby and Rackoff) while few pairs are known; each more costs 2 µs. */
const rounds = 8

/** Renames the numbers of a counter, so that they reveal neither count nor order. */
export type NumberCipher = {
  /** @param value 0 to 2^48 - 1 @returns 2^48 to 2^49 - 1 @throws RangeError */
  hide(value: number): number
  /** @returns null for a number that `hide` never returns */
  find(hidden: number): number | null
}

/** A Feistel network over 48 bits, with HMAC-SHA256 as its function. @param key at least 16 bytes, for this purpose alone */
export function createNumberCipher(key: Buffer): NumberCipher {
  const mixed = (round: number, half: number): number => {
    const input = Buffer.alloc(5)
    input.writeUInt8(round, 0)
    input.writeUInt32BE(half, 1)
    return createHmac('sha256', key).update(input).digest().readUIntBE(0, 3)
  }
  return {
    hide: (value) => {
      if (!isCounted(value)) throw new RangeError(`${value} is not a number from 0 to ${base - 1}`)
      let [left, right] = [Math.floor(value / halfRange), value % halfRange]
      for (let round = 0; round < rounds; round++) [left, right] = [right, left ^ mixed(round, right)]
      return base + left * halfRange + right
    },
    find: (hidden) => {
      const value = hidden - base
      if (!isCounted(value)) return null
      let [left, right] = [Math.floor(value / halfRange), value % halfRange]
      for (let round = rounds - 1; round >= 0; round--) [left, right] = [right ^ mixed(round, left), left]
      return left * halfRange + right
    },
  }
}

const isCounted = (value: number) => Number.isSafeInteger(value) && value >= 0 && value < base
