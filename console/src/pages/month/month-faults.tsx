import { Link } from 'wouter'
import { useAnswer } from '../../api/answers.ts'
import { Answer } from '../../controls/answer.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { monthWords } from './words.ts'

const shownMax = 5

/** The first faults of the month, in the API's words. */
export function MonthFaults({ month }: { month: string }) {
  const text = useWords(monthWords)
  const { count } = useFormats()
  const { subject, hrefOf } = useView()
  const { service_area: _anyArea, ...deliveries } = subject
  const answer = useAnswer('/api/v1/month-deliveries', { ...deliveries, month, limit: 1 }, { everyMs: 60_000 })
  return (
    <section className="card" aria-label={text.complete}>
      <Answer of={answer}>
        {({ faults, faults_total: total }) => (
          <>
            <p>{total === 0 ? text.completeAll : text.faults(count(total))}</p>
            <ul>
              {faults.slice(0, shownMax).map((fault) => (
                <li key={`${fault.kind} ${fault.start_time} ${fault.text}`}>{fault.text}</li>
              ))}
            </ul>
            <Link href={hrefOf('/completeness')}>{text.more}</Link>
          </>
        )}
      </Answer>
    </section>
  )
}
