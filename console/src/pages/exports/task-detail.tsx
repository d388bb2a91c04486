import { useEffect, useRef } from 'react'
import { Link } from 'wouter'
import { Answer } from '../../controls/answer.tsx'
import { CodeBlock, CodeSample } from '../../figure/code-sample.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { actionWords } from './action-words.ts'
import { Changes } from './changes.tsx'
import { detailWords } from './detail-words.ts'
import { EffectiveRequest } from './effective-request.tsx'
import { bodyOf } from './same-request.ts'
import { TaskActions } from './task-actions.tsx'
import { actionName } from './task-columns.tsx'
import { TaskFiles } from './task-files.tsx'
import { TaskProgress } from './task-progress.tsx'
import { isOpen, type Task, useTask } from './use-task.ts'
import { WebhookAttempts } from './webhook-attempts.tsx'
import { exportWords } from './words.ts'

/** Everything about one task. */
export function TaskDetail({ taskId }: { taskId: string }) {
  const text = useWords(detailWords)
  const { hrefOf } = useView()
  const task = useTask(taskId)
  return (
    <div className="page">
      <p>
        <Link href={hrefOf('/exports')}>← {text.back}</Link>
      </p>
      <Answer of={task}>{(found) => <Parts task={found} />}</Answer>
    </div>
  )
}

function Parts({ task }: { task: Task }) {
  const text = useWords(detailWords)
  return (
    <div className="page">
      <Head task={task} />
      <TaskFiles task={task} />
      <div className="columns">
        <EffectiveRequest task={task} />
        {task.webhook && <WebhookAttempts webhook={task.webhook} />}
      </div>
      {task.data_version !== null && <Changes task={task} />}
      {task.manifest && (
        <details className="card">
          <summary>{text.manifest}</summary>
          <CodeBlock code={jsonText(task.manifest)} />
        </details>
      )}
      <details className="card">
        <summary>{text.program}</summary>
        <CodeSample request={{ path: '/v1/cdn/statistics/export-tasks', query: {}, body: bodyOf(task) }} />
      </details>
    </div>
  )
}

/** JSON knows no bigint: such a figure is written with all its digits, as a text. */
const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_key, one) => (typeof one === 'bigint' ? one.toString() : one), 2)

function Head({ task }: { task: Task }) {
  const text = useWords(detailWords)
  const words = useWords(exportWords)
  const names = useWords(actionWords)
  const { time } = useFormats()
  const { view } = useView()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  const state = words[task.state as 'waiting'] ?? task.state
  return (
    <section className="card" aria-labelledby="task-title">
      <header className="card-head">
        <h2 id="task-title" ref={heading} tabIndex={-1}>
          {text.title(task.task_name)}
        </h2>
        <TaskActions task={task} />
      </header>
      <p role="status">
        {actionName(names, task.action)} · <span className={`task-state task-state-${task.state}`}>{state}</span>{' '}
        <span className="quiet">{text.stateSince(time(task.state_since, view.zone))}</span>
      </p>
      {(isOpen(task.state) || task.error) && <TaskProgress task={task} />}
    </section>
  )
}
