import type uPlot from 'uplot'
import type { Gap } from './series.ts'

const stepPx = 8

/** Draws slanted lines over times without figures: a gap is no zero. */
export function hatch(plot: uPlot, gaps: readonly Gap[], colour: string): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.strokeStyle = colour
  ctx.lineWidth = 1
  for (const { startMs, endMs } of gaps) {
    const left = Math.max(bbox.left, plot.valToPos(startMs / 1000, 'x', true))
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(endMs / 1000, 'x', true))
    if (right > left) hatchBox(ctx, left, bbox.top, right - left, bbox.height)
  }
  ctx.restore()
}

function hatchBox(ctx: CanvasRenderingContext2D, left: number, top: number, width: number, height: number): void {
  ctx.save()
  ctx.beginPath()
  ctx.rect(left, top, width, height)
  ctx.clip()
  ctx.beginPath()
  for (let x = left - height; x < left + width; x += stepPx) {
    ctx.moveTo(x, top + height)
    ctx.lineTo(x + height, top)
  }
  ctx.stroke()
  ctx.restore()
}
