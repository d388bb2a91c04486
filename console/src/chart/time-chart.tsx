import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { figureWords } from '../figure/words.ts'
import { useFormats } from '../language/formats.ts'
import { useWords } from '../language/language.ts'
import { coloursNow, dashes } from './colours.ts'
import { plotOptions } from './plot-options.ts'
import { drawn, type Gap, type Level, type Series, stacked } from './series.ts'
import { useWidth } from './use-width.ts'

type Props = {
  /** Says in words what the chart shows. */
  label: string
  /** Start of each point, unix ms. */
  times: readonly number[]
  series: readonly Series[]
  levels?: readonly Level[]
  gaps?: readonly Gap[]
  isStacked?: boolean
  zone: string
  format(value: number | bigint | null): string
  /** A drag over the chart, unix ms. */
  onZoom?: (startMs: number, endMs: number) => void
  /** A press on a point, by its index. */
  onPick?: (index: number) => void
}

const noLevels: readonly Level[] = []
const noGaps: readonly Gap[] = []

/** A chart over time. By mouse: press opens a point, drag zooms. By keyboard: arrows move, Enter opens. */
export function TimeChart({ levels = noLevels, gaps = noGaps, isStacked = false, ...props }: Props) {
  const text = useWords(figureWords)
  const { time } = useFormats()
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const widthPx = useWidth(box)
  const [at, setAt] = useState<number | null>(null)
  const { times, series, zone, format, onZoom, onPick } = props
  const data = useMemo(() => {
    const values = isStacked ? stacked(series) : series.map((one) => drawn(one.values))
    return [times.map((ms) => ms / 1000), ...values] as uPlot.AlignedData
  }, [times, series, isStacked])
  useEffect(() => {
    if (!box.current || widthPx === 0) return undefined
    const startMs = performance.now()
    const options = plotOptions({
      series,
      levels,
      gaps,
      isStacked,
      zone,
      widthPx,
      colours: coloursNow(),
      format,
      onZoom,
      // The browser's tools show it, and `npm run bench -- console` reads it.
      onDrawn: () => performance.measure('chart', { start: startMs }),
    })
    const made = new uPlot(options, data, box.current)
    made.over.addEventListener('mousemove', () => setAt(made.cursor.idx ?? null))
    plot.current = made
    return () => made.destroy()
  }, [data, widthPx, series, levels, gaps, isStacked, zone, format, onZoom])
  const press = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -12, PageDown: 12 }[event.key]
    if (event.key !== 'Enter' && step === undefined) return
    // The opened part takes the focus: the same press must not go on there.
    event.preventDefault()
    if (event.key === 'Enter' && at !== null) onPick?.(at)
    if (step === undefined) return
    const next = Math.min(times.length - 1, Math.max(0, (at ?? -1) + step))
    setAt(next)
    const left = plot.current?.valToPos((times[next] ?? 0) / 1000, 'x') ?? 0
    plot.current?.setCursor({ left, top: 20 }, false)
  }
  return (
    <figure className="chart">
      <div
        ref={box}
        className="chart-box"
        role="application"
        aria-label={`${props.label} ${text.chartKeys}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrows move over the points, as the label says
        tabIndex={0}
        onKeyDown={press}
        onClick={() => at !== null && onPick?.(at)}
      />
      <Legend series={series} at={at} format={format} time={at === null ? null : time(times[at], zone)} />
    </figure>
  )
}

type LegendProps = { series: readonly Series[]; at: number | null; format: Props['format']; time: string | null }

/** Names of the series, and their values at the cursor. */
function Legend({ series, at, format, time }: LegendProps) {
  return (
    <figcaption className="legend" aria-live="polite">
      <span className="legend-time">{time ?? ''}</span>
      {series.map((one, index) => (
        <span key={one.name} className="legend-item">
          <svg className={`legend-line series-${(index % 6) + 1}`} viewBox="0 0 24 4" aria-hidden="true">
            <line x1="0" x2="24" y1="2" y2="2" strokeDasharray={dashes[index % dashes.length]?.join(' ')} />
          </svg>
          {one.name} {at !== null && <strong>{format(one.values[at] ?? null)}</strong>}
        </span>
      ))}
    </figcaption>
  )
}
