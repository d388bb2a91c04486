import { useAnswer } from '../../api/answers.ts'
import { gapsOf, withoutGaps } from '../../chart/gaps.ts'
import type { PointValue } from '../../chart/series.ts'
import { Answer } from '../../controls/answer.tsx'
import type { Column } from '../../figure/column.ts'
import { Figure } from '../../figure/figure.tsx'
import { StateStrip } from '../../figure/state-strip.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { dayOf, monthAfter } from '../../view/zone-time.ts'
import { monthWords } from './words.ts'
import '../../styles/month-page.css'

type Row = { month: string; flux: PointValue; peak: PointValue; requests: PointValue }

/** The length of a bar: nothing for a month that nobody knows. */
const lengthOf = (row: Row | null) => Number(row?.flux ?? 0)

/** The months up to a month; a press on one shows it. */
export function TwelveMonths({ month }: { month: string }) {
  const text = useWords(monthWords)
  const { bytes, bits, count } = useFormats()
  const { subject, view, change } = useView()
  const query = {
    ...subject,
    ...{ start_date: `${monthAfter(month, -11)}-01`, end_date: `${monthAfter(month, 1)}-01`, interval: 'month' },
    metrics: 'flux,peak_bandwidth,requests',
  }
  const answer = useAnswer('/api/v1/usage', query)
  const columns: Column<Row>[] = [
    { name: 'month', title: text.month, value: (row) => row.month },
    { name: 'flux', title: text.traffic, isFigure: true, value: (row) => row.flux, show: (row) => bytes(row.flux) },
    {
      name: 'peak',
      title: text.peakBandwidth,
      isFigure: true,
      value: (row) => row.peak,
      show: (row) => bits(row.peak),
    },
    {
      name: 'requests',
      title: text.requests,
      isFigure: true,
      value: (row) => row.requests,
      show: (r) => count(r.requests),
    },
  ]
  return (
    <Answer of={answer}>
      {({ times, series, states, buckets }) => {
        const gaps = gapsOf(states)
        const known = (metric: 'flux' | 'peak_bandwidth' | 'requests') =>
          withoutGaps(series[0]?.points[metric] ?? [], times, gaps)
        const [flux, peaks, requests] = [known('flux'), known('peak_bandwidth'), known('requests')]
        const rows = times.map((startMs, index) => ({
          month: dayOf(startMs, view.zone).slice(0, 7),
          flux: flux[index] ?? null,
          peak: peaks[index] ?? null,
          requests: requests[index] ?? null,
        }))
        const most = rows.reduce<Row | null>((best, row) => (lengthOf(row) > lengthOf(best) ? row : best), null)
        return (
          <Figure
            title={text.months}
            sentence={most ? text.monthsSentence(most.month, bytes(most.flux)) : ''}
            columns={columns}
            rows={rows}
            keyOf={(row) => row.month}
            fileName={`months-${month}`}
            request={{ path: '/api/v1/usage', query }}
            strip={<StateStrip buckets={buckets} ranges={states} zone={view.zone} />}
          >
            <ol className="months">
              {rows.map((row) => (
                <li key={row.month}>
                  <button
                    type="button"
                    title={text.openMonth(row.month)}
                    aria-label={`${text.openMonth(row.month)}: ${bytes(row.flux)}`}
                    aria-pressed={row.month === month}
                    onClick={() => change({ range: row.month, from: '', to: '' })}
                  >
                    <span
                      className="month-bar"
                      style={{ blockSize: `${(100 * lengthOf(row)) / Math.max(1, lengthOf(most))}%` }}
                    />
                  </button>
                  <span className="month-name">{row.month.slice(2)}</span>
                </li>
              ))}
            </ol>
          </Figure>
        )
      }}
    </Answer>
  )
}
