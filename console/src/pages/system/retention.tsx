import { useAnswer } from '../../api/answers.ts'
import type { AnswerOf } from '../../api/client.ts'
import { Answer } from '../../controls/answer.tsx'
import type { Column } from '../../figure/column.ts'
import { Figure } from '../../figure/figure.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { systemWords } from './words.ts'

type Kept = AnswerOf<'GET /api/v1/retention'>['tables'][number]
const path = '/api/v1/retention'

/** Kept data of each table, and the partition that is dropped next. */
export function Retention() {
  const retention = useAnswer(path, {})
  return <Answer of={retention}>{({ tables }) => <Tables tables={tables} />}</Answer>
}

function Tables({ tables }: { tables: readonly Kept[] }) {
  const text = useWords(systemWords)
  const { count, time } = useFormats()
  const { view } = useView()
  const columns = useColumns()
  const due = tables.reduce((sum, table) => sum + Number(table.due.rows), 0)
  const next = tables
    .filter((table) => table.next !== null)
    .sort((a, b) => Number(a.next?.at) - Number(b.next?.at))
    .map((table) => `${text[table.table]}, ${time(Number(table.next?.at), view.zone)}`)[0]
  return (
    <Figure
      title={text.retention}
      sentence={text.retentionSentence(count(due), next ?? text.nothingNext)}
      columns={columns}
      rows={tables}
      keyOf={({ table }) => table}
      fileName="retention"
      request={{ path, query: {} }}
    />
  )
}

function useColumns(): Column<Kept>[] {
  const text = useWords(systemWords)
  const { count, bytes, time, date } = useFormats()
  const { view } = useView()
  return [
    { name: 'table', title: text.table, value: ({ table }) => text[table] },
    {
      name: 'keep_days',
      title: text.keepDays,
      isFigure: true,
      value: (kept) => kept.keep_days,
      show: (kept) => (kept.keep_days === null ? text.forEver : count(kept.keep_days)),
    },
    {
      name: 'kept_from',
      title: text.keptFrom,
      value: (kept) => (kept.kept_from === null ? null : date(Number(kept.kept_from), view.zone)),
    },
    { name: 'rows', title: text.rows, isFigure: true, value: ({ rows }) => rows, show: ({ rows }) => count(rows) },
    {
      name: 'bytes',
      title: text.bytes,
      isFigure: true,
      value: (kept) => kept.bytes,
      show: (kept) => bytes(kept.bytes),
    },
    {
      name: 'due',
      title: text.due,
      isFigure: true,
      value: ({ due }) => due.rows,
      show: ({ due }) => count(due.rows),
    },
    {
      name: 'next_at',
      title: text.nextAt,
      value: ({ next }) => (next === null ? null : time(Number(next.at), view.zone)),
    },
    {
      name: 'next_rows',
      title: text.nextRows,
      isFigure: true,
      value: ({ next }) => next?.rows ?? null,
      show: ({ next }) => count(next?.rows),
    },
  ]
}
