import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { detailWords } from './detail-words.ts'
import type { Task } from './use-task.ts'
import { exportWords } from './words.ts'

/** The request with every default filled in, under the names of the API. */
export function EffectiveRequest({ task }: { task: Task }) {
  const text = useWords(detailWords)
  const words = useWords(exportWords)
  const { time } = useFormats()
  const { start_time, end_time, domains, ...others } = task.effective
  const zone = others.time_zone
  const rows: [string, string][] = [
    ['action', task.action],
    ...(task.account === null ? [] : [['account', task.account.name ?? task.account.id] as [string, string]]),
    ['domains', domains === null ? words.allDomains : domains.join(', ')],
    ['start_time', time(start_time, zone)],
    ['end_time', time(end_time, zone)],
    ...Object.entries(others).map(([name, value]): [string, string] => [name, shown(value, text.all)]),
    ['attempts', String(task.attempts)],
    ['create_time', time(task.create_time, zone)],
    ['data_version', task.data_version === null ? '–' : String(task.data_version)],
  ]
  return (
    <section className="card" aria-labelledby="effective">
      <h2 id="effective">{text.effective}</h2>
      <dl className="effective">
        {rows.map(([name, value]) => (
          <div key={name} className="effective-row">
            <dt>
              <code>{name}</code>
            </dt>
            <dd className="effective-value">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function shown(value: unknown, all: string): string {
  if (value === null) return '–'
  if (Array.isArray(value)) return value.length === 0 ? all : value.join(', ')
  return String(value)
}
