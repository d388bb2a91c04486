import { states } from '../../figure/state-strip.tsx'
import { figureWords } from '../../figure/words.ts'
import { useWords } from '../../language/language.ts'
import { signs } from './day-state.ts'
import { completenessWords } from './words.ts'

/** The meaning of the cells' letters, colours and signs. */
export function Legend() {
  const text = useWords(completenessWords)
  const stateText = useWords(figureWords)
  return (
    <div className="heat-legend">
      <ul aria-label={text.legend}>
        {states.map((state) => (
          <li key={state} title={stateText[`${state}Hint`]}>
            <span className={`heat-day heat-${state}`} aria-hidden="true">
              {text[`letter_${state}`]}
            </span>
            {stateText[state]}
          </li>
        ))}
        {signs.map(({ name, sign }) => (
          <li key={name}>
            <span className="heat-sign" aria-hidden="true">
              {sign}
            </span>
            {text[name]}
          </li>
        ))}
      </ul>
      <p className="quiet">{text.worst}</p>
    </div>
  )
}
