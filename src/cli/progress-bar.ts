import type { WholeNumber } from '../exact-json.ts'
import { visibleText } from '../visible-text.ts'

/** Progress as a redrawn bar on a terminal; elsewhere only the last line. */
export type ProgressBar = {
  update(fraction: number | null, text: string): void
  /** Ends the bar with a line that stays. */
  end(text: string): void
}

const width = 24

/** @param name the label, as it comes from outside */
export function createProgressBar(stream: NodeJS.WriteStream, name: string): ProgressBar {
  const label = visibleText(name)
  const redraw = (line: string) => {
    if (stream.isTTY) stream.write(`\r\u001b[2K${line.slice(0, Math.max(20, (stream.columns ?? 80) - 1))}`)
  }
  return {
    update: (fraction, text) => {
      const filled = Math.round(Math.min(1, fraction ?? 0) * width)
      const percent = fraction === null ? '' : `${Math.floor(Math.min(1, fraction) * 100)} %`.padStart(6)
      redraw(`${label}  [${'#'.repeat(filled)}${'.'.repeat(width - filled)}]${percent}  ${visibleText(text)}`)
    },
    end: (text) => {
      redraw('')
      stream.write(`${label}  ${visibleText(text)}\n`)
    },
  }
}

const number = new Intl.NumberFormat('en-US')
/** A number with separators: 1,234,567. */
export const grouped = (value: WholeNumber): string => number.format(value)

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
/** Bytes in decimal units, as traffic is sold: 1.5 GB. */
export function bytesText(whole: WholeNumber): string {
  const bytes = Number(whole)
  const power = bytes < 1 ? 0 : Math.min(byteUnits.length - 1, Math.floor(Math.log10(bytes) / 3))
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${byteUnits[power]}`
}
