import { useState } from 'react'
import { usePlaceFilter } from '../../clients/place-filter.ts'
import { type PlaceKind, usePlaceName } from '../../clients/place-names.ts'
import { Bars } from '../../figure/bars.tsx'
import { Figure } from '../../figure/figure.tsx'
import { StateStrip } from '../../figure/state-strip.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { changeOf, type Measure, type PlaceRow, partOf, rowsOf, type UsageAnswer, wholeOf } from './place-rows.ts'
import { useExportHref } from './use-export-href.ts'
import { useChangeText, usePlaceColumns } from './use-place-columns.tsx'
import { placesWords } from './words.ts'

type Props = { kind: PlaceKind; measure: Measure; answer: UsageAnswer; query: Record<string, unknown> }

/** The clients of one kind of place, as bars and table. */
export function PlaceFigure({ kind, measure, answer, query }: Props) {
  const text = useWords(placesWords)
  const { time } = useFormats()
  const rows = rowsOf(answer, kind, measure)
  const columns = usePlaceColumns(kind, rows, answer.comparison !== null)
  const exportHref = useExportHref(kind)
  const zone = answer.time_zone
  const { comparison } = answer
  return (
    <Figure
      title={text[kind]}
      sentence={useSentence(kind, rows, measure)}
      columns={columns}
      rows={rows}
      keyOf={(row) => row.code}
      fileName={`places-${kind}`}
      request={{ path: '/api/v1/usage', query }}
      {...(exportHref === undefined ? {} : { exportHref })}
      strip={<StateStrip buckets={answer.buckets} ranges={answer.states} zone={zone} />}
    >
      <PlaceBars kind={kind} rows={rows} measure={measure} />
      {comparison && (
        <p className="quiet">{text.compared(time(comparison.start_time, zone), time(comparison.end_time, zone))}</p>
      )}
    </Figure>
  )
}

/** Writes values of a measure. */
function useFormat(measure: Measure) {
  const { bytes, bits, count } = useFormats()
  return { flux: bytes, requests: count, peak_bandwidth: bits }[measure]
}

function useSentence(kind: PlaceKind, rows: readonly PlaceRow[], measure: Measure): string {
  const text = useWords(placesWords)
  const nameOf = usePlaceName()
  const { share, count } = useFormats()
  const format = useFormat(measure)
  const [first] = rows
  if (!first) return text.nothing
  const [name, value] = [nameOf(kind, first.code), format(first.now[measure])]
  const whole = wholeOf(rows, measure)
  const hasOthers = rows.some(({ code }) => code === 'qita')
  const others = !hasOthers ? '' : kind === 'isp' ? ` ${text.abroad}` : ` ${text.others}`
  if (measure === 'peak_bandwidth') return text.highest(name, value) + others
  const most = text.most(name, value, share(partOf(first.now[measure], whole)))
  return rows.length === 1 ? most + others : `${most} ${text.total(format(whole), count(rows.length))}${others}`
}

/** Bars beyond these are shown when they are asked for. */
const firstBars = 10

function PlaceBars({ kind, rows, measure }: { kind: PlaceKind; rows: readonly PlaceRow[]; measure: Measure }) {
  const text = useWords(placesWords)
  const nameOf = usePlaceName()
  const { share, count } = useFormats()
  const format = useFormat(measure)
  const changeText = useChangeText()
  const { filter, pick } = usePlaceFilter()
  const { view } = useView()
  const [isWhole, showWhole] = useState(false)
  const whole = wholeOf(rows, measure)
  const textOf = (row: PlaceRow) => {
    const part = whole === null ? '' : ` · ${share(partOf(row.now[measure], whole))}`
    const change = view.compare === 'none' || row.before === null ? '' : ` · ${changeText(changeOf(row, measure))}`
    return `${format(row.now[measure])}${part}${change}`
  }
  const bars = rows.slice(0, isWhole ? rows.length : firstBars).map((row) => ({
    key: row.code,
    label: nameOf(kind, row.code),
    value: Number(row.now[measure] ?? 0),
    ...(row.before === null ? {} : { before: Number(row.before[measure] ?? 0) }),
    text: textOf(row),
    pickTitle: text.pick(nameOf(kind, row.code)),
    onPick: filter[kind] === row.code ? undefined : () => pick(kind, row.code),
  }))
  return (
    <>
      <Bars bars={bars} />
      {rows.length > firstBars && (
        <button type="button" className="place-more" aria-expanded={isWhole} onClick={() => showWhole(!isWhole)}>
          {isWhole ? text.fewer : text.more(count(rows.length - firstBars))}
        </button>
      )}
    </>
  )
}
