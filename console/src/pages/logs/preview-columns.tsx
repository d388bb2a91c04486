import type { AnswerOf } from '../../api/client.ts'
import type { Column } from '../../figure/column.ts'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { loadWords } from './load-words.ts'
import { logWords } from './words.ts'

export type Line = AnswerOf<'POST /api/v1/log-batches/preview'>['lines'][number]
/** True for a line that nobody expects to count. */
export const isHeader = ({ reason }: Line): boolean => reason === 'header' || reason === 'blank'

type Request = NonNullable<Line['request']>

const lineCharactersShown = 200

/** Columns of lines as they are understood. All of it is text, whatever a log holds. */
export function usePreviewColumns(): Column<Line>[] {
  const text = useWords(loadWords)
  const words = useWords(logWords)
  const { count, time } = useFormats()
  const { view } = useView()
  const ofRequest = (name: keyof Request, title: string): Column<Line> => ({
    name,
    title,
    value: ({ request }) => request?.[name] || null,
    show: ({ request }) => <span className="nowrap">{String(request?.[name] || '–')}</span>,
  })
  return [
    { name: 'line', title: words.line, isFigure: true, value: (line) => line.line_number },
    { name: 'state', title: words.state, value: ({ reason }) => reason ?? '', show: (line) => <Verdict line={line} /> },
    {
      name: 'time',
      title: text.time,
      value: ({ request }) => request?.time,
      show: ({ request }) => <span className="nowrap">{time(request?.time, view.zone)}</span>,
    },
    ofRequest('domain', words.domain),
    {
      name: 'request',
      title: text.request,
      value: ({ request, line }) => (request ? `${request.method} ${request.target}` : line),
      show: (line) => <RequestText line={line} />,
    },
    { ...ofRequest('status', text.status), isFigure: true },
    {
      name: 'bytes',
      title: text.bytes,
      isFigure: true,
      value: ({ request }) => request?.bytes,
      show: ({ request }) => count(request?.bytes),
    },
    {
      name: 'cache',
      title: text.cache,
      value: ({ request }) => request?.cache,
      show: ({ request }) => (request ? (text[request.cache as 'hit'] ?? request.cache) : '–'),
    },
    ofRequest('client', text.client),
    {
      name: 'place',
      title: text.place,
      value: ({ request }) =>
        request
          ? [request.country, request.province, request.carrier].filter((part) => part !== '').join(' ') || null
          : null,
    },
  ]
}

function Verdict({ line }: { line: Line }) {
  const text = useWords(loadWords)
  const { reason, broken_at: brokenAt } = line
  if (reason === null) return text.counts
  if (isHeader(line)) return <span className="quiet">{text.header}</span>
  return (
    <span className="problem">
      <code>{reason}</code> {brokenAt !== null && text.brokenAt(brokenAt)}
    </span>
  )
}

function RequestText({ line: { request, line } }: { line: Line }) {
  const text = request ? `${request.method} ${request.target}` : line
  return (
    <code className="log-text" title={text}>
      {text.length > lineCharactersShown ? `${text.slice(0, lineCharactersShown)}…` : text}
    </code>
  )
}
