/** SipHash-2-4 with 128 bits of result, written down from its authors' paper: what the engine's is compared with. */

const mask = (1n << 64n) - 1n
const rotated = (x: bigint, by: bigint) => ((x << by) | (x >> (64n - by))) & mask

type State = { v0: bigint; v1: bigint; v2: bigint; v3: bigint }

function round(s: State): void {
  s.v0 = (s.v0 + s.v1) & mask
  s.v1 = rotated(s.v1, 13n) ^ s.v0
  s.v0 = rotated(s.v0, 32n)
  s.v2 = (s.v2 + s.v3) & mask
  s.v3 = rotated(s.v3, 16n) ^ s.v2
  s.v0 = (s.v0 + s.v3) & mask
  s.v3 = rotated(s.v3, 21n) ^ s.v0
  s.v2 = (s.v2 + s.v1) & mask
  s.v1 = rotated(s.v1, 17n) ^ s.v2
  s.v2 = rotated(s.v2, 32n)
}

const rounds = (s: State, count: number) => {
  for (let n = 0; n < count; n++) round(s)
}

/** @returns the 16 bytes, in hexadecimal */
export function sipHash128(low: bigint, high: bigint, message: Buffer): string {
  const s: State = {
    v0: 0x736f6d6570736575n ^ low,
    v1: 0x646f72616e646f6dn ^ high ^ 0xeen,
    v2: 0x6c7967656e657261n ^ low,
    v3: 0x7465646279746573n ^ high,
  }
  const padded = Buffer.alloc(message.length - (message.length % 8) + 8)
  message.copy(padded)
  padded[padded.length - 1] = message.length & 0xff
  for (let at = 0; at < padded.length; at += 8) {
    const word = padded.readBigUInt64LE(at)
    s.v3 ^= word
    rounds(s, 2)
    s.v0 ^= word
  }
  s.v2 ^= 0xeen
  rounds(s, 4)
  const result = Buffer.alloc(16)
  result.writeBigUInt64LE(s.v0 ^ s.v1 ^ s.v2 ^ s.v3, 0)
  s.v1 ^= 0xddn
  rounds(s, 4)
  result.writeBigUInt64LE(s.v0 ^ s.v1 ^ s.v2 ^ s.v3, 8)
  return result.toString('hex')
}
