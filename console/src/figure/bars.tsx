import type { ReactNode } from 'react'

export type Bar = {
  key: string
  label: ReactNode
  /** Length of the bar. */
  value: number
  /** Length of a second, hatched bar: what it was in the compared range. */
  before?: number
  /** The value in words. */
  text: string
  onPick?: (() => void) | undefined
  pickTitle?: string
}

/** Horizontal bars, the longest as wide as there is room. */
export function Bars({ bars }: { bars: readonly Bar[] }) {
  const most = Math.max(1, ...bars.map(({ value, before = 0 }) => Math.max(value, before)))
  return (
    <ol className="bars">
      {bars.map((bar) => (
        <li key={bar.key}>
          {bar.onPick ? (
            <button type="button" className="link" title={bar.pickTitle} onClick={bar.onPick}>
              {bar.label}
            </button>
          ) : (
            <span className="bar-label">{bar.label}</span>
          )}
          <span className="bar-text">{bar.text}</span>
          <span className="bar-line" aria-hidden="true" style={{ inlineSize: `${(100 * bar.value) / most}%` }} />
          {bar.before !== undefined && (
            <span
              className="bar-line bar-before"
              aria-hidden="true"
              style={{ inlineSize: `${(100 * bar.before) / most}%` }}
            />
          )}
        </li>
      ))}
    </ol>
  )
}
