import { useQuery } from '@tanstack/react-query'
import { type AnswerOf, call } from '../../api/client.ts'
import { Answer } from '../../controls/answer.tsx'
import { DataTable } from '../../figure/data-table.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useSettled } from '../../view/use-settled.ts'
import type { LoadOptions } from './delivery.ts'
import { Help } from './load-outcome.tsx'
import { loadWords } from './load-words.ts'
import { isHeader, usePreviewColumns } from './preview-columns.tsx'
import { type Head, readHead } from './read-head.ts'
import { WouldBeRejected } from './would-be-rejected.tsx'

type Preview = AnswerOf<'POST /api/v1/log-batches/preview'>
type Looked = { head: Exclude<Head, { lines: string[] }> } | { preview: Preview }

const pauseMs = 400
const linesShown = 20

async function look(file: File, options: LoadOptions): Promise<Looked> {
  const head = await readHead(file)
  if (!('lines' in head)) return { head }
  // The share of rejected lines is no matter of a preview.
  const { rejected_percent_max: _percent, ...asked } = options
  const body = { ...asked, name: file.name, lines: head.lines }
  return { preview: await call('POST /api/v1/log-batches/preview', { body }) }
}

/** The first lines of a file as the server understands them. Nothing is loaded. */
export function PreviewView({ file, fileKey, options }: { file: File; fileKey: string; options: LoadOptions }) {
  const text = useWords(loadWords)
  const asked = useSettled(JSON.stringify(options), pauseMs)
  const looked = useQuery<Looked, Error>({
    queryKey: ['log preview', fileKey, asked],
    queryFn: () => look(file, JSON.parse(asked) as LoadOptions),
    staleTime: Number.POSITIVE_INFINITY,
  })
  return (
    <>
      <Answer of={looked} awaited={text.looking}>
        {(found) =>
          'preview' in found ? (
            <Understood preview={found.preview} />
          ) : (
            <p>{'packed' in found.head ? text.packed(found.head.packed) : text.emptyFile}</p>
          )
        }
      </Answer>
      {looked.error && <Help error={looked.error} />}
    </>
  )
}

function Understood({ preview }: { preview: Preview }) {
  const text = useWords(loadWords)
  const { count } = useFormats()
  const columns = usePreviewColumns()
  const { lines } = preview
  const shown = lines.slice(0, linesShown)
  const headers = lines.filter(isHeader)
  const rejected = lines.filter((line) => line.reason !== null && !isHeader(line))
  const counted = lines.length - headers.length - rejected.length
  return (
    <div className="page">
      <p className="sentence">
        <strong>{text.found(preview.format, preview.title)}</strong>{' '}
        {text.understood(count(lines.length), count(counted), count(rejected.length), count(headers.length))}
      </p>
      {rejected.length > 0 && <WouldBeRejected lines={rejected} />}
      <DataTable
        caption={text.firstLines(count(shown.length))}
        isCaptionShown
        columns={columns}
        rows={shown}
        keyOf={(line) => Number(line.line_number)}
      />
    </div>
  )
}
