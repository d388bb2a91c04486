import { lazy, type ReactNode, Suspense, useId, useState } from 'react'
import { Link } from 'wouter'
import { useIsStale } from '../controls/answer.tsx'
import { useWords } from '../language/language.ts'
import type { ApiRequest } from './code-sample.tsx'
import type { Column } from './column.ts'
import { csvOf, saveText } from './csv.ts'
import { DataTable } from './data-table.tsx'
import { figureWords } from './words.ts'

/** Few ask for it: its code is loaded when somebody does. */
const CodeSample = lazy(() => import('./code-sample.tsx').then((code) => ({ default: code.CodeSample })))

type Props<R> = {
  title: string
  /** One sentence with the main figures: the chart for people who do not see it. */
  sentence: ReactNode
  /** A chart or bars; without it the table is shown at once. */
  children?: ReactNode
  columns: readonly Column<R>[]
  rows: readonly R[]
  keyOf(row: R): string | number
  /** Name of the CSV file, without its end. */
  fileName: string
  /** The request that gave the figures. */
  request: ApiRequest
  /** Address of the form that makes an export task of this view; without it there is no such report. */
  exportHref?: string
  /** Completeness of the figures. */
  strip?: ReactNode
}

/** A figure in all its forms: a sentence, a chart, a table, a file, an export task, a program. */
export function Figure<R>(props: Props<R>) {
  const text = useWords(figureWords)
  const id = useId()
  // The file would have the figures before under the view of now.
  const isStale = useIsStale()
  const hasChart = props.children !== undefined
  const [isTable, showTable] = useState(!hasChart)
  const [isCode, showCode] = useState(false)
  const save = () => saveText(`${props.fileName}.csv`, csvOf(props.columns, props.rows))
  return (
    <section className="card" aria-labelledby={id}>
      <header className="card-head">
        <h2 id={id}>{props.title}</h2>
        <div className="card-actions">
          {hasChart && (
            <button type="button" aria-expanded={isTable} onClick={() => showTable(!isTable)}>
              {text.table}
            </button>
          )}
          <button type="button" onClick={save} disabled={isStale}>
            {text.csv}
          </button>
          {props.exportHref !== undefined && (
            <Link href={props.exportHref} className="button">
              {text.export}
            </Link>
          )}
          <button type="button" aria-expanded={isCode} onClick={() => showCode(!isCode)}>
            {text.code}
          </button>
        </div>
      </header>
      <p className="sentence">{props.sentence}</p>
      {props.children}
      {isTable && <DataTable caption={props.title} columns={props.columns} rows={props.rows} keyOf={props.keyOf} />}
      {isCode && (
        <Suspense>
          <CodeSample request={props.request} />
        </Suspense>
      )}
      {props.strip}
    </section>
  )
}
