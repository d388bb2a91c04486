import type { Column } from '../../figure/column.ts'
import { Figure } from '../../figure/figure.tsx'
import { StateStrip, states } from '../../figure/state-strip.tsx'
import { figureWords } from '../../figure/words.ts'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useChanges } from '../../view/use-choice.ts'
import { monthAfter, timeOf } from '../../view/zone-time.ts'
import { DomainPages } from './domain-pages.tsx'
import { HeatMap } from './heat-map.tsx'
import { Legend } from './legend.tsx'
import type { Deliveries, DeliveryDay, DomainPage } from './use-deliveries.ts'
import { completenessWords } from './words.ts'

type Props = { month: string; deliveries: Deliveries; query: Record<string, unknown>; page: DomainPage | null }

/** The deliveries of a month, as a map of days and domains. */
export function DeliveriesFigure({ month, deliveries, query, page }: Props) {
  const text = useWords(completenessWords)
  const change = useChanges()
  const columns = useColumns()
  const { days, time_zone: zone } = deliveries
  const buckets = Object.fromEntries(
    states.map((state) => [state, days.reduce((sum, day) => sum + day.buckets[state], 0)]),
  ) as DeliveryDay['buckets']
  return (
    <Figure
      title={text.title(month)}
      sentence={useSentence(month, deliveries, page)}
      columns={columns}
      rows={days}
      keyOf={(day) => `${day.date} ${day.domain_name}`}
      fileName={`deliveries-${month}`}
      request={{ path: '/api/v1/month-deliveries', query }}
      strip={days.length > 0 && <StateStrip buckets={buckets} ranges={null} zone={zone} />}
    >
      {page && <DomainPages page={page} />}
      {days.length > 0 && (
        <>
          <p className="quiet">{text.keys}</p>
          <HeatMap month={month} days={days} onOpen={(day) => change({ day: day.date, domain: day.domain_name })} />
          <Legend />
        </>
      )}
    </Figure>
  )
}

function useSentence(month: string, { days, faults_total: total, ...answer }: Deliveries, page: DomainPage | null) {
  const text = useWords(completenessWords)
  const { count } = useFormats()
  const domains = count(page?.all ?? new Set(days.map((day) => day.domain_name)).size)
  if (days.length === 0) return text.noDomains
  if (total === 1) return text.oneWrong(month, domains)
  if (total > 0) return text.wrong(month, count(total), domains)
  const isOver = answer.end_time >= timeOf(`${monthAfter(month, 1)}-01`, answer.time_zone)
  return isOver ? text.nothingMissing(month, domains) : text.nothingMissingSoFar(month, domains)
}

function useColumns(): Column<DeliveryDay>[] {
  const text = useWords(completenessWords)
  const stateText = useWords(figureWords)
  const { count } = useFormats()
  const figure = (title: string, figureOf: (day: DeliveryDay) => number | null): Column<DeliveryDay> => ({
    ...{ name: title, title, isFigure: true, value: figureOf },
    show: (day) => count(figureOf(day)),
  })
  return [
    { name: 'date', title: text.day, value: (day) => day.date },
    { name: 'domain', title: text.domain, value: (day) => day.domain_name },
    figure(text.expected, (day) => day.files_expected),
    figure(text.come, (day) => day.files_come),
    figure(text.refusedTitle, (day) => day.files_refused),
    figure(text.lateTitle, (day) => day.files_late),
    figure(text.rejectedTitle, (day) => day.rejected_lines),
    figure(text.requests, (day) => day.requests),
    figure(text.flux, (day) => day.flux),
    ...states.map((state) => figure(stateText[state], (day) => day.buckets[state])),
    {
      ...{ name: 'out', title: text.outOfLine, value: (day: DeliveryDay) => day.out_of_line },
      show: (day) => (day.out_of_line === null ? '' : text[day.out_of_line]),
    },
  ]
}
