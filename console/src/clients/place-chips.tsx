import { useWords } from '../language/language.ts'
import { codesOf, usePlaceFilter } from './place-filter.ts'
import { type PlaceKind, placeKinds, usePlaceName } from './place-names.ts'
import { clientWords } from './words.ts'

type Props = {
  /** Kinds that the page's figures can be filtered by. */
  kinds?: readonly PlaceKind[]
}

/** The filter by places as chips: a press removes one. */
export function PlaceChips({ kinds = placeKinds }: Props) {
  const text = useWords(clientWords)
  const nameOf = usePlaceName()
  const { filter, drop } = usePlaceFilter()
  const chips = kinds.flatMap((kind) => codesOf(filter[kind]).map((code) => ({ kind, code })))
  if (chips.length === 0) return null
  return (
    <ul className="chips" aria-label={text.filter}>
      {chips.map(({ kind, code }) => (
        <li key={`${kind} ${code}`}>
          <button
            type="button"
            className="chip"
            aria-label={text.remove(text[kind], nameOf(kind, code))}
            onClick={() => drop(kind, code)}
          >
            <span className="quiet">{text[kind]}</span> {nameOf(kind, code)} <span aria-hidden="true">×</span>
          </button>
        </li>
      ))}
      {chips.length > 1 && (
        <li>
          <button type="button" className="chip" onClick={() => drop()}>
            {text.removeAll}
          </button>
        </li>
      )}
    </ul>
  )
}
