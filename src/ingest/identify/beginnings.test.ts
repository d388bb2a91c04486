import { describe, expect, it } from 'vitest'
import { beginningsToKeep, hasBeginning, headBytes, headOf, sha256Of } from './beginnings.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')
const line = (index: number) => `${String(index).padStart(99, '.')}\n`
const linesOf = (count: number) => bytes(Array.from({ length: count }, (_, index) => line(index)).join(''))

describe('the head of a content', () => {
  it('knows the content cut at each of its line ends within 4 KiB, and at no other place', () => {
    const content = linesOf(60)
    const { lineEnds } = headOf(content)
    expect(lineEnds.map(([end]) => end)).toEqual(Array.from({ length: 40 }, (_, index) => (index + 1) * 100))
    for (let end = 1; end <= headBytes; end++) {
      const isLineEnd = end % 100 === 0
      expect(hasBeginning(lineEnds, end, sha256Of(content.subarray(0, end)))).toBe(isLineEnd)
    }
  })

  it('begins with the first line that is neither a comment nor blank, wherever that ends', () => {
    const comments = bytes('#Version: 1.0\n\r\n\n')
    expect(headOf(comments)).toEqual({ sha256: null, firstLineSha256: null, lineEnds: [] })
    const content = Buffer.concat([comments, bytes('line\nmore\n')])
    expect(headOf(content).lineEnds.map(([end]) => end)).toEqual([comments.length + 5, comments.length + 10])
    const long = bytes(`${'x'.repeat(5_000)}\nmore\n`)
    expect(headOf(long)).toMatchObject({ firstLineSha256: sha256Of(long.subarray(0, 5_001)), lineEnds: [] })
  })

  it('is bounded, whatever the lines are', () => {
    expect(headOf(bytes('a\n'.repeat(20_000))).lineEnds).toHaveLength(128)
    expect(headOf(bytes('x'.repeat(60_000)))).toMatchObject({ firstLineSha256: null, lineEnds: [] })
  })
})

describe('what is kept of a content that grew', () => {
  it('is its newest beginnings, however often it was delivered', () => {
    let loaded = { endByte: 0, contentSha256: '', beginnings: headOf(linesOf(1)).lineEnds }
    for (let count = 2; count < 300; count++) {
      const content = linesOf(count)
      const beginnings = beginningsToKeep(headOf(content), count === 2 ? [] : [loaded])
      loaded = { endByte: content.length, contentSha256: sha256Of(content), beginnings }
    }
    expect(loaded.beginnings).toHaveLength(40 + 64)
    expect(hasBeginning(loaded.beginnings, 29_800, sha256Of(linesOf(298)))).toBe(true)
  })
})
