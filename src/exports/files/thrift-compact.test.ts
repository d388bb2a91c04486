import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readThriftStruct, type ThriftStruct, type ThriftValue, writeThriftStruct } from './thrift-compact.ts'

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const hexOf = (bytes: Buffer) => bytes.toString('hex')

/** Vectors written by hand from the specification, doc/specs/thrift-compact-protocol.md. */
describe('a struct in the compact protocol', () => {
  const i32 = (value: bigint): ThriftValue => ({ type: 'integer', wire: 5, value })
  it.each<[string, string, ThriftStruct]>([
    ['nothing', '00', new Map()],
    ['an integer in field 1', '15 02 00', new Map([[1, i32(1n)]])],
    ['a negative one', '15 01 00', new Map([[1, i32(-1n)]])],
    ['one of several bytes', '15 ac02 00', new Map([[1, i32(150n)]])],
    [
      'the least of 64 bits',
      '16 ffffffffffffffffff01 00',
      new Map([[1, { type: 'integer', wire: 6, value: -(2n ** 63n) }]]),
    ],
    [
      'the greatest of 64 bits',
      '16 feffffffffffffffff01 00',
      new Map([[1, { type: 'integer', wire: 6, value: 2n ** 63n - 1n }]]),
    ],
    [
      'fields 1 and 16, 15 apart',
      '15 02 f5 04 00',
      new Map([
        [1, i32(1n)],
        [16, i32(2n)],
      ]),
    ],
    [
      'fields 1 and 17, 16 apart',
      '15 02 05 22 04 00',
      new Map([
        [1, i32(1n)],
        [17, i32(2n)],
      ]),
    ],
    [
      'true and false',
      '11 12 00',
      new Map<number, ThriftValue>([
        [1, { type: 'boolean', value: true }],
        [2, { type: 'boolean', value: false }],
      ]),
    ],
    ['a byte', '13 ff 00', new Map([[1, { type: 'integer', wire: 3, value: 255n }]])],
    ['text', '18 03 616263 00', new Map([[1, { type: 'bytes', wire: 8, value: Buffer.from('abc') }]])],
    [
      'a double',
      '17 000000000000f03f 00',
      new Map([[1, { type: 'bytes', wire: 7, value: bytesOf('000000000000f03f') }]]),
    ],
    [
      'a list of two',
      '19 25 02 04 00',
      new Map([[1, { type: 'list', wire: 9, element: 5, value: [i32(1n), i32(2n)] }]]),
    ],
    ['an empty list', '19 05 00', new Map([[1, { type: 'list', wire: 9, element: 5, value: [] }]])],
    [
      'a list of booleans',
      '19 21 01 02 00',
      new Map([
        [
          1,
          {
            type: 'list',
            wire: 9,
            element: 1,
            value: [
              { type: 'boolean', value: true },
              { type: 'boolean', value: false },
            ],
          },
        ],
      ]),
    ],
    ['a struct in a struct', '1c 15 02 00 00', new Map([[1, { type: 'struct', value: new Map([[1, i32(1n)]]) }]])],
  ])('reads and writes %s', (_name, hex, fields) => {
    expect(readThriftStruct(bytesOf(hex))).toEqual(fields)
    expect(hexOf(writeThriftStruct(fields))).toBe(hex.replaceAll(' ', ''))
  })

  it.each([14, 15, 16, 127, 128, 300])('reads and writes a list of %i', (length) => {
    const value = Array.from({ length }, (_, n) => i32(BigInt(n)))
    const fields: ThriftStruct = new Map([[1, { type: 'list', wire: 9, element: 5, value }]])
    expect(readThriftStruct(writeThriftStruct(fields))).toEqual(fields)
  })

  it.each([
    ['ends nowhere', '15 02'],
    ['is empty', ''],
    ['ends inside an integer', '15 80'],
    ['ends inside a text', '18 05 6162'],
    ['has a text longer than itself', '18 ffffffff0f 61 00'],
    ['has a list longer than itself', '19 f5 ffffffff07 00'],
    ['holds a map', '1b 01 55 02 04 00'],
    ['holds a type that there is not', '1f 00'],
  ])('that %s is an error', (_why, hex) => {
    expect(() => readThriftStruct(bytesOf(hex))).toThrow(RangeError)
  })

  it('of any shape is read as it was written, and written as it was', () => {
    fc.assert(
      fc.property(struct, (fields) => {
        const written = writeThriftStruct(fields)
        const read = readThriftStruct(written)
        expect(read).toEqual(fields)
        expect(writeThriftStruct(read).equals(written)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('that was cut anywhere is an error, and never another struct', () => {
    fc.assert(
      fc.property(struct, fc.nat(), (fields, at) => {
        const written = writeThriftStruct(fields)
        expect(() => readThriftStruct(written.subarray(0, at % written.length))).toThrow(RangeError)
      }),
      { numRuns: 500 },
    )
  })

  it('of random bytes is a struct or an error, and nothing hangs', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          readThriftStruct(Buffer.from(bytes))
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})

const integer = (wire: number, bits: number): fc.Arbitrary<ThriftValue> =>
  fc
    .bigInt({ min: -(2n ** BigInt(bits - 1)), max: 2n ** BigInt(bits - 1) - 1n })
    .map((value) => ({ type: 'integer', wire, value }))
const bytes = (wire: number, length: { minLength?: number; maxLength: number }): fc.Arbitrary<ThriftValue> =>
  fc.uint8Array(length).map((value) => ({ type: 'bytes', wire, value: Buffer.from(value) }))

/** A value of each wire type; a list's elements have one type. */
const byWire: Record<number, fc.Arbitrary<ThriftValue>> = {
  1: fc.boolean().map((value) => ({ type: 'boolean', value })),
  3: fc.nat(255).map((value) => ({ type: 'integer', wire: 3, value: BigInt(value) })),
  4: integer(4, 16),
  5: integer(5, 32),
  6: integer(6, 64),
  7: bytes(7, { minLength: 8, maxLength: 8 }),
  8: bytes(8, { maxLength: 200 }),
}

/** Fields in the order of their ids, as writers emit them. */
const { struct } = fc.letrec<{ struct: ThriftStruct; value: ThriftValue; list: ThriftValue; nested: ThriftValue }>(
  (tie) => ({
    value: fc.oneof({ maxDepth: 4 }, ...Object.values(byWire), tie('list'), tie('nested')),
    list: fc
      .tuple(fc.constantFrom(9, 10), fc.constantFrom(1, 3, 4, 5, 6, 7, 8, 12))
      .chain(([wire, element]) =>
        fc
          .array(byWire[element] ?? tie('nested'), { maxLength: 20 })
          .map((value): ThriftValue => ({ type: 'list', wire, element, value })),
      ),
    nested: tie('struct').map((value): ThriftValue => ({ type: 'struct', value })),
    struct: fc
      .array(fc.tuple(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 32_767 })), tie('value')), {
        maxLength: 6,
        depthIdentifier: 'struct',
      })
      .map((fields) => new Map([...fields].sort(([a], [b]) => a - b))),
  }),
)
