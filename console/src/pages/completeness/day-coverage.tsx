import { useAnswer } from '../../api/answers.ts'
import type { GetAnswer } from '../../api/client.ts'
import { Answer } from '../../controls/answer.tsx'
import type { Column } from '../../figure/column.ts'
import { DataTable } from '../../figure/data-table.tsx'
import { type State, StateStrip } from '../../figure/state-strip.tsx'
import { figureWords } from '../../figure/words.ts'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { dayWords } from './day-words.ts'

type Query = { account?: string; domain_name: string; start_time: number; end_time: number; time_zone: string }
type Coverage = GetAnswer<'/api/v1/coverage'>

/** The states of a day's buckets: why, when, and by which source. */
export function DayCoverage({ query }: { query: Query }) {
  const text = useWords(dayWords)
  const { count } = useFormats()
  const answer = useAnswer('/api/v1/coverage', { ...query, by: 'range' })
  const lineColumns = useLineColumns(query.time_zone)
  const rangeColumns = useRangeColumns(query.time_zone)
  return (
    <Answer of={answer}>
      {({ buckets, ranges, total, lines }) => (
        <div className="day-detail">
          <StateStrip buckets={buckets} ranges={ranges} zone={query.time_zone} />
          <DataTable
            isCaptionShown
            caption={text.why}
            columns={lineColumns}
            rows={lines}
            keyOf={(line) => `${line.state} ${line.start_time} ${line.reason}`}
          />
          <DataTable
            isCaptionShown
            caption={text.ranges}
            columns={rangeColumns}
            rows={ranges}
            keyOf={(range) => range.start_time}
          />
          {ranges.length < total && <p className="quiet">{text.rangesCut(count(ranges.length), count(total))}</p>}
        </div>
      )}
    </Answer>
  )
}

type Timed = { state: State; start_time: number; end_time: number; late_lines: number }

function useTimedColumns<R extends Timed>(zone: string): Record<'state' | 'from' | 'until' | 'late', Column<R>> {
  const text = useWords(dayWords)
  const states = useWords(figureWords)
  const { time, count } = useFormats()
  return {
    state: {
      ...{ name: 'state', title: text.state, value: (row: R) => states[row.state] },
      show: (row) => (
        <span className="whole">
          <span className={`state-mark state-${row.state}`} aria-hidden="true" />
          {states[row.state]}
        </span>
      ),
    },
    from: { name: 'from', title: text.from, value: (row) => time(row.start_time, zone) },
    until: { name: 'until', title: text.until, value: (row) => time(row.end_time, zone) },
    late: {
      ...{ name: 'late', title: text.lateLines, isFigure: true, value: (row: R) => row.late_lines },
      show: (row) => count(row.late_lines),
    },
  }
}

function useLineColumns(zone: string): Column<Coverage['lines'][number]>[] {
  const text = useWords(dayWords)
  const { count } = useFormats()
  const { state, from, until, late } = useTimedColumns<Coverage['lines'][number]>(zone)
  return [
    state,
    {
      ...{ name: 'reason', title: text.reason, value: (line) => line.reason },
      show: (line) => <span lang="en">{line.reason}</span>,
    },
    from,
    until,
    {
      ...{ name: 'buckets', title: text.buckets, isFigure: true, value: (line) => line.buckets },
      show: (line) => count(line.buckets),
    },
    late,
  ]
}

function useRangeColumns(zone: string): Column<Coverage['ranges'][number]>[] {
  const text = useWords(dayWords)
  const states = useWords(figureWords)
  const { state, from, until, late } = useTimedColumns<Coverage['ranges'][number]>(zone)
  const sources = (range: Coverage['ranges'][number]) =>
    range.sources.map((one) => `${one.source}: ${states[one.state]}`).join('; ')
  return [from, until, state, { name: 'sources', title: text.sources, value: sources }, late]
}
