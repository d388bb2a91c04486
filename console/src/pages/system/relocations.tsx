import { useAnswer } from '../../api/answers.ts'
import type { AnswerOf } from '../../api/client.ts'
import { Answer } from '../../controls/answer.tsx'
import { ErrorText } from '../../controls/error-text.tsx'
import type { Column } from '../../figure/column.ts'
import { Figure } from '../../figure/figure.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { geoWords } from './geo-words.ts'

type Relocation = AnswerOf<'GET /api/v1/relocations'>['relocations'][number]
const path = '/api/v1/relocations'
const everyMs = 5_000

/** Relocations of loaded batches, renewed every 5 seconds. */
export function Relocations() {
  const text = useWords(geoWords)
  const { count } = useFormats()
  const relocations = useAnswer(path, {}, { everyMs })
  const columns = useColumns()
  return (
    <Answer of={relocations}>
      {({ relocations: rows }) => (
        <Figure
          title={text.relocations}
          sentence={text.relocationsSentence(count(rows.length))}
          columns={columns}
          rows={rows}
          keyOf={(row) => String(row.relocation_id)}
          fileName="relocations"
          request={{ path, query: {} }}
        />
      )}
    </Answer>
  )
}

function useColumns(): Column<Relocation>[] {
  const text = useWords(geoWords)
  const { count, time } = useFormats()
  const { view } = useView()
  const timeOf = (timeMs: number | bigint | null) => (timeMs === null ? null : time(Number(timeMs), view.zone))
  const figure = (
    name: 'relocation_id' | 'batches' | 'batches_done' | 'batches_skipped' | 'batches_failed' | 'requests_moved',
    title: string,
  ): Column<Relocation> => ({
    ...{ name, title, isFigure: true },
    value: (row) => row[name],
    show: (row) => count(row[name]),
  })
  return [
    figure('relocation_id', text.id),
    { name: 'state', title: text.state, value: ({ state }) => text[state] },
    { name: 'created', title: text.created, value: (row) => timeOf(row.create_time) },
    { name: 'finished', title: text.finished, value: (row) => timeOf(row.finish_time) },
    figure('batches', text.batches),
    figure('batches_done', text.batchesDone),
    figure('batches_skipped', text.skipped),
    figure('batches_failed', text.batchesFailed),
    figure('requests_moved', text.moved),
    {
      ...{ name: 'problem', title: text.problem, value: ({ error }) => error?.error_msg },
      show: ({ error }) => (error ? <ErrorText code={error.error_code} message={error.error_msg} /> : '–'),
    },
  ]
}
