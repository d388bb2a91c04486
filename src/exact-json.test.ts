import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exactJson, parseExactJson, wholeNumber } from './exact-json.ts'

const edges = [53n, 60n, 63n, 64n, 127n].flatMap((power) => [2n ** power - 1n, 2n ** power, 2n ** power + 1n])

describe('whole numbers in JSON', () => {
  it.each([...edges, ...edges.map((edge) => -edge)])('keep every digit of %s, read and written', (edge) => {
    const text = `{"a":${edge},"b":[${edge},1.5,"${edge}"],"${edge}":null}`
    const parsed = parseExactJson(text) as { a: number | bigint }
    expect(BigInt(parsed.a)).toBe(edge)
    expect(typeof parsed.a).toBe(edge < 2n ** 53n && edge > -(2n ** 53n) ? 'number' : 'bigint')
    // Object keys that are digits come first, and lose nothing.
    expect(exactJson(parsed)).toContain(`"a":${edge},"b":[${edge},1.5,"${edge}"]`)
    expect(wholeNumber(String(edge))).toBe(parsed.a)
  })

  it('read as JSON.parse reads everything else', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        expect(JSON.parse(exactJson(parseExactJson(text)))).toEqual(JSON.parse(text))
        expect(exactJson(JSON.parse(text))).toBe(JSON.stringify(JSON.parse(text)))
      }),
    )
  })

  it('are told from digits inside strings, behind escapes and quotes too', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.bigInt(), fc.string(), fc.constant('"9007199254740993,\\'))), (values) => {
        const text = `[${values.map((one) => (typeof one === 'bigint' ? String(one) : JSON.stringify(one))).join()}]`
        const read = parseExactJson(text) as (number | bigint | string)[]
        expect(read.map((one) => (typeof one === 'number' ? BigInt(one) : one))).toEqual(values)
        expect(exactJson(read)).toBe(text)
      }),
    )
  })

  it.each(['12345678901234567 8', '{12345678901234567:1}', '[0012345678901234567]', '"123456789012345678'])(
    'make no JSON of what is none: %s',
    (text) => expect(() => parseExactJson(text)).toThrow(SyntaxError),
  )
})
