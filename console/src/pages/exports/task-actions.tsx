import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { useChange } from '../../api/answers.ts'
import { call } from '../../api/client.ts'
import { Failure } from '../../controls/answer.tsx'
import { Question } from '../../controls/dialog.tsx'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { localText } from '../../view/zone-time.ts'
import { detailWords } from './detail-words.ts'
import { fieldsOf } from './same-request.ts'
import { isOpen, type Task } from './use-task.ts'

/** Cancel, make again, another one like it, and remove. */
export function TaskActions({ task }: { task: Task }) {
  const text = useWords(detailWords)
  const cancel = useChange('POST /api/v1/export-tasks/{taskId}/cancel')
  const retry = useChange('POST /api/v1/export-tasks/{taskId}/retry')
  const path = { taskId: task.task_id }
  const error = cancel.error ?? retry.error
  const canRetry = ['fail', 'canceled', 'expired'].includes(task.state)
  return (
    <div className="card-actions">
      {isOpen(task.state) && (
        <button type="button" disabled={cancel.isPending} onClick={() => cancel.mutate({ path })}>
          {text.cancel}
        </button>
      )}
      {canRetry && (
        <button type="button" disabled={retry.isPending} onClick={() => retry.mutate({ path })}>
          {text.retry}
        </button>
      )}
      <AnotherLink task={task} />
      <RemoveButton task={task} />
      {error && <Failure error={error} />}
    </div>
  )
}

/** The form, filled in as this task was asked for. */
function AnotherLink({ task }: { task: Task }) {
  const text = useWords(detailWords)
  const { effective: asked, account } = task
  const { hrefOf } = useView()
  const view = {
    range: 'custom',
    from: localText(asked.start_time, asked.time_zone),
    to: localText(asked.end_time, asked.time_zone),
    zone: asked.time_zone,
    area: asked.service_area,
    domains: asked.domains?.join(',') ?? '',
    ...(account === null ? {} : { account: account.id }),
  }
  const href = hrefOf('/exports', { ...view, new: task.action, ...fieldsOf(task) })
  return (
    <Link className="button" href={href}>
      {text.again}
    </Link>
  )
}

function RemoveButton({ task }: { task: Task }) {
  const text = useWords(detailWords)
  const { hrefOf } = useView()
  const [, go] = useLocation()
  const [isAsked, ask] = useState(false)
  const kept = useQueryClient()
  const path = { taskId: task.task_id }
  const remove = useMutation({
    mutationFn: () => call('DELETE /api/v1/export-tasks/{taskId}', { path }),
    onSuccess: () => {
      // The task is gone: it must not be asked for once more.
      kept.removeQueries({ queryKey: ['export task', task.task_id] })
      kept.removeQueries({ queryKey: ['changes', task.task_id] })
      go(hrefOf('/exports'), { replace: true })
      void kept.invalidateQueries()
    },
  })
  return (
    <>
      <button type="button" className="danger" onClick={() => ask(true)}>
        {text.remove}
      </button>
      {isAsked && (
        <Question
          title={text.removeTitle}
          action={text.remove}
          onYes={() => remove.mutate()}
          onClose={() => ask(false)}
        >
          <p>{text.removeEffect(task.task_name)}</p>
          {isOpen(task.state) && <p>{text.removeEffectLive}</p>}
          {remove.error && <Failure error={remove.error} />}
        </Question>
      )}
    </>
  )
}
