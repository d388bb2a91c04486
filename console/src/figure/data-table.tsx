import { useState } from 'react'
import { useWords } from '../language/language.ts'
import { type Column, compareValues } from './column.ts'
import { figureWords } from './words.ts'

type Sorting = { name: string; isDescending: boolean }
type Props<R> = {
  caption: string
  columns: readonly Column<R>[]
  rows: readonly R[]
  keyOf(row: R): string | number
  isCaptionShown?: boolean
}

/** The page draws at most this many rows at first: 8,928 rows took 900 ms. */
const pageRows = 200

/** A real table, which a press on a heading orders. */
export function DataTable<R>({ caption, columns, rows, keyOf, isCaptionShown = false }: Props<R>) {
  const text = useWords(figureWords)
  const [sorting, sort] = useState<Sorting | null>(null)
  const [shown, show] = useState(pageRows)
  const by = columns.find(({ name }) => name === sorting?.name)
  const ordered =
    sorting && by ? [...rows].sort((a, b) => compareValues(by.value(a), by.value(b), sorting.isDescending)) : rows
  return (
    // A box that scrolls must be reachable by the keyboard. It is no landmark: the card around it is one.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is a part of a form
    <div className="table-box" role="group" aria-label={caption} tabIndex={0}>
      <table>
        <caption className={isCaptionShown ? '' : 'unseen'}>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <Heading key={column.name} column={column} sorting={sorting} sort={sort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {ordered.slice(0, shown).map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column) => (
                <td key={column.name} className={column.isFigure ? 'figure-cell' : ''}>
                  {column.show ? column.show(row) : String(column.value(row) ?? '–')}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p className="quiet">{text.noRows}</p>}
      {rows.length > shown && (
        <button type="button" onClick={() => show(shown + 5 * pageRows)}>
          {text.moreRows(String(rows.length - shown))}
        </button>
      )}
    </div>
  )
}

type HeadingProps<R> = { column: Column<R>; sorting: Sorting | null; sort(sorting: Sorting): void }

function Heading<R>({ column, sorting, sort }: HeadingProps<R>) {
  const isOrder = sorting?.name === column.name
  if (column.isAction)
    return (
      <th scope="col">
        <span className="heading">{column.title}</span>
      </th>
    )
  const order = !isOrder ? 'none' : sorting.isDescending ? 'descending' : 'ascending'
  // Figures are looked at from the largest.
  const isDescending = isOrder ? !sorting.isDescending : column.isFigure === true
  return (
    <th scope="col" aria-sort={order} className={column.isFigure ? 'figure-cell' : ''}>
      <button type="button" className="heading" onClick={() => sort({ name: column.name, isDescending })}>
        {column.title}
        <span aria-hidden="true">{!isOrder ? '' : sorting.isDescending ? ' ▾' : ' ▴'}</span>
      </button>
    </th>
  )
}
