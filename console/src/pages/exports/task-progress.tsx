import { ErrorText } from '../../controls/error-text.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import type { Task } from './use-task.ts'
import { exportWords } from './words.ts'

/** The progress of an open task and the bucket that it waits for, or the reason of a failure. */
export function TaskProgress({ task }: { task: Task }) {
  const text = useWords(exportWords)
  const { count, time } = useFormats()
  const { view } = useView()
  const { rows, expected_rows: expected, percent } = task.progress
  return (
    <div className="quiet">
      {task.state === 'processing' && (
        <>
          <progress max={100} value={percent} aria-label={text.progress} />
          <div>
            {expected === null ? text.progressOnly(count(rows)) : text.progressRows(count(rows), count(expected))}
          </div>
        </>
      )}
      {task.queue_position !== null && <div>{text.queue(count(task.queue_position))}</div>}
      {task.attempts > 1 && <div>{text.attempt(count(task.attempts))}</div>}
      {task.waits_for !== null && (
        <div>
          {text.waitsFor(task.waits_for)}{' '}
          {task.waits_until !== null && text.waitsUntil(time(task.waits_until, view.zone))}
        </div>
      )}
      {task.error && (
        <div className="problem">
          <ErrorText code={task.error.error_code} message={task.error.error_msg} />{' '}
          <span className="quiet">({task.error.error_code})</span>
        </div>
      )}
    </div>
  )
}
