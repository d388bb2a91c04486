import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { visibleJson, visibleLines, visibleText } from './visible-text.ts'

/** Code points of every kind that a terminal may act on or not show. */
const hidden = [
  ...Array.from({ length: 0x20 }, (_, code) => code),
  ...Array.from({ length: 0x21 }, (_, n) => 0x7f + n),
  ...[0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x180e, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2028, 0x2029],
  ...[0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2060, 0x2066, 0x2067, 0x2068, 0x2069, 0x206f, 0x3164, 0xd800, 0xdfff],
  ...[0xfe0f, 0xfeff, 0xffa0, 0xfff9, 0xe0001, 0xe0041, 0xe007f, 0xe0100],
].map((code) => [code.toString(16), String.fromCodePoint(code)] as const)

describe('text from outside, as a terminal shows it', () => {
  it.each(hidden)('spells U+%s out', (code, character) => {
    const spelled = code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`
    expect(visibleText(`a${character}b`)).toBe(`a${spelled}b`)
    const stays = character === '\n' || character === '\t'
    expect(visibleLines(`a${character}b`)).toBe(stays ? `a${character}b` : `a${spelled}b`)
  })

  it.each(['流量 / 用量', 'Größe é', 'e\u0301', '😀', 'العربية', '\\x1b', '\u00a0', '\ufffd'])('leaves %s', (text) => {
    expect([visibleText(text), visibleLines(text)]).toEqual([text, text])
  })

  it('is equal in value as JSON, and hides nothing either', () => {
    const characters = fc.constantFrom(...hidden.map(([, character]) => character), 'a', '"', '\\', '😀')
    const value = fc.dictionary(fc.string({ unit: characters }), fc.string({ unit: characters }))
    fc.assert(
      fc.property(value, fc.constantFrom(0, 2), (one, indent) => {
        const text = visibleJson(JSON.stringify(one, null, indent))
        expect(JSON.parse(text)).toEqual(one)
        expect(text.replaceAll('\n', '')).not.toMatch(
          /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u,
        )
      }),
    )
  })
})
