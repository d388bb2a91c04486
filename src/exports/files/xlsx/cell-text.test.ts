import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readXml } from '../../../../test/harness/read-xml.ts'
import { cellLengthMax, cellText, keepsSpace } from './cell-text.ts'

/** Reads like a program made after the specification: XML first, then `_xHHHH_`, from left to right. */
const read = (xml: string): string => {
  const [, text] = [...readXml(Buffer.from(`<t>${xml}</t>`))]
  const decoded = text?.kind === 'text' ? text.text : ''
  return decoded.replaceAll(/_x([0-9A-Fa-f]{4})_/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)))
}

/** Halves of surrogate pairs become U+FFFD, as in UTF-8. */
const wellFormed = (text: string) => Buffer.from(text).toString()

describe('a cell’s text', () => {
  it.each([
    ['plain', 'plain'],
    ['流量 & <b>"x"</b>', '流量 &amp; &lt;b&gt;"x"&lt;/b&gt;'],
    ['&amp;', '&amp;amp;'],
    [']]>', ']]&gt;'],
    ['\u0000\u0008\u000b\u001f', '_x0000__x0008__x000B__x001F_'],
    ['a\r\nb', 'a_x000D_\nb'],
    ['a\tb', 'a\tb'],
    ['\ufffe\uffff', '_xFFFE__xFFFF_'],
    ['_x0041_', '_x005F_x0041_'],
    ['_x0041_x0042_', '_x005F_x0041_x005F_x0042_'],
    ['_x004_ _x00411_ _X0041_', '_x004_ _x00411_ _X0041_'],
    ['_x0041\u0001', '_x005F_x0041_x0001_'],
    ['_x0041\r', '_x005F_x0041_x000D_'],
    ['a\ud800b\udc00', 'a\ufffdb\ufffd'],
    ['\udc00\ud800', '\ufffd\ufffd'],
    ['😀', '😀'],
  ])('%j is written as %s', (text, xml) => {
    expect(cellText(text)).toEqual({ xml, isCut: false })
    expect(read(xml)).toBe(wellFormed(text))
  })

  const tricky = fc.constantFrom(
    ...[
      '_',
      'x',
      'X',
      '0',
      '4',
      '1',
      'F',
      'a',
      '&',
      '<',
      '>',
      '"',
      ' ',
      '\u0000',
      '\u0001',
      '\t',
      '\n',
      '\r',
      '\ud800',
      '\udc00',
      '😀',
      '中',
      '\ufffe',
      '\uffff',
      '\ufeff',
      '\u2028',
      '\u0085',
    ],
  )
  it.each([
    ['of any characters', fc.string({ unit: 'binary', maxLength: 200 })],
    ['of those that matter', fc.string({ unit: tricky, maxLength: 60 })],
    [
      'of pieces of escapes',
      fc.array(fc.oneof(tricky, fc.constantFrom('_x0041', 'x0041_', '_x005F_'))).map((all) => all.join('')),
    ],
  ])('%s is read as it was, by the rules of the specification', (_name, text) => {
    fc.assert(
      fc.property(text, (one) => {
        const { xml, isCut } = cellText(one)
        expect([read(xml), isCut]).toEqual([wellFormed(one), false])
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('a text that is too long for a cell', () => {
  it('begins one character above the limit, and says that it was cut', () => {
    expect(cellText('a'.repeat(cellLengthMax))).toEqual({ xml: 'a'.repeat(cellLengthMax), isCut: false })
    const { xml, isCut } = cellText('a'.repeat(cellLengthMax + 1))
    expect([xml.length, isCut, xml.endsWith('aa…[cut]')]).toEqual([cellLengthMax, true, true])
  })

  it('is not cut between the halves of a pair, wherever it stands', () => {
    for (let before = 0; before < 4; before++) {
      const { xml, isCut } = cellText('a'.repeat(before) + '😀'.repeat(20_000))
      expect(isCut).toBe(true)
      expect(xml).not.toContain('\ufffd')
      expect(xml.length).toBeGreaterThanOrEqual(cellLengthMax - 1)
      expect(xml.length).toBeLessThanOrEqual(cellLengthMax)
    }
  })

  it('has its length from what is read, not from how it is spelled', () => {
    const text = '\u0001&'.repeat(cellLengthMax / 2)
    expect(cellText(text).isCut).toBe(false)
    const cut = cellText(`${text}\u0001\u0001`)
    expect([cut.isCut, read(cut.xml).length]).toEqual([true, cellLengthMax])
  })

  it('of any characters is its beginning', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }), fc.nat(100), (piece, more) => {
        const text = piece.repeat(Math.ceil((cellLengthMax + more) / piece.length) + 1)
        const cut = read(cellText(text).xml)
        expect(cut.length).toBeLessThanOrEqual(cellLengthMax)
        expect(wellFormed(text).startsWith(cut.slice(0, -'…[cut]'.length))).toBe(true)
      }),
      { numRuns: 30 },
    )
  })
})

describe('a reader is told to keep space', () => {
  it.each([' a', 'a ', '\ta', 'a\t', 'a\nb', '\n', ' ', '\u3000a', 'a\u00a0'])('of %j', (text) => {
    expect(keepsSpace(text)).toBe(true)
  })

  it.each(['', 'a', 'a b', 'a  b', 'a\tb'])('but needs not of %j', (text) => {
    expect(keepsSpace(text)).toBe(false)
  })
})
