import { lazy } from 'react'
import { useAnswer } from '../../api/answers.ts'
import { Answer } from '../../controls/answer.tsx'
import { useIsEmpty } from '../../start/use-first-batch.ts'
import { useView } from '../../view/use-view.ts'
import { monthOf } from '../../view/view.ts'
import { MonthCurve } from './month-curve.tsx'
import { MonthFaults } from './month-faults.tsx'
import { MonthFigures } from './month-figures.tsx'
import { TwelveMonths } from './twelve-months.tsx'

const EmptyStart = lazy(() => import('../../start/empty-start.tsx').then((code) => ({ default: code.EmptyStart })))

/** The month to date: the figures of the bill, and the faults of its logs. Before the first log: the way to it. */
export function Page() {
  const isEmpty = useIsEmpty()
  const { view, subject, hrefOf } = useView()
  const month = monthOf(view, view.zone, Date.now())
  const query = { ...subject, month }
  const answer = useAnswer('/api/v1/month', query, { everyMs: 60_000 })
  // The bill's figures come first: faults take most of the server's work for this page.
  const areThere = answer.isError || (answer.data !== undefined && !answer.isPlaceholderData)
  if (isEmpty) return <EmptyStart dropHref={hrefOf('/logs')} />
  return (
    <div className="page">
      <Answer of={answer}>{(figures) => <MonthFigures figures={figures} query={query} />}</Answer>
      <MonthCurve month={month} percentile={answer.data?.total.bandwidth_percentile ?? null} />
      <MonthFaults month={month} states={answer.data?.states ?? null} isOn={areThere} />
      <TwelveMonths month={month} />
    </div>
  )
}
