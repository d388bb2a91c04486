import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJsonBody } from './json-body.ts'

const parse = (text: string) => parseJsonBody(Buffer.from(text))
const nested = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`

describe('a JSON body', () => {
  it.each([
    ['', {}],
    [' \n', {}],
    ['null', {}],
    ['{"a":1,"b":null}', { a: 1 }],
    ['{"a":{"b":null,"a":{"a":1}},"b":[{"a":1},{"a":2}]}', { a: { b: null, a: { a: 1 } }, b: [{ a: 1 }, { a: 2 }] }],
    ['{"a":"{\\"a\\":1,\\"a\\":2}","b":"[[[["}', { a: '{"a":1,"a":2}', b: '[[[[' }],
    ['{"a\\\\":1,"a":2}', { 'a\\': 1, a: 2 }],
    ['{"__proto__":{"polluted":1},"a":{"__proto__":1}}', { a: {} }],
    ['{"\\u005f_proto__":{"polluted":1}}', {}],
  ])('%s is read', (text, value) => {
    const parsed = parse(text)
    expect(parsed).toEqual(value)
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype)
  })

  it.each([
    ['a text', '"x"', /not a JSON object/],
    ['a list', '[]', /not a JSON object/],
    ['half of one', '{"a":', /not JSON/],
    ['no JSON at all', '}{"', /not JSON/],
    ['33 levels', nested(33), /more than 32 levels/],
    ['5,000 levels', `{"language":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, /more than 32 levels/],
    ['500,000 levels that do not end', '['.repeat(500_000), /more than 32 levels/],
    ['1,001 members', `{${Array.from({ length: 1_001 }, (_, n) => `"a${n}":0`)}}`, /more than 1000 members/],
    ['20,001 values', `{"a":[${Array(20_000).fill('{}')}]}`, /more than 20000 values/],
    ['300,000 objects', `{"a":[${Array(300_000).fill('{}')}]}`, /more than 20000 values/],
    ['400,000 numbers', `{"a":[${Array(400_000).fill('0')}]}`, /more than 20000 values/],
    ['a member twice', '{"a":1,"b":0,"a":2}', /parameter a is invalid: it is given twice/],
    ['a member twice, written otherwise', '{"a":1,"\\u0061":2}', /parameter a is invalid/],
    ['a member twice, deep', '{"x":[{"a" : 1, "a"\t:2}]}', /parameter a is invalid/],
  ])('%s is refused', (_name, text, says) => {
    expect(() => parse(text)).toThrow(says)
  })

  it('of many values is refused without being read to its end', () => {
    const body = Buffer.from(`{"a":[${Array(349_000).fill('{}')}]}`)
    const startMs = performance.now()
    for (let n = 0; n < 10; n++) expect(() => parseJsonBody(body)).toThrow(/values/)
    expect((performance.now() - startMs) / 10).toBeLessThan(50)
  })

  it('may have a list as long as the longest that a route takes, and commas in its texts', () => {
    expect(parse(`{"a":[${Array(10_000).fill('"x"')}]}`)['a']).toHaveLength(10_000)
    expect(parse(`{"a":"${'x,[{'.repeat(100_000)}"}`)['a']).toHaveLength(400_000)
  })

  it('may have 32 levels', () => {
    expect(Object.keys(parse(nested(32)))).toEqual(['a'])
  })

  it('is read as JSON.parse reads it, whatever it is', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 8, noNullPrototype: true })
    fc.assert(
      fc.property(object, fc.integer({ min: 0, max: 2 }), (value, indent) => {
        fc.pre(!JSON.stringify(value).includes('__proto__'))
        const given = Object.entries(value).filter(([, inner]) => inner !== null)
        expect(parse(JSON.stringify(value, null, indent))).toEqual(
          JSON.parse(JSON.stringify(Object.fromEntries(given))),
        )
      }),
    )
  })
})
