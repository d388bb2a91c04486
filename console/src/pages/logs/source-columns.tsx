import type { AnswerOf } from '../../api/client.ts'
import { ErrorText } from '../../controls/error-text.tsx'
import type { Column } from '../../figure/column.ts'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useText } from '../../view/use-choice.ts'
import { useView } from '../../view/use-view.ts'
import { sourceWords } from './source-words.ts'

export type Source = AnswerOf<'GET /api/v1/log-sources'>['sources'][number]
type WaitingFile = Source['waiting_files'][number]
type FailedFile = Source['failed_files'][number]

/** Columns of files that wait. */
export function useWaitingColumns(): Column<WaitingFile>[] {
  const text = useWords(sourceWords)
  const { time } = useFormats()
  const { view } = useView()
  const whys = { settling: text.settling, growing: text.growing, failed: text.whyFailed, turn: text.turn }
  return [
    {
      name: 'file',
      title: text.file,
      value: ({ file }) => file,
      show: ({ file }) => <div className="wide">{file}</div>,
    },
    { name: 'why', title: text.why, value: ({ why }) => whys[why] },
    {
      name: 'until',
      title: text.until,
      value: (file) => file.until_time,
      show: (file) => <span className="nowrap">{time(file.until_time, view.zone)}</span>,
    },
  ]
}

/** Columns of files that failed. @param retry tries a file again */
export function useFailedColumns(retry: (file: string) => void, isPending: boolean): Column<FailedFile>[] {
  const text = useWords(sourceWords)
  const { time } = useFormats()
  const { view } = useView()
  const [, open] = useText('batch')
  return [
    {
      name: 'file',
      title: text.file,
      value: ({ file }) => file,
      show: ({ file }) => <div className="wide">{file}</div>,
    },
    {
      name: 'error',
      title: text.error,
      value: (file) => file.error_msg,
      show: (file) => (
        <div className="wide">
          <ErrorText code={file.error_code} message={file.error_msg} /> <span className="quiet">{file.error_code}</span>
        </div>
      ),
    },
    { name: 'tries', title: text.tries, isFigure: true, value: ({ tries }) => tries },
    {
      name: 'retry_time',
      title: text.retryTime,
      value: (file) => file.retry_time,
      show: (file) => (file.retry_time === null ? text.onceChanged : time(file.retry_time, view.zone)),
    },
    {
      name: 'batch',
      title: text.batch,
      isFigure: true,
      value: (file) => file.batch_id,
      show: ({ batch_id: id }) =>
        id === null ? (
          '–'
        ) : (
          <button type="button" className="link" onClick={() => open(String(id))}>
            {String(id)}
          </button>
        ),
    },
    {
      name: 'retry',
      title: text.retry,
      value: () => null,
      show: ({ file }) => (
        <button type="button" disabled={isPending} aria-label={text.retryFile(file)} onClick={() => retry(file)}>
          {text.retry}
        </button>
      ),
    },
  ]
}
