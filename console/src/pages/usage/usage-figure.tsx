import { useCallback, useMemo } from 'react'
import { useAnswer } from '../../api/answers.ts'
import { gapsOf, withoutGaps } from '../../chart/gaps.ts'
import type { Level, PointValue, Series } from '../../chart/series.ts'
import { TimeChart } from '../../chart/time-chart.tsx'
import type { Column } from '../../figure/column.ts'
import { Figure } from '../../figure/figure.tsx'
import { StateStrip } from '../../figure/state-strip.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { isMonth, monthOf } from '../../view/view.ts'
import { localText } from '../../view/zone-time.ts'
import { type FigureName, figures, largest, type UsageAnswer, valuesOf } from './figures.ts'
import { useSentence } from './use-sentence.ts'
import type { UsageChoice } from './use-usage.ts'
import { usageWords } from './words.ts'

type Props = { answer: UsageAnswer; usage: UsageChoice; onExplain(timeMs: number): void }
type Row = { index: number; timeMs: number }

/** A figure over time, as chart and table. */
export function UsageFigure({ answer, usage, onExplain }: Props) {
  const text = useWords(usageWords)
  const { view, change, hrefOf } = useView()
  const { time } = useFormats()
  const { figure } = usage
  const zone = answer.time_zone
  const format = useFormat(figure)
  const series = useSeries(answer, figure)
  const levels = useLevels(figure)
  const gaps = useMemo(() => gapsOf(answer.states), [answer.states])
  const sentence = useSentence(answer, figure)
  const zoom = useCallback(
    (startMs: number, endMs: number) => {
      const stepMs = 300_000
      const [from, to] = [Math.floor(startMs / stepMs) * stepMs, Math.ceil(endMs / stepMs) * stepMs]
      change({ range: 'custom', from: localText(from, zone), to: localText(to, zone) })
    },
    [change, zone],
  )
  const rows = answer.times.map((timeMs, index) => ({ index, timeMs }))
  const columns: Column<Row>[] = [
    {
      ...{ name: 'time', title: text.time, value: (row) => time(row.timeMs, zone) },
      show: (row) => (
        <button type="button" className="link" title={text.explain} onClick={() => onExplain(row.timeMs)}>
          {time(row.timeMs, zone)}
        </button>
      ),
    },
    ...series.map((one, index) => ({
      ...{ name: `${index} ${one.name}`, title: one.name, isFigure: true },
      value: (row: Row) => one.values[row.index],
      show: (row: Row) => format(one.values[row.index] ?? null),
    })),
  ]
  return (
    <Figure
      title={text.title(text[figure])}
      sentence={sentence}
      columns={columns}
      rows={rows}
      keyOf={(row) => row.timeMs}
      fileName={`usage-${figure}`}
      request={{ path: '/api/v1/usage', query: usage.query }}
      exportHref={hrefOf('/exports', { new: 'reports_detail' })}
      strip={<StateStrip buckets={answer.buckets} ranges={answer.states} zone={zone} />}
    >
      <TimeChart
        label={text.title(text[figure])}
        times={answer.times}
        series={series}
        levels={levels}
        gaps={gaps}
        isStacked={figures[figure].unit !== 'share' && figure !== 'peak_bandwidth' && answer.series.length > 1}
        zone={zone}
        format={format}
        onZoom={zoom}
        onPick={(index) => onExplain(answer.times[index] ?? 0)}
      />
      <p className="quiet">
        {text.hint}{' '}
        {view.range === 'custom' && (
          <button
            type="button"
            className="link"
            onClick={() => change({ range: monthOf(view, zone, Date.now()), from: '', to: '' })}
          >
            {text.wholeRange}
          </button>
        )}
      </p>
    </Figure>
  )
}

/** The way to write values of a figure. */
export function useFormat(figure: FigureName): (value: PointValue) => string {
  const formats = useFormats()
  const { unit } = figures[figure]
  return useMemo(() => {
    const { bytes, bits, count, share } = formats
    return { bytes, bits, count, share: (value: PointValue) => share(value === null ? null : Number(value)) }[unit]
  }, [unit, formats])
}

/** The series of the chart: the figure's, and those of the range that it is compared with. */
function useSeries(answer: UsageAnswer, figure: FigureName): Series[] {
  const text = useWords(usageWords)
  return useMemo(() => {
    const gaps = gapsOf(answer.states)
    const nameOf = (one: UsageAnswer['series'][number]) => one.domain ?? one.status_class ?? text.total
    const now = answer.series.map((one) => ({
      name: nameOf(one),
      values: withoutGaps(valuesOf(one.points, figure), answer.times, gaps),
    }))
    const before = (answer.comparison?.series ?? []).map((one) => ({
      ...{ name: text.before(nameOf(one)), isComparison: true },
      values: valuesOf(one.points, figure).slice(0, answer.times.length),
    }))
    const isSum = figures[figure].unit !== 'share'
    return [...(isSum ? largest(now, (count) => text.others(String(count))) : now), ...before.slice(0, 6)]
  }, [answer, figure, text])
}

const noLevels: Level[] = []

/** Percentile and average peak of the month, where the chart shows bandwidth of a whole month. */
function useLevels(figure: FigureName): Level[] {
  const text = useWords(usageWords)
  const { view, subject } = useView()
  const isWhole = figure === 'peak_bandwidth' && (view.range.endsWith('month') || isMonth(view.range))
  const query = { ...subject, month: monthOf(view, view.zone, Date.now()) }
  const { data } = useAnswer('/api/v1/month', query, { isOn: isWhole })
  return useMemo(() => {
    if (!isWhole || !data) return noLevels
    const { bandwidth_percentile: percentile, average_daily_peak: average } = data.total
    return [
      ...(percentile === null ? [] : [{ name: text.percentile, value: Number(percentile) }]),
      ...(average === null ? [] : [{ name: text.average, value: Number(average) }]),
    ]
  }, [isWhole, data, text])
}
