import type { AnswerOf } from '../../api/client.ts'
import { ErrorText } from '../../controls/error-text.tsx'
import type { CellValue, Column } from '../../figure/column.ts'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useText } from '../../view/use-choice.ts'
import { useView } from '../../view/use-view.ts'
import { logWords } from './words.ts'

type ListedBatch = AnswerOf<'GET /api/v1/log-batches'>['batches'][number]

/** The columns of the list of batches. */
export function useBatchColumns(): Column<ListedBatch>[] {
  const text = useWords(logWords)
  const { bytes, count, time } = useFormats()
  const { view } = useView()
  const [, open] = useText('batch')
  const timeColumn = (name: string, title: string, value: (batch: ListedBatch) => CellValue): Column<ListedBatch> => ({
    ...{ name, title, value },
    show: (batch) => <span className="nowrap">{time(value(batch) as number | null, view.zone)}</span>,
  })
  return [
    {
      name: 'batch',
      title: text.batch('').trim(),
      isFigure: true,
      value: (batch) => batch.batch_id,
      show: ({ batch_id, name }) => (
        <button
          type="button"
          className="link"
          aria-label={`${text.batch(String(batch_id))}, ${name}`}
          onClick={() => open(String(batch_id))}
        >
          {String(batch_id)}
        </button>
      ),
    },
    {
      name: 'name',
      title: text.name,
      value: ({ name }) => name,
      show: ({ name }) => <div className="wide">{name}</div>,
    },
    { name: 'state', title: text.state, value: ({ state }) => state, show: (batch) => <State batch={batch} /> },
    { name: 'account', title: text.account, value: ({ account_name, account_id }) => account_name ?? account_id },
    { name: 'source', title: text.source, value: ({ source }) => source },
    { name: 'format', title: text.format, value: ({ format }) => format },
    {
      name: 'requests',
      title: text.requests,
      isFigure: true,
      value: ({ requests }) => requests,
      show: ({ requests }) => count(requests),
    },
    {
      name: 'rejected',
      title: text.rejected,
      isFigure: true,
      value: (batch) => batch.rejected_lines,
      show: (batch) => count(batch.rejected_lines),
    },
    { name: 'flux', title: text.traffic, isFigure: true, value: ({ flux }) => flux, show: ({ flux }) => bytes(flux) },
    timeColumn('first', text.first, (batch) => batch.first_time),
    timeColumn('last', text.last, (batch) => batch.last_time),
    timeColumn('delivered', text.delivered, (batch) => batch.create_time),
  ]
}

function State({ batch }: { batch: ListedBatch }) {
  const text = useWords(logWords)
  const isFault = batch.state === 'failed' || batch.state === 'quarantined'
  return (
    <div className="explained">
      <span className={isFault ? 'problem' : ''}>{text[batch.state]}</span>
      {batch.error && (
        <div className="quiet">
          <ErrorText code={batch.error.error_code} message={batch.error.error_msg} />
        </div>
      )}
    </div>
  )
}
