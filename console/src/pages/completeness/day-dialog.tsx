import { useAnswer } from '../../api/answers.ts'
import { Answer } from '../../controls/answer.tsx'
import { Dialog } from '../../controls/dialog.tsx'
import { DataTable } from '../../figure/data-table.tsx'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { dayAfter, timeOf } from '../../view/zone-time.ts'
import { DayBatches } from './day-batches.tsx'
import { DayCoverage } from './day-coverage.tsx'
import { DayFigures } from './day-figures.tsx'
import { dayWords } from './day-words.ts'
import { useFaultColumns } from './faults-figure.tsx'
import { useDayName } from './month-days.ts'
import type { Deliveries, DeliveryDay, Fault } from './use-deliveries.ts'

type Props = {
  day: string
  domain: string
  /** The day as the page has it already; the answer about the domain alone takes a moment. */
  known: DeliveryDay | undefined
  onClose(): void
}

/** All about a day of a domain: what came, why it has its states, and the files that it is made of. */
export function DayDialog({ day, domain, known, onClose }: Props) {
  const text = useWords(dayWords)
  const dayName = useDayName()
  const { view } = useView()
  const whose = { ...(view.account === null ? {} : { account: view.account }), domain_name: domain }
  const inZone = { ...whose, time_zone: view.zone }
  const answer = useAnswer('/api/v1/month-deliveries', { ...inZone, month: day.slice(0, 7), limit: 31 })
  const [startMs, endMs] = [timeOf(day, view.zone), timeOf(dayAfter(day, 1), view.zone)]
  const ofDay = ({ days }: Pick<Deliveries, 'days'>) => days.find(({ date }) => date === day)
  const isEmpty = known === undefined && answer.data !== undefined && ofDay(answer.data) === undefined
  return (
    <Dialog title={text.title(domain, dayName(day))} onClose={onClose}>
      {isEmpty ? (
        <p>{text.notShown}</p>
      ) : (
        <div className="day-detail">
          {known && <DayFigures record={known} />}
          <Answer of={answer}>
            {(ofDomain) => {
              const record = ofDay(ofDomain)
              const hasRefused = (record?.files_refused ?? 0) > 0
              const faults = ofDomain.faults.filter(
                (fault) =>
                  mayBeOf(fault, domain) &&
                  (hasNoTime(fault) ? hasRefused && fault.kind === 'refused' : isWithin(fault, startMs, endMs)),
              )
              return (
                <div className="day-detail">
                  {!known && record && <DayFigures record={record} />}
                  <DayFaults faults={faults} zone={view.zone} />
                </div>
              )
            }}
          </Answer>
          <DayCoverage query={{ ...inZone, start_time: startMs, end_time: endMs }} />
          <DayBatches query={{ ...inZone, time: startMs }} />
        </div>
      )}
    </Dialog>
  )
}

/** False for a fault of other domains alone, such as a refused file whose name tells one of them. */
const mayBeOf = ({ domains, domain_names: first }: Fault, domain: string): boolean =>
  domains === 0 || domains > first.length || first.includes(domain)

/** True for a file whose name tells no time: the API counts it for the day on which it came. */
const hasNoTime = ({ start_time: from, end_time: to }: Fault): boolean => from === null && to === null

const isWithin = ({ start_time: from, end_time: to }: Fault, startMs: number, endMs: number): boolean =>
  (from ?? startMs) < endMs && (to ?? endMs) > startMs

function DayFaults({ faults, zone }: { faults: readonly Fault[]; zone: string }) {
  const text = useWords(dayWords)
  const columns = useFaultColumns(zone)
  if (faults.length === 0) return null
  return (
    <DataTable
      isCaptionShown
      caption={text.faults}
      columns={columns}
      rows={faults}
      keyOf={(fault) => `${fault.kind} ${fault.start_time} ${fault.batch_id} ${fault.text}`}
    />
  )
}
