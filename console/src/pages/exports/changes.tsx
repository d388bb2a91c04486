import { useQuery } from '@tanstack/react-query'
import { type AnswerOf, call } from '../../api/client.ts'
import { Answer } from '../../controls/answer.tsx'
import { DataTable } from '../../figure/data-table.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useChoice } from '../../view/use-choice.ts'
import { useChangeColumns } from './change-columns.ts'
import { detailWords } from './detail-words.ts'
import type { Task } from './use-task.ts'

type ChangesAnswer = AnswerOf<'GET /api/v1/export-tasks/{taskId}/changes'>

const bucketsMax = 1_000

/** The changes since the file was made. They are asked for when somebody wants them, as that reads the data. */
export function Changes({ task }: { task: Task }) {
  const text = useWords(detailWords)
  const [shown, show] = useChoice('changes', ['off', 'on'])
  const isOn = shown === 'on'
  const changes = useQuery<ChangesAnswer, Error>({
    queryKey: ['changes', task.task_id],
    queryFn: () =>
      call('GET /api/v1/export-tasks/{taskId}/changes', {
        path: { taskId: task.task_id },
        query: { limit: bucketsMax },
      }),
    enabled: isOn,
  })
  return (
    <section className="card" aria-labelledby="changes">
      <header className="card-head">
        <h2 id="changes">{text.changes}</h2>
        <button type="button" aria-expanded={isOn} onClick={() => show(isOn ? 'off' : 'on')}>
          {text.showChanges}
        </button>
      </header>
      {isOn && <Answer of={changes}>{(answer) => <Compared answer={answer} zone={task.effective.time_zone} />}</Answer>}
    </section>
  )
}

function Compared({ answer, zone }: { answer: ChangesAnswer; zone: string }) {
  const text = useWords(detailWords)
  const { count } = useFormats()
  const columns = useChangeColumns(zone)
  const months = answer.months ?? []
  const isSame = answer.total === 0 && answer.domains_total === 0 && months.length === 0
  const moved = answer.domains_gone > 0 || answer.domains_come > 0
  return (
    <div className="page">
      <p role="status">
        {text.changesSentence(count(answer.data_version), count(answer.data_version_now))}{' '}
        {text.loads(count(answer.loads_added), count(answer.loads_removed))} {isSame && text.unchanged}
      </p>
      {!answer.complete && <p className="problem">{text.incomplete}</p>}
      {moved && <p>{text.gone2(count(answer.domains_gone), count(answer.domains_come))}</p>}
      {months.length > 0 && (
        <DataTable
          caption={text.months}
          isCaptionShown
          columns={columns.months}
          rows={months}
          keyOf={(row) => `${row.month} ${row.domain_name ?? ''}`}
        />
      )}
      {answer.domains.length > 0 && (
        <DataTable
          caption={`${text.domains}: ${text.domainsOf(count(answer.domains.length), count(answer.domains_total))}`}
          isCaptionShown
          columns={columns.domains}
          rows={answer.domains}
          keyOf={(row) => row.domain_name}
        />
      )}
      {answer.changes.length > 0 && (
        <DataTable
          caption={`${text.buckets}: ${text.bucketsOf(count(answer.changes.length), count(answer.total))}`}
          isCaptionShown
          columns={columns.buckets}
          rows={answer.changes}
          keyOf={(row) => `${row.time} ${row.domain_name}`}
        />
      )}
    </div>
  )
}
