import type { Column } from '../../figure/column.ts'
import { DataTable } from '../../figure/data-table.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { detailWords } from './detail-words.ts'
import type { Task } from './use-task.ts'

type Webhook = NonNullable<Task['webhook']>
type Attempt = Webhook['attempts'][number]

/** The attempts to post that the task has ended. */
export function WebhookAttempts({ webhook }: { webhook: Webhook }) {
  const text = useWords(detailWords)
  const { time } = useFormats()
  const { view } = useView()
  const columns: Column<Attempt>[] = [
    { name: 'at', title: text.at, value: ({ at }) => Number(at), show: ({ at }) => time(at, view.zone) },
    { name: 'status', title: text.status, isFigure: true, value: ({ status }) => status },
    { name: 'error', title: text.error, value: ({ error }) => error },
  ]
  const state = text[webhook.state as 'idle'] ?? webhook.state
  return (
    <section className="card" aria-labelledby="webhook">
      <h2 id="webhook">{text.webhook}</h2>
      <p className="hash">{webhook.url}</p>
      <p>
        {text.webhookState}: {state}
        {webhook.next_attempt !== null && `, ${text.nextAttempt(time(webhook.next_attempt, view.zone))}`}
      </p>
      {webhook.attempts.length === 0 ? (
        <p className="quiet">{text.noAttempts}</p>
      ) : (
        <DataTable caption={text.webhook} columns={columns} rows={webhook.attempts} keyOf={({ at }) => Number(at)} />
      )}
    </section>
  )
}
