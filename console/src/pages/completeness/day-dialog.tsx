import { useAnswer } from '../../api/answers.ts'
import { Answer } from '../../controls/answer.tsx'
import { Dialog } from '../../controls/dialog.tsx'
import { DataTable } from '../../figure/data-table.tsx'
import { Tile, Tiles } from '../../figure/tiles.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { dayAfter, timeOf } from '../../view/zone-time.ts'
import { DayBatches } from './day-batches.tsx'
import { DayCoverage } from './day-coverage.tsx'
import { dayWords } from './day-words.ts'
import { useFaultColumns } from './faults-figure.tsx'
import { useDayName } from './month-days.ts'
import type { DeliveryDay, Fault } from './use-deliveries.ts'
import { completenessWords } from './words.ts'

type Props = { day: string; domain: string; onClose(): void }

/** All about a day of a domain: what came, why it has its states, and the files that it is made of. */
export function DayDialog({ day, domain, onClose }: Props) {
  const text = useWords(dayWords)
  const dayName = useDayName()
  const { view } = useView()
  const whose = { ...(view.account === null ? {} : { account: view.account }), domain_name: domain }
  const inZone = { ...whose, time_zone: view.zone }
  const answer = useAnswer('/api/v1/month-deliveries', { ...inZone, month: day.slice(0, 7), limit: 31 })
  const [startMs, endMs] = [timeOf(day, view.zone), timeOf(dayAfter(day, 1), view.zone)]
  return (
    <Dialog title={text.title(domain, dayName(day))} onClose={onClose}>
      <Answer of={answer}>
        {({ days, faults }) => {
          const record = days.find(({ date }) => date === day)
          if (!record) return <p>{text.notShown}</p>
          return (
            <div className="day-detail">
              <DayFigures record={record} />
              <DayFaults faults={faults.filter((fault) => isWithin(fault, startMs, endMs))} zone={view.zone} />
              <DayCoverage query={{ ...inZone, start_time: startMs, end_time: endMs }} />
              <DayBatches query={{ ...inZone, time: startMs }} />
            </div>
          )
        }}
      </Answer>
    </Dialog>
  )
}

/** True if a fault is of this time; one without times is of the whole month. */
const isWithin = ({ start_time: from, end_time: to }: Fault, startMs: number, endMs: number): boolean =>
  (from === null || from < endMs) && (to === null || to > startMs)

function DayFigures({ record }: { record: DeliveryDay }) {
  const text = useWords(dayWords)
  const titles = useWords(completenessWords)
  const { count, bytes } = useFormats()
  const expected = record.files_expected
  const outOfLine = record.out_of_line === null ? text.inLine : text[`out_${record.out_of_line}`]
  return (
    <>
      <Tiles>
        <Tile title={titles.expected} value={count(expected)} {...(expected === null ? { note: text.noNumber } : {})} />
        <Tile title={titles.come} value={count(record.files_come)} />
        <Tile title={titles.refusedTitle} value={count(record.files_refused)} />
        <Tile title={titles.lateTitle} value={count(record.files_late)} />
        <Tile title={titles.rejectedTitle} value={count(record.rejected_lines)} />
        <Tile title={titles.requests} value={count(record.requests)} note={bytes(record.flux)} />
      </Tiles>
      <p>
        {outOfLine} <span className="quiet">{text.ofSuchWeekdays}</span>
      </p>
    </>
  )
}

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
