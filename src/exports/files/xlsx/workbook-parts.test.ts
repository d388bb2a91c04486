import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readXml } from '../../../../test/harness/read-xml.ts'
import { sheetName, workbookParts } from './workbook-parts.ts'

/** Excel's rules for a tab's name. */
function expectAllowed(name: string) {
  expect(name.length).toBeGreaterThan(0)
  expect(name.length).toBeLessThanOrEqual(31)
  expect(name).not.toMatch(/[\\/*?:[\]\p{Cc}]/u)
  expect(name).not.toMatch(/^[\s']|[\s']$/)
  expect(name.toLowerCase()).not.toBe('history')
}

describe('a tab’s name', () => {
  it.each([
    ['Usage', 'Usage'],
    ['独立访客', '独立访客'],
    ['a/b\\c*d?e:f[g]h', 'a b c d e f g h'],
    ["'quoted'", 'quoted'],
    ["it's", "it's"],
    ['  blanks  ', 'blanks'],
    ['line\nend\u0007', 'line end'],
    ['', 'Sheet'],
    ['***', 'Sheet'],
    ['History', 'History (2)'],
    ['x'.repeat(40), 'x'.repeat(31)],
    [`${'x'.repeat(30)} y`, 'x'.repeat(30)],
    [`${'x'.repeat(30)}😀`, 'x'.repeat(30)],
  ])('of the title %j is %j', (title, name) => {
    expect(sheetName(title, [])).toBe(name)
  })

  it('is there once, whatever its case, and however long it is', () => {
    expect(sheetName('Usage', ['Usage'])).toBe('Usage (2)')
    expect(sheetName('Usage', ['Usage', 'Usage (2)'])).toBe('Usage (3)')
    expect(sheetName('usage', ['USAGE'])).toBe('usage (2)')
    expect(sheetName('x'.repeat(40), ['x'.repeat(31)])).toBe(`${'x'.repeat(27)} (2)`)
  })

  it('is allowed, and no other’s, for any titles', () => {
    const title = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'A', "'", ' ', '/', '😀', '\n'), maxLength: 40 }),
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.constantFrom('History', 'x'.repeat(31), 'x'.repeat(32), 'Usage'),
    )
    fc.assert(
      fc.property(fc.array(title, { maxLength: 30 }), (titles) => {
        const names: string[] = []
        for (const one of titles) names.push(sheetName(one, names))
        names.forEach(expectAllowed)
        expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length)
      }),
    )
  })
})

describe('the parts of a workbook', () => {
  const sheets = [
    { name: `a & "b" <c> it's`, partNumber: 1, hasHeader: true, filtered: 'A1:AB289' },
    { name: '_x0041_', partNumber: 3, hasHeader: false },
    { name: '第二', partNumber: 2, hasHeader: true },
  ]
  const parts = workbookParts(sheets, { fileTitle: 'a & <b>', dataChangedAtMs: Date.UTC(2026, 8, 1, 8, 30) })
  const steps = (path: string) => [...readXml(Buffer.from(parts[path] ?? ''))]

  it('are XML', () => {
    for (const path of Object.keys(parts)) expect(steps(path).length).toBeGreaterThan(2)
  })

  it('name the tabs in their order, and each one’s file', () => {
    const tabs = steps('xl/workbook.xml').filter(({ kind, name }) => kind === 'begin' && name === 'sheet')
    expect(tabs.map(({ attributes }) => [attributes['name'], attributes['sheetId'], attributes['r:id']])).toEqual([
      [`a & "b" <c> it's`, '1', 'rId1'],
      ['_x005F_x0041_', '2', 'rId3'],
      ['第二', '3', 'rId2'],
    ])
  })

  it('have each table’s first row printed on every page, and its rows filtered', () => {
    const named = steps('xl/workbook.xml').flatMap(({ kind, name, text }) =>
      kind === 'text' && name === 'definedName' ? [text] : [],
    )
    expect(named).toEqual([`'a & "b" <c> it''s'!$A$1:$AB$289`, `'a & "b" <c> it''s'!$1:$1`, `'第二'!$1:$1`])
  })

  it('say the title of the file, who made it, and of when its data are', () => {
    const told = steps('docProps/core.xml').flatMap(({ kind, name, text }) => (kind === 'text' ? [[name, text]] : []))
    expect(told).toEqual([
      ['dc:title', 'a & <b>'],
      ['dc:creator', 'Fluxport'],
      ['dcterms:created', '2026-09-01T08:30:00Z'],
    ])
  })

  it('say no time where there are no data', () => {
    const { 'docProps/core.xml': core } = workbookParts(sheets, { fileTitle: 'a', dataChangedAtMs: null })
    expect(core).not.toContain('created')
  })

  it('list every sheet’s type', () => {
    const types = steps('[Content_Types].xml').flatMap(({ attributes }) => attributes['PartName'] ?? [])
    for (const number of [1, 2, 3]) expect(types).toContain(`/xl/worksheets/sheet${number}.xml`)
  })
})
