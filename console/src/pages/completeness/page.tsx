import { Answer } from '../../controls/answer.tsx'
import { useChanges, useText } from '../../view/use-choice.ts'
import '../../styles/completeness-page.css'
import { DayDialog } from './day-dialog.tsx'
import { DeliveriesFigure } from './deliveries-figure.tsx'
import { FaultsFigure } from './faults-figure.tsx'
import { useDeliveries } from './use-deliveries.ts'

/** The deliveries of a month, and its faults. */
export function Page() {
  const { month, answer, query, faults, page } = useDeliveries()
  const [day] = useText('day')
  const [domain] = useText('domain')
  const change = useChanges()
  return (
    <div className="page">
      <Answer of={answer}>
        {(deliveries) => (
          <div className="page">
            <DeliveriesFigure month={month} deliveries={withFaults(deliveries, faults)} query={query} page={page} />
            <FaultsFigure month={month} deliveries={faults ?? deliveries} query={query} />
          </div>
        )}
      </Answer>
      {/^\d{4}-\d{2}-\d{2}$/.test(day) && domain !== '' && (
        <DayDialog
          key={`${day} ${domain}`}
          day={day}
          domain={domain}
          known={answer.data?.days.find((one) => one.date === day && one.domain_name === domain)}
          onClose={() => change({ day: '', domain: '' })}
        />
      )}
    </div>
  )
}

/** Faults are those of all domains, also where a page has some of them. */
const withFaults = <D extends { faults_total: number }>(deliveries: D, whole: D | undefined): D => ({
  ...deliveries,
  faults_total: whole?.faults_total ?? deliveries.faults_total,
})
