import { Link } from 'wouter'
import { useAnswer } from '../../api/answers.ts'
import { Answer } from '../../controls/answer.tsx'
import { useFaultText } from '../../figure/fault-words.ts'
import type { StateRange } from '../../figure/state-strip.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { monthWords } from './words.ts'

const shownMax = 5

/** `isOn`: false as long as the server has other things to do for the page. */
type Props = { month: string; states: readonly StateRange[] | null; isOn: boolean }

/** The start of the first bucket that is neither final nor reported, unix ms; undefined where there is none. */
const completeUntilMs = (states: readonly StateRange[] | null): number | undefined =>
  states?.find(({ state }) => state !== 'final' && state !== 'reported')?.start_time

/** The time until which the month is complete, and its first faults in words. */
export function MonthFaults({ month, states, isOn }: Props) {
  const text = useWords(monthWords)
  const { count, time } = useFormats()
  const untilMs = completeUntilMs(states)
  const { subject, view, hrefOf } = useView()
  const faultText = useFaultText(view.zone)
  const { service_area: _anyArea, ...deliveries } = subject
  const query = { ...deliveries, month, limit: 1 }
  const answer = useAnswer('/api/v1/month-deliveries', query, { everyMs: 60_000, isOn })
  return (
    <section className="card" aria-label={text.complete}>
      <Answer of={answer}>
        {({ total: days, faults, faults_total: total }) => (
          <>
            <p>{days === 0 ? text.noDays : total === 0 ? text.completeAll : text.faults(count(total))}</p>
            {untilMs !== undefined && <p>{text.completeUntil(time(untilMs, view.zone))}</p>}
            <ul>
              {faults.slice(0, shownMax).map((fault) => (
                <li key={`${fault.kind} ${fault.start_time} ${fault.text}`}>{faultText(fault).says}</li>
              ))}
            </ul>
            <Link href={hrefOf('/completeness')}>{text.more}</Link>
          </>
        )}
      </Answer>
    </section>
  )
}
