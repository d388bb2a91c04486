import { useAnswer } from '../../api/answers.ts'
import { Answer } from '../../controls/answer.tsx'
import type { Column } from '../../figure/column.ts'
import { Figure } from '../../figure/figure.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { monthOf } from '../../view/view.ts'
import { usageWords } from './words.ts'

type Point = { time: number; flux: number | null; bandwidth: number | null; rank: number }

/** The points of the month that the percentile leaves out, the highest first. */
export function DiscardedPoints() {
  const text = useWords(usageWords)
  const { bytes, bits, count, time } = useFormats()
  const { view, subject } = useView()
  const query = { ...subject, month: monthOf(view, view.zone, Date.now()) }
  const columns: Column<Point>[] = [
    { name: 'rank', title: text.rank, isFigure: true, value: (point) => point.rank },
    { name: 'time', title: text.time, value: (point) => time(point.time, view.zone) },
    {
      ...{ name: 'bandwidth', title: text.bandwidth, isFigure: true },
      ...{ value: (point) => point.bandwidth, show: (point) => bits(point.bandwidth) },
    },
    {
      ...{ name: 'flux', title: text.traffic, isFigure: true },
      ...{ value: (point) => point.flux, show: (point) => bytes(point.flux) },
    },
  ]
  return (
    <Answer of={useAnswer('/api/v1/month', query)}>
      {({ above, total, rule, month }) => (
        <Figure
          title={text.discarded}
          sentence={text.discardedSentence(
            count(total.room.above),
            String(rule.discard_percent),
            count(total.room.left),
          )}
          columns={columns}
          rows={above.map((point, index) => ({ ...point, rank: index + 1 }))}
          keyOf={(point) => point.time}
          fileName={`points-above-${month}`}
          request={{ path: '/api/v1/month', query }}
        />
      )}
    </Answer>
  )
}
