import type { Column } from '../../figure/column.ts'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import type { Cadence } from './cadence-fields.ts'
import { useRhythmText } from './cadence-text.ts'
import { cadenceWords } from './cadence-words.ts'

type Actions = { onEdit(cadence: Cadence): void; onRemove(cadence: Cadence): void }

/** Columns of stated cadences. */
export function useCadenceColumns({ onEdit, onRemove }: Actions): Column<Cadence>[] {
  const text = useWords(cadenceWords)
  const { count, time } = useFormats()
  const { view } = useView()
  const rhythm = useRhythmText()
  const expected = ({ expected_from: from, expected_until: until }: Cadence) =>
    [
      from === null ? null : text.from(time(from, view.zone)),
      until === null ? null : text.until(time(until, view.zone)),
    ]
      .filter((part) => part !== null)
      .join(', ') || '–'
  return [
    { name: 'source', title: text.source, value: ({ source }) => (source === '*' ? text.everySource : source) },
    {
      name: 'account',
      title: text.account,
      value: ({ account_id, account_name }) => (account_id === null ? text.everyAccount : (account_name ?? account_id)),
    },
    { name: 'rhythm', title: text.rhythm, value: rhythm },
    {
      name: 'delay',
      title: text.delay,
      isFigure: true,
      value: (cadence) => cadence.delay_seconds,
      show: (cadence) => (cadence.delay_seconds === null ? '–' : text.delayOf(count(cadence.delay_seconds))),
    },
    { name: 'skips', title: text.skips, value: (cadence) => (cadence.skips_empty_hours ? text.yes : text.no) },
    { name: 'domains', title: text.domains, value: ({ domains }) => domains?.join(', ') ?? text.asDelivered },
    { name: 'expected', title: text.expected, value: expected },
    {
      name: 'actions',
      title: text.edit,
      value: () => null,
      show: (cadence) => (
        <div className="form-actions">
          <button type="button" aria-label={text.editOf(cadence.source)} onClick={() => onEdit(cadence)}>
            {text.edit}
          </button>
          <button
            type="button"
            className="danger"
            aria-label={text.removeOf(cadence.source)}
            onClick={() => onRemove(cadence)}
          >
            {text.remove}
          </button>
        </div>
      ),
    },
  ]
}
