import { Link } from 'wouter'
import { useAnswer } from '../../api/answers.ts'
import { PlaceChips } from '../../clients/place-chips.tsx'
import { codesOf, type PlaceFilter, usePlaceFilter } from '../../clients/place-filter.ts'
import { type PlaceKind, placeKinds } from '../../clients/place-names.ts'
import { Answer } from '../../controls/answer.tsx'
import { Select } from '../../controls/field.tsx'
import { useWords } from '../../language/language.ts'
import { intervalOf } from '../../view/interval-of.ts'
import { useChoice } from '../../view/use-choice.ts'
import { useView } from '../../view/use-view.ts'
import '../../styles/places-page.css'
import { PlaceFigure } from './place-figure.tsx'
import { type Measure, measures } from './place-rows.ts'
import { placesWords } from './words.ts'

/** Where clients are: countries, provinces of China, carriers, versions of IP. */
export function Page() {
  const text = useWords(placesWords)
  const { hrefOf } = useView()
  const { filter } = usePlaceFilter()
  const [measure, choose] = useChoice('by', measures)
  const { ip_version: _ofNoList, ...places } = filter
  return (
    <div className="page">
      <div className="choice-row">
        <Select
          label={text.by}
          value={measure}
          choices={measures.map((one) => ({ value: one, text: text[one] }))}
          onChange={choose}
        />
        <PlaceChips />
        <Link href={hrefOf('/top', places)}>{text.toTop}</Link>
      </div>
      <p className="quiet">{text.hint}</p>
      <div className="places">
        {placeKinds.map((kind) => (
          <Place key={kind} kind={kind} measure={measure} filter={filter} />
        ))}
      </div>
    </div>
  )
}

type PlaceProps = { kind: PlaceKind; measure: Measure; filter: PlaceFilter }

function Place({ kind, measure, filter }: PlaceProps) {
  const { view, subject, range } = useView()
  const isForeign = kind === 'province' && filter.country !== undefined && !codesOf(filter.country).includes('cn')
  const query = {
    ...subject,
    ...range,
    interval: intervalOf(range, view.zone),
    group_by: kind,
    ...filter,
    ...(kind === 'province' ? { country: 'cn' } : {}),
    ...(view.compare === 'none' ? {} : { compare: view.compare }),
  }
  const answer = useAnswer('/api/v1/usage', query, { everyMs: 60_000, isOn: !isForeign })
  if (isForeign) return <NoProvinces />
  return (
    <Answer of={answer}>{(usage) => <PlaceFigure kind={kind} measure={measure} answer={usage} query={query} />}</Answer>
  )
}

/** Says why there are no provinces, and offers the way back to them. */
function NoProvinces() {
  const text = useWords(placesWords)
  const { filter, drop } = usePlaceFilter()
  return (
    <section className="card" aria-label={text.province}>
      <h2>{text.province}</h2>
      <p>{text.onlyChina}</p>
      <button type="button" className="place-more" onClick={() => drop('country', filter.country)}>
        {text.removeCountry}
      </button>
    </section>
  )
}
