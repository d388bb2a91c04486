import { Link } from 'wouter'
import type { Column } from '../../figure/column.ts'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useOwnAccount } from '../../session/own-account.ts'
import { useView } from '../../view/use-view.ts'
import { actionWords } from './action-words.ts'
import { TaskProgress } from './task-progress.tsx'
import { isOpen, type ListedTask, useTask } from './use-task.ts'
import { exportWords } from './words.ts'

/** The name of an action; one that this page does not know is shown as it is. */
export const actionName = (names: Record<string, string>, action: string): string => names[action] ?? action

/** The columns of the list; `hasAccounts` where it has tasks of several accounts. */
export function useTaskColumns(hasAccounts: boolean): Column<ListedTask>[] {
  const text = useWords(exportWords)
  const names = useWords(actionWords)
  const { time } = useFormats()
  const { view, hrefOf } = useView()
  const account: Column<ListedTask>[] = hasAccounts
    ? [{ name: 'account', title: text.account, value: (task) => task.account_name }]
    : []
  return [
    {
      name: 'task',
      title: text.task,
      value: (task) => task.task_name,
      show: (task) => (
        <>
          <Link href={hrefOf(`/exports/${encodeURIComponent(task.task_id)}`)}>{task.task_name}</Link>
          <div className="quiet">{actionName(names, task.asked.action)}</div>
        </>
      ),
    },
    ...account,
    { name: 'state', title: text.state, value: (task) => task.state, show: (task) => <State task={task} /> },
    {
      name: 'asked',
      title: text.asked,
      value: (task) => Number(task.asked.start_time),
      show: ({ asked }) => (
        <>
          {time(asked.start_time, asked.time_zone)} – {time(asked.end_time, asked.time_zone)}
          <div className="quiet">
            <Domains first={asked.first_domain} domains={asked.domains} />
          </div>
        </>
      ),
    },
    {
      name: 'created',
      title: text.created,
      value: (task) => Number(task.create_time),
      show: (task) => time(task.create_time, view.zone),
    },
    { name: 'file', title: text.file, value: (task) => task.asked.format, show: (task) => <File task={task} /> },
  ]
}

function Domains({ first, domains }: { first: string | null; domains: number | null }) {
  const text = useWords(exportWords)
  const { count } = useFormats()
  if (first === null || domains === null) return text.allDomains
  return domains === 1 ? first : text.domainsMore(first, count(domains - 1))
}

/** The state with what explains it: progress, place in the queue, or why it failed. */
function State({ task }: { task: ListedTask }) {
  const text = useWords(exportWords)
  const own = useOwnAccount()
  const isOwn = task.account_id === undefined || task.account_id === own.account_id
  const explains = isOwn && (isOpen(task.state) || task.state === 'fail')
  const { data } = useTask(task.task_id, explains)
  const state = task.state as 'waiting'
  return (
    <div>
      <span className={`task-state task-state-${task.state}`}>{text[state] ?? task.state}</span>
      {explains && data && <TaskProgress task={data} />}
    </div>
  )
}

function File({ task }: { task: ListedTask }) {
  const text = useWords(exportWords)
  const { format, compression } = task.asked
  const kind = compression === 'none' ? format : `${format}, ${compression}`
  if (task.download_link === null) return <span className="quiet">{kind}</span>
  return (
    <a href={task.download_link} download aria-label={`${text.download} (${kind}) ${task.task_name}`}>
      {text.download} ({kind})
    </a>
  )
}
