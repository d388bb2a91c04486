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
    ['a member twice', '{"a":1,"b":0,"a":2}', /parameter a is invalid: it is given twice/],
    ['a member twice, written otherwise', '{"a":1,"\\u0061":2}', /parameter a is invalid/],
    ['a member twice, deep', '{"x":[{"a" : 1, "a"\t:2}]}', /parameter a is invalid/],
  ])('%s is refused', (_name, text, says) => {
    expect(() => parse(text)).toThrow(says)
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
