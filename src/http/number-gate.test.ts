import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { gateNumbers } from './number-gate.ts'
import { Nullable } from './schemas.ts'
import { soundAnswer } from './sound-answers.ts'

const schema = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
  ratio: Type.Optional(Type.Number()),
  ids: Type.Optional(Type.Array(Type.Integer())),
  deep: Type.Optional(Type.Object({ bytes: Type.Integer() })),
  may: Type.Optional(Nullable(Type.Integer())),
  text: Type.Optional(Type.String()),
})
const gate = (values: Record<string, unknown>) => gateNumbers(structuredClone(values), schema)

describe('the gate for numbers', () => {
  it.each([
    [{ limit: '12' }, { limit: 12 }],
    [{ limit: '-0' }, { limit: 0 }],
    [{ limit: '007' }, { limit: 7 }],
    [{ limit: 9007199254740991 }, { limit: 9007199254740991 }],
    [{ ids: ['1', 2] }, { ids: [1, 2] }],
    [{ deep: { bytes: '5' } }, { deep: { bytes: 5 } }],
    [{ may: null }, { may: null }],
    [{ ratio: '1.5' }, { ratio: 1.5 }],
    [
      { text: 'Infinity', other: Number.POSITIVE_INFINITY },
      { text: 'Infinity', other: Number.POSITIVE_INFINITY },
    ],
  ])('%j passes', (values, passed) => {
    expect(gate(values)).toStrictEqual(passed)
  })

  const odd = [
    ...['Infinity', '-Infinity', 'NaN', '1e400', '1e3', '0x10', '0b1', ' 5', '5 ', '+5', '', '1.0', '1,5', '٣', '5n'],
    ...['9007199254740992', '9'.repeat(400), '--1', 'null', 'true'],
    ...[Number.POSITIVE_INFINITY, Number.NaN, 2 ** 53, -(2 ** 53), 1.5, true, null, {}, [], [5]],
  ]
  it.each(odd)('%j is no whole number, wherever one is wanted', (value) => {
    expect(() => gate({ limit: value })).toThrow(/parameter limit is invalid: must be integer, .* >= 0 and <= 100$/)
    expect(() => gate({ ids: [1, value] })).toThrow(/parameter ids\.1 is invalid/)
    expect(() => gate({ deep: { bytes: value } })).toThrow(/parameter deep\.bytes is invalid/)
  })

  it.each(['Infinity', '1e400', 'x', Number.NEGATIVE_INFINITY])('%j is no number either', (value) => {
    expect(() => gate({ ratio: value })).toThrow(/parameter ratio is invalid: must be number/)
  })
})

describe('an answer out of what was stored', () => {
  const answers = Type.Object({ rows: Type.Array(Type.Object({ n: Type.Integer(), may: Nullable(Type.Integer()) })) })
  const sound = (n: unknown) => soundAnswer({ rows: [{ n, may: n, other: n }] }, answers)
  it.each([
    [Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    [Number.NEGATIVE_INFINITY, Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
    [Number.NaN, 0, null],
    ['many', 0, null],
    [1.5, 1, 1],
    [{}, 0, null],
  ])('%j is written as %j, or as %j where there may be none', (n, written, nullable) => {
    expect(sound(n)).toEqual({ rows: [{ n: written, may: nullable, other: n }] })
  })

  it('is the same object when it is in order', () => {
    const answer = {
      rows: [
        { n: 1, may: null },
        { n: 10n, may: '9007199254740993' },
      ],
    }
    expect(soundAnswer(answer, answers)).toBe(answer)
  })
})
