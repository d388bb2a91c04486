import type { Column } from '../../figure/column.ts'
import { DataTable } from '../../figure/data-table.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { batchWords } from './batch-words.ts'
import type { Batch } from './delivery.ts'
import { reasonWords } from './reason-words.ts'
import { logWords } from './words.ts'

type Rejected = NonNullable<Batch['rejected']>
type ByReason = Rejected['by_reason'][number]
type FirstLine = Rejected['first_lines'][number]

/** The lines that do not count: their number by reason, and the first of them. */
export function RejectedLines({ batch }: { batch: Batch }) {
  const text = useWords(batchWords)
  const words = useWords(logWords)
  const reasons = useWords(reasonWords) as Record<string, string>
  const { count } = useFormats()
  const byReason = batch.rejected?.by_reason ?? batch.rejected_by_reason ?? []
  const firstLines = batch.rejected?.first_lines ?? []
  if (byReason.length === 0) return batch.rejected_lines === 0 ? <p>{text.noRejected}</p> : null
  const reasonColumns: Column<ByReason>[] = [
    { name: 'reason', title: words.reason, value: ({ reason }) => reason, show: ({ reason }) => <code>{reason}</code> },
    {
      name: 'lines',
      title: words.lines,
      isFigure: true,
      value: ({ lines }) => lines,
      show: ({ lines }) => count(lines),
    },
    { name: 'meaning', title: words.meaning, value: ({ reason }) => reasons[reason] ?? '–' },
  ]
  const lineColumns: Column<FirstLine>[] = [
    { name: 'line', title: words.line, isFigure: true, value: (line) => line.line_number },
    { name: 'reason', title: words.reason, value: ({ reason }) => reason, show: ({ reason }) => <code>{reason}</code> },
    {
      name: 'text',
      title: words.text,
      value: ({ line }) => line,
      show: ({ line }) => <code className="log-text">{line}</code>,
    },
  ]
  return (
    <>
      <DataTable
        caption={text.byReason}
        isCaptionShown
        columns={reasonColumns}
        rows={byReason}
        keyOf={({ reason }) => reason}
      />
      {firstLines.length > 0 && (
        <DataTable
          caption={text.firstLines(count(firstLines.length))}
          isCaptionShown
          columns={lineColumns}
          rows={firstLines}
          keyOf={(line) => Number(line.line_number)}
        />
      )}
    </>
  )
}
