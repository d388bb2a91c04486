import { Link } from 'wouter'
import { ApiText } from '../../controls/error-text.tsx'
import type { Column } from '../../figure/column.ts'
import { useFaultText } from '../../figure/fault-words.ts'
import { Figure } from '../../figure/figure.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useIsOperator } from '../../session/own-account.ts'
import { useView } from '../../view/use-view.ts'
import type { Deliveries, Fault } from './use-deliveries.ts'
import { completenessWords } from './words.ts'

type Props = { month: string; deliveries: Deliveries; query: Record<string, unknown> }

/** The faults of a month in the words of the API. */
export function FaultsFigure({ month, deliveries, query }: Props) {
  const text = useWords(completenessWords)
  const { count } = useFormats()
  const columns = useFaultColumns(deliveries.time_zone)
  const { faults, faults_total: total } = deliveries
  const all = total === 1 ? text.oneFault : text.faultsSentence(count(total))
  const shown = faults.length < total ? text.faultsShown(count(faults.length), count(total)) : all
  return (
    <Figure
      title={text.faults}
      sentence={total === 0 ? text.noFault : shown}
      columns={columns}
      rows={faults}
      keyOf={(fault) => `${fault.kind} ${fault.start_time} ${fault.batch_id} ${fault.text}`}
      fileName={`faults-${month}`}
      request={{ path: '/api/v1/month-deliveries', query }}
    />
  )
}

/** The columns of a list of faults. */
export function useFaultColumns(zone: string): Column<Fault>[] {
  const text = useWords(completenessWords)
  const { time } = useFormats()
  const faultText = useFaultText(zone)
  const timeOf = (ms: number | null) => (ms === null ? null : time(ms, zone))
  return [
    { name: 'kind', title: text.kind, value: (fault) => text[`kind_${fault.kind}`] },
    {
      ...{ name: 'text', title: text.text, value: (fault: Fault) => faultText(fault).says },
      show: (fault) => <FaultText {...faultText(fault)} />,
    },
    { name: 'source', title: text.source, value: (fault) => fault.source },
    { name: 'from', title: text.from, value: (fault) => timeOf(fault.start_time) },
    { name: 'until', title: text.until, value: (fault) => timeOf(fault.end_time) },
    { name: 'domains', title: text.domains, isFigure: true, value: (fault) => fault.domains || null },
    {
      ...{ name: 'error', title: text.errorCode, value: (fault: Fault) => fault.error_code },
      show: (fault) => <span className="whole">{fault.error_code ?? '–'}</span>,
    },
    {
      ...{ name: 'batch', title: text.batch, isFigure: true, value: (fault: Fault) => fault.batch_id },
      show: (fault) => <BatchLink id={fault.batch_id} />,
    },
  ]
}

function FaultText({ says, details }: { says: string; details: string | null }) {
  return (
    <span className="fault-text">
      {says} {details !== null && <ApiText text={details} />}
    </span>
  )
}

/** The number of a batch. Operators can open it. */
export function BatchLink({ id }: { id: number | null }) {
  const { hrefOf } = useView()
  const isOperator = useIsOperator()
  if (id === null) return '–'
  return isOperator ? <Link href={hrefOf('/logs', { batch: String(id) })}>{id}</Link> : id
}
