import uPlot from 'uplot'
import { localText } from '../view/zone-time.ts'
import { type Colours, dashes } from './colours.ts'
import { hatch } from './hatching.ts'
import type { Gap, Level, Series } from './series.ts'

export type PlotSetting = {
  series: readonly Series[]
  levels: readonly Level[]
  gaps: readonly Gap[]
  isStacked: boolean
  zone: string
  widthPx: number
  colours: Colours
  format(value: number): string
  onZoom?: ((startMs: number, endMs: number) => void) | undefined
  /** The first time that it is drawn. */
  onDrawn(): void
}

const heightPx = 280
/** A drag shorter than this is a click. */
const zoomPxMin = 8

/** The options of uPlot for a chart over time. */
export function plotOptions(setting: PlotSetting): uPlot.Options {
  const { colours, zone, format } = setting
  const axis = { stroke: colours.text, grid: { stroke: colours.grid, width: 1 }, ticks: { stroke: colours.grid } }
  return {
    width: setting.widthPx,
    height: heightPx,
    // The axis and the cursor speak the zone of the view, not the browser's.
    tzDate: (seconds) => new Date(localText(seconds * 1000, zone)),
    legend: { show: false },
    cursor: { drag: { x: true, y: false, setScale: false, dist: zoomPxMin }, points: { size: 7 } },
    scales: { x: { time: true }, y: { range: (_plot, _min, max) => [0, Math.max(max * 1.05, 1)] } },
    axes: [
      { ...axis, values: (_plot, splits) => splits.map((seconds) => axisTime(seconds * 1000, zone, splits)) },
      {
        ...axis,
        size: 88,
        values: (_plot, splits) => splits.map((value) => format(value)),
      },
    ],
    series: [{}, ...setting.series.map((one, index) => seriesOptions(one, index, setting))],
    hooks: {
      drawClear: [(plot) => hatch(plot, setting.gaps, colours.missing)],
      draw: [(plot) => drawLevels(plot, setting)],
      ready: [setting.onDrawn],
      setSelect: [(plot) => zoom(plot, setting)],
    },
  }
}

function seriesOptions(series: Series, index: number, { colours, isStacked }: PlotSetting): uPlot.Series {
  const stroke = colours.series[index % colours.series.length] ?? colours.text
  const fill =
    isStacked && !series.isComparison
      ? { fill: stroke.replace(')', ' / 25%)').replace(/^rgb\((\d+), (\d+), (\d+)/, 'rgb($1 $2 $3') }
      : {}
  const dash = series.isComparison ? [3, 4] : [...(dashes[index % dashes.length] ?? [])]
  return {
    label: series.name,
    stroke,
    width: series.isComparison ? 1 : 1.5,
    dash,
    ...fill,
    points: { show: false },
    spanGaps: false,
  }
}

/** Days where the ticks are days apart, else hours. */
function axisTime(timeMs: number, zone: string, splits: readonly number[]): string {
  const text = localText(timeMs, zone)
  const stepSeconds = (splits[1] ?? 0) - (splits[0] ?? 0)
  if (stepSeconds >= 80_000 || text.endsWith('00:00')) return text.slice(5, 10)
  return text.slice(11)
}

function drawLevels(plot: uPlot, { levels, colours, format }: PlotSetting): void {
  const { ctx, bbox } = plot
  for (const level of levels) {
    const y = plot.valToPos(level.value, 'y', true)
    if (!Number.isFinite(y) || y < bbox.top) continue
    ctx.save()
    ctx.strokeStyle = colours.line
    ctx.fillStyle = colours.line
    ctx.lineWidth = 1.5
    ctx.setLineDash([6, 4])
    ctx.beginPath()
    ctx.moveTo(bbox.left, y)
    ctx.lineTo(bbox.left + bbox.width, y)
    ctx.stroke()
    ctx.font = `${12 * uPlot.pxRatio}px system-ui, sans-serif`
    ctx.textAlign = 'right'
    ctx.fillText(`${level.name} ${format(level.value)}`, bbox.left + bbox.width - 6, y - 5)
    ctx.restore()
  }
}

function zoom(plot: uPlot, { onZoom }: PlotSetting): void {
  const { left, width } = plot.select
  if (width < zoomPxMin || !onZoom) return
  const timeAt = (x: number) => Math.round(plot.posToVal(x, 'x')) * 1000
  onZoom(timeAt(left), timeAt(left + width))
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
}
