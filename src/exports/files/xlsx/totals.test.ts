import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Column } from '../columns.ts'
import { createTotals } from './totals.ts'

const column = (name: string, type: Column['type']): Column => ({
  name,
  title: { en: name, zh: name },
  type,
  unit: null,
})
const columns = [
  column('time', 'time'),
  column('flux', 'integer'),
  column('rate', 'integer'),
  column('hits', 'integer'),
]
const table = (summed?: string[]) => ({
  title: { en: '', zh: '' },
  language: 'en' as const,
  columns,
  slices: (async function* () {})(),
  ...(summed ? { summed } : {}),
})

/** The texts and numbers of the last row, by their cell. */
function totalsOf(rows: (string | null)[][]): Record<string, string> {
  const totals = createTotals(table(['flux', 'hits']))
  for (const row of rows) totals?.add(row.map((cell) => cell ?? '\\N'))
  const cells = (totals?.row(9) ?? '').matchAll(/<c r="([A-Z]+9)"[^>]*?>(?:<v>|<is><t>)([^<]*)/g)
  return Object.fromEntries([...cells].map(([, reference, text]) => [reference, text]))
}

describe('the totals of a table', () => {
  it('are of the columns whose sum means something', () => {
    const rows = [
      ['a', '1', '5', '3'],
      ['b', '2', '6', '4'],
    ]
    expect(totalsOf(rows)).toEqual({ A9: 'Total', B9: '3', D9: '7' })
  })

  it('leave out rows without any figure, and columns that lack one beside others', () => {
    const rows = [
      ['a', '1', '5', '3'],
      ['b', null, null, null],
    ]
    expect(totalsOf(rows)).toEqual({ A9: 'Total', B9: '1', D9: '3' })
    expect(totalsOf([...rows, ['c', '4', '1', null]])).toEqual({ A9: 'Total', B9: '5' })
  })

  it('are none of a table that has no such column', () => {
    expect(createTotals(table())).toBeNull()
    expect(createTotals(table(['other']))).toBeNull()
  })

  it('are exact however large the figures are', () => {
    const figure = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 10n ** 15n }))
    fc.assert(
      fc.property(fc.array(figure, { maxLength: 60 }), (figures) => {
        const sum = figures.reduce((total, one) => total + one, 0n)
        expect(totalsOf(figures.map((one) => ['a', String(one), '0', '1']))['B9']).toBe(String(sum))
      }),
    )
  })
})
