import { useAnswer } from '../../api/answers.ts'
import { Answer } from '../../controls/answer.tsx'
import { Select } from '../../controls/field.tsx'
import { DataTable } from '../../figure/data-table.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useIsOperator } from '../../session/own-account.ts'
import { useChoice, useText } from '../../view/use-choice.ts'
import { useView } from '../../view/use-view.ts'
import { useTaskColumns } from './task-columns.tsx'
import { isOpen } from './use-task.ts'
import { exportWords } from './words.ts'

const pageTasks = 20
const lookMs = 2_000
const idleMs = 20_000
const states = ['all', 'open', 'success', 'fail', 'canceled', 'expired'] as const

/** The tasks, the last modified first. Renews itself, more often while one waits or is worked on. */
export function TaskList() {
  const text = useWords(exportWords)
  const { count } = useFormats()
  const [state, setState] = useChoice('state', states)
  const [whose] = useWhose()
  const [offsetText] = useText('offset')
  const offset = Math.max(0, Math.floor(Number(offsetText) || 0))
  const query = {
    limit: pageTasks,
    offset,
    ...(state === 'all' ? {} : { status: state === 'open' ? 'waiting,processing' : state }),
    ...(whose === '' ? {} : { account: whose }),
  }
  const list = useAnswer('/v1/cdn/statistics/export-tasks', query, { everyMs: idleMs })
  const isMoving = list.data?.data.some((task) => isOpen(task.state)) === true
  // A second watcher of the same answer sets the faster pace.
  useAnswer('/v1/cdn/statistics/export-tasks', query, { isOn: isMoving, everyMs: lookMs })
  const columns = useTaskColumns(whose !== '')
  return (
    <section className="card task-list" aria-labelledby="tasks">
      <header className="card-head">
        <h2 id="tasks">{text.list}</h2>
        <div className="choice-row">
          <WhoseSelect />
          <Select
            label={text.state}
            value={state}
            choices={states.map((value) => ({ value, text: value === 'all' ? text.allStates : text[value] }))}
            onChange={setState}
          />
        </div>
      </header>
      <Answer of={list}>
        {({ total, data }) => (
          <>
            {data.length === 0 ? (
              <p className="quiet">{text.noTasks}</p>
            ) : (
              <DataTable caption={text.list} columns={columns} rows={data} keyOf={(task) => task.task_id} />
            )}
            <Pager total={Number(total)} offset={offset} shown={data.length} />
            <p className="unseen" role="status">
              {text.listSentence(count(total))}
            </p>
          </>
        )}
      </Answer>
    </section>
  )
}

/** The account whose tasks an operator sees; empty for the key's own. */
function useWhose(): [string, (whose: string) => void] {
  const isOperator = useIsOperator()
  const [whose, setWhose] = useText('tasks_of')
  return [isOperator ? whose : '', setWhose]
}

function WhoseSelect() {
  const text = useWords(exportWords)
  const isOperator = useIsOperator()
  const { view } = useView()
  const [whose, setWhose] = useWhose()
  if (!isOperator) return null
  const chosen = view.account !== null && view.account !== 'all' ? view.account : null
  return (
    <Select
      label={text.whose}
      value={whose}
      choices={[
        { value: '', text: text.ownTasks },
        ...(chosen === null ? [] : [{ value: chosen, text: text.chosenAccount }]),
        { value: 'all', text: text.allTasks },
      ]}
      onChange={setWhose}
    />
  )
}

function Pager({ total, offset, shown }: { total: number; offset: number; shown: number }) {
  const text = useWords(exportWords)
  const { count } = useFormats()
  const [, setOffset] = useText('offset')
  if (total <= pageTasks && offset === 0) return null
  const to = (at: number) => setOffset(at <= 0 ? '' : String(at))
  return (
    <nav className="pager" aria-label={text.list}>
      <button type="button" disabled={offset === 0} onClick={() => to(offset - pageTasks)}>
        {text.earlier}
      </button>
      <span>{text.page(count(shown === 0 ? 0 : offset + 1), count(offset + shown), count(total))}</span>
      <button type="button" disabled={offset + shown >= total} onClick={() => to(offset + pageTasks)}>
        {text.later}
      </button>
    </nav>
  )
}
