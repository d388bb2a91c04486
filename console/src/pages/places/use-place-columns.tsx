import { type PlaceKind, usePlaceName } from '../../clients/place-names.ts'
import type { Column } from '../../figure/column.ts'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { changeOf, type Measure, type PlaceRow, partOf, wholeOf } from './place-rows.ts'
import { placesWords } from './words.ts'

/** A change as percent, with its sign. */
export function useChangeText(): (change: number | null) => string {
  const { share } = useFormats()
  return (change) => {
    if (change === null) return share(null)
    return `${change > 0 ? '+' : change < 0 ? '−' : ''}${share(Math.abs(change))}`
  }
}

const isShared = (measure: Measure) => measure !== 'peak_bandwidth'

/** The columns of a table of places: whole figures, shares, and the compared range where there is one. */
export function usePlaceColumns(kind: PlaceKind, rows: readonly PlaceRow[], isCompared: boolean): Column<PlaceRow>[] {
  const text = useWords(placesWords)
  const nameOf = usePlaceName()
  const { count, share } = useFormats()
  const changeText = useChangeText()
  const titles = { flux: text.fluxTitle, requests: text.requestsTitle, peak_bandwidth: text.peakTitle }
  const shareTitles = { flux: text.fluxShare, requests: text.requestsShare, peak_bandwidth: '' }
  const ofMeasure = (measure: Measure): Column<PlaceRow>[] => {
    const whole = wholeOf(rows, measure)
    const shareOf = (row: PlaceRow) => partOf(row.now[measure], whole)
    const figure: Column<PlaceRow> = {
      ...{ name: measure, title: titles[measure], isFigure: true },
      value: (row) => row.now[measure],
      show: (row) => count(row.now[measure]),
    }
    const part: Column<PlaceRow> = {
      ...{ name: `${measure} share`, title: shareTitles[measure], isFigure: true },
      value: shareOf,
      show: (row) => share(shareOf(row)),
    }
    const before: Column<PlaceRow> = {
      ...{ name: `${measure} before`, title: text.beforeTitle(titles[measure]), isFigure: true },
      value: (row) => row.before?.[measure],
      show: (row) => count(row.before?.[measure]),
    }
    const change: Column<PlaceRow> = {
      ...{ name: `${measure} change`, title: text.change(text[measure]), isFigure: true },
      value: (row) => changeOf(row, measure),
      show: (row) => changeText(changeOf(row, measure)),
    }
    return [figure, ...(isShared(measure) ? [part] : []), ...(isCompared ? [before, change] : [])]
  }
  return [
    { name: 'place', title: text[`place_${kind}`], value: (row) => nameOf(kind, row.code) },
    { name: 'code', title: text.code, value: (row) => row.code },
    ...ofMeasure('flux'),
    ...ofMeasure('requests'),
    ...ofMeasure('peak_bandwidth'),
  ]
}
