import { useFormats } from '../language/formats.ts'
import { useWords } from '../language/language.ts'
import { figureWords } from './words.ts'

export const states = ['final', 'reported', 'provisional', 'missing', 'refused'] as const
export type State = (typeof states)[number]
export type StateRange = { start_time: number; end_time: number; state: State }
type Buckets = Record<State, number>

type Props = {
  /** Buckets by state, counted for each domain; null: a past data version. */
  buckets: Buckets | null
  /** Ranges of equal state of all domains as one. */
  ranges: readonly StateRange[] | null
  zone: string
}

/** Parts of a bar, at most: it has about 1,000 pixels. */
const partsMax = 500

/** Ranges for a bar: beyond the most, parts of equal length, each with the worst state in it. */
function partsOf(ranges: readonly StateRange[]): readonly StateRange[] {
  if (ranges.length <= partsMax) return ranges
  const startMs = ranges[0]?.start_time ?? 0
  const lengthMs = ((ranges.at(-1)?.end_time ?? 0) - startMs) / partsMax
  const worst = new Array<number>(partsMax).fill(0)
  for (const { start_time: from, end_time: until, state } of ranges)
    for (let n = Math.floor((from - startMs) / lengthMs); startMs + n * lengthMs < until && n < partsMax; n++)
      worst[n] = Math.max(worst[n] ?? 0, states.indexOf(state))
  return worst.map((state, n) => {
    const from = startMs + n * lengthMs
    return { start_time: from, end_time: from + lengthMs, state: states[state] ?? 'missing' }
  })
}

/** Says how complete the figures beside it are: a bar over the time, and the counts in words. */
export function StateStrip({ buckets, ranges, zone }: Props) {
  const text = useWords(figureWords)
  const { count, time } = useFormats()
  if (buckets === null) return <p className="quiet">{text.pastVersion}</p>
  const startMs = ranges?.[0]?.start_time ?? 0
  const lengthMs = (ranges?.at(-1)?.end_time ?? 0) - startMs
  return (
    <div className="states">
      <span className="quiet">{text.states}</span>
      {ranges && lengthMs > 0 && (
        <div className="state-bar" aria-hidden="true">
          {partsOf(ranges).map((range) => (
            <span
              key={range.start_time}
              className={`state-part state-${range.state}`}
              title={`${text[range.state]}: ${time(range.start_time, zone)} – ${time(range.end_time, zone)}`}
              style={{ flexGrow: (range.end_time - range.start_time) / lengthMs }}
            />
          ))}
        </div>
      )}
      <ul className="state-counts">
        {states
          .filter((state) => buckets[state] > 0)
          .map((state) => (
            <li key={state} title={text[`${state}Hint`]}>
              <span className={`state-mark state-${state}`} aria-hidden="true" />
              {text[state]} {count(buckets[state])}
            </li>
          ))}
      </ul>
    </div>
  )
}
