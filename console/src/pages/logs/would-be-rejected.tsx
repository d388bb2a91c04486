import type { Column } from '../../figure/column.ts'
import { DataTable } from '../../figure/data-table.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { loadWords } from './load-words.ts'
import type { Line } from './preview-columns.tsx'
import { reasonWords } from './reason-words.ts'
import { logWords } from './words.ts'

type Rejected = { reason: string; lines: number; first: Line }

/** One row for each reason, with the first line that it holds for. */
function byReason(lines: readonly Line[]): Rejected[] {
  const found = new Map<string, Rejected>()
  for (const line of lines) {
    const reason = line.reason ?? ''
    const before = found.get(reason)
    found.set(reason, { reason, lines: (before?.lines ?? 0) + 1, first: before?.first ?? line })
  }
  return [...found.values()]
}

/** The lines that would be rejected, by reason. */
export function WouldBeRejected({ lines }: { lines: readonly Line[] }) {
  const text = useWords(loadWords)
  const words = useWords(logWords)
  const reasons = useWords(reasonWords) as Record<string, string>
  const { count } = useFormats()
  const columns: Column<Rejected>[] = [
    { name: 'reason', title: words.reason, value: ({ reason }) => reason, show: ({ reason }) => <code>{reason}</code> },
    { name: 'lines', title: words.lines, isFigure: true, value: (row) => row.lines, show: (row) => count(row.lines) },
    {
      name: 'meaning',
      title: words.meaning,
      value: ({ reason }) => reasons[reason],
      show: ({ reason }) => <div className="wide">{reasons[reason] ?? '–'}</div>,
    },
    { name: 'line', title: text.firstLine, isFigure: true, value: ({ first }) => first.line_number },
    {
      name: 'text',
      title: words.text,
      value: ({ first }) => first.line,
      show: ({ first }) => <code className="log-text">{first.line.slice(0, 200)}</code>,
    },
  ]
  return (
    <DataTable
      caption={text.wouldBeRejected}
      isCaptionShown
      columns={columns}
      rows={byReason(lines)}
      keyOf={({ reason }) => reason}
    />
  )
}
