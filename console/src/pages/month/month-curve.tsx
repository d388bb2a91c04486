import { useCallback, useMemo } from 'react'
import { useAnswer } from '../../api/answers.ts'
import { gapsOf, withoutGaps } from '../../chart/gaps.ts'
import type { PointValue } from '../../chart/series.ts'
import { TimeChart } from '../../chart/time-chart.tsx'
import { Answer } from '../../controls/answer.tsx'
import type { Column } from '../../figure/column.ts'
import { Figure } from '../../figure/figure.tsx'
import { StateStrip } from '../../figure/state-strip.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { monthAfter } from '../../view/zone-time.ts'
import { monthWords } from './words.ts'

type Row = { timeMs: number; peak: PointValue; flux: number | null }
const noAnswer: { times: number[]; states: null } = { times: [], states: null }
type Props = { month: string; percentile: number | null }

/** Bandwidth of the month by the hour, with the percentile across it. */
export function MonthCurve({ month, percentile }: Props) {
  const text = useWords(monthWords)
  const { bytes, bits, time } = useFormats()
  const { subject, view, hrefOf } = useView()
  const { zone } = view
  const query = {
    ...subject,
    ...{ start_date: `${month}-01`, end_date: `${monthAfter(month, 1)}-01`, interval: '3600' },
    metrics: 'peak_bandwidth,flux',
  }
  const answer = useAnswer('/api/v1/usage', query, { everyMs: 60_000 })
  const points = answer.data?.series[0]?.points
  const { times, states } = answer.data ?? noAnswer
  const gaps = useMemo(() => gapsOf(states), [states])
  const peaks = useMemo(() => withoutGaps(points?.peak_bandwidth ?? [], times, gaps), [points, times, gaps])
  const series = useMemo(() => [{ name: text.peakBandwidth, values: peaks }], [peaks, text])
  const levels = useMemo(
    () => (percentile === null ? [] : [{ name: text.percentile, value: Number(percentile) }]),
    [percentile, text],
  )
  const format = useCallback((value: number | bigint | null) => bits(value), [bits])
  const columns: Column<Row>[] = [
    { name: 'time', title: text.hour, value: (row) => time(row.timeMs, zone) },
    {
      name: 'peak',
      title: text.peakBandwidth,
      isFigure: true,
      value: (row) => row.peak,
      show: (row) => bits(row.peak),
    },
    { name: 'flux', title: text.traffic, isFigure: true, value: (row) => row.flux, show: (row) => bytes(row.flux) },
  ]
  return (
    <Answer of={answer}>
      {() => (
        <Figure
          title={text.curve}
          sentence={text.curveSentence(bits(percentile), zone)}
          columns={columns}
          rows={times.map((timeMs, index) => ({
            timeMs,
            peak: peaks[index] ?? null,
            flux: points?.flux?.[index] ?? null,
          }))}
          keyOf={(row) => row.timeMs}
          fileName={`bandwidth-${month}`}
          request={{ path: '/api/v1/usage', query }}
          strip={<StateStrip buckets={answer.data?.buckets ?? null} ranges={states} zone={zone} />}
          exportHref={hrefOf('/exports', { new: 'billing_summary' })}
        >
          <TimeChart label={text.curve} {...{ times, series, levels, gaps, zone, format }} />
        </Figure>
      )}
    </Answer>
  )
}
