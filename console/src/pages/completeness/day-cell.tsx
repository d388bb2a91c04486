import type { KeyboardEvent } from 'react'
import { figureWords } from '../../figure/words.ts'
import { useWords } from '../../language/language.ts'
import { type Mark, marksOf, worstState } from './day-state.ts'
import type { DeliveryDay } from './use-deliveries.ts'
import { completenessWords } from './words.ts'

type Props = {
  /** Without it the day has not begun. */
  day: DeliveryDay | undefined
  dayName: string
  /** Row and column, by which the arrows find the cell. */
  place: string
  isInOrder: boolean
  onFocus(): void
  onPress(event: KeyboardEvent): void
  onOpen(day: DeliveryDay): void
}

/** Signs of a cell have room for this many characters; the gravest comes first. */
const signLength = 3

function fitting(marks: readonly Mark[]): Mark[] {
  const [first, second] = marks
  if (!first) return []
  return second && first.sign.length + second.sign.length <= signLength ? [first, second] : [first]
}

/** A day of a domain: colour, pattern and letter say its state, small signs what else is to be seen. */
export function DayCell({ day, dayName, place, isInOrder, onFocus, onPress, onOpen }: Props) {
  const text = useWords(completenessWords)
  const states = useWords(figureWords)
  const markText = useMarkText()
  if (!day)
    return (
      <td className="heat-none">
        <span className="unseen">{text.notYet}</span>
      </td>
    )
  const state = worstState(day)
  const marks = marksOf(day)
  const label = [states[state], ...marks.map(markText)].join('; ')
  return (
    <td className="heat-cell">
      <button
        type="button"
        className={`heat-day heat-${state}`}
        data-cell={place}
        tabIndex={isInOrder ? 0 : -1}
        title={`${dayName}: ${label}`}
        onFocus={onFocus}
        onKeyDown={onPress}
        onClick={() => onOpen(day)}
      >
        <span className="unseen">{`${day.domain_name}, ${dayName}: ${label}`}</span>
        <span aria-hidden="true">{text[`letter_${state}`]}</span>
        <span aria-hidden="true" className="heat-marks">
          {fitting(marks).map(({ name, sign }) => (
            <span key={name}>{sign}</span>
          ))}
        </span>
      </button>
    </td>
  )
}

/** Says a mark in words, with its number. */
function useMarkText(): (mark: Mark) => string {
  const text = useWords(completenessWords)
  return ({ name, count }) => (count === null ? text[name] : `${text[name]}: ${count}`)
}
