import { type KeyboardEvent, useRef, useState } from 'react'
import { useLanguage, useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { DayCell } from './day-cell.tsx'
import { type CalendarDay, daysOf } from './month-days.ts'
import type { DeliveryDay } from './use-deliveries.ts'
import { completenessWords } from './words.ts'

type Props = { month: string; days: readonly DeliveryDay[]; onOpen(day: DeliveryDay): void }

const steps: Record<string, [number, number]> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  Home: [0, -31],
  End: [0, 31],
}

/** Days and domains as a table of coloured, lettered cells. One cell is in the order of Tab; arrows move to others. */
export function HeatMap({ month, days, onOpen }: Props) {
  const text = useWords(completenessWords)
  const calendar = daysOf(month, useLanguage())
  const table = useRef<HTMLTableElement>(null)
  const [at, move] = useState<[number, number]>([0, 0])
  const byDomain = groupedByDomain(days)
  const lastIndex = calendar.findLastIndex(({ date }) => days.some((day) => day.date === date))
  const press = (event: KeyboardEvent) => {
    const step = steps[event.key]
    if (!step) return
    event.preventDefault()
    const row = Math.min(byDomain.size - 1, Math.max(0, at[0] + step[0]))
    const column = Math.min(lastIndex, Math.max(0, at[1] + step[1]))
    move([row, column])
    table.current?.querySelector<HTMLElement>(`[data-cell="${row} ${column}"]`)?.focus()
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by the keyboard
    <section className="table-box heat-box" aria-label={text.calendar(month)} tabIndex={0}>
      <table className="heat" ref={table}>
        <caption className="unseen">{text.calendar(month)}</caption>
        <Head calendar={calendar} />
        <tbody>
          {[...byDomain].map(([name, ofDomain], row) => (
            <tr key={name}>
              <RowHead name={name} />
              {calendar.map((day, column) => (
                <DayCell
                  key={day.date}
                  day={ofDomain.get(day.date)}
                  dayName={day.name}
                  place={`${row} ${column}`}
                  isInOrder={at[0] === row && at[1] === column}
                  onFocus={() => move([row, column])}
                  onPress={press}
                  onOpen={onOpen}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** The days of each domain, by date. */
function groupedByDomain(days: readonly DeliveryDay[]): Map<string, Map<string, DeliveryDay>> {
  const byDomain = new Map<string, Map<string, DeliveryDay>>()
  for (const day of days) {
    const ofDomain = byDomain.get(day.domain_name) ?? new Map<string, DeliveryDay>()
    byDomain.set(day.domain_name, ofDomain.set(day.date, day))
  }
  return byDomain
}

function Head({ calendar }: { calendar: readonly CalendarDay[] }) {
  const text = useWords(completenessWords)
  return (
    <thead>
      <tr>
        <th scope="col">{text.domain}</th>
        {calendar.map((day) => (
          <th key={day.date} scope="col" className={day.isWeekend ? 'heat-weekend' : ''}>
            <span className="unseen">{day.name}</span>
            <span aria-hidden="true">
              {day.weekday}
              <br />
              {day.number}
            </span>
          </th>
        ))}
      </tr>
    </thead>
  )
}

/** The name of a domain; a press shows it alone. */
function RowHead({ name }: { name: string }) {
  const text = useWords(completenessWords)
  const { view, change } = useView()
  const isAlone = view.domains.length === 1
  return (
    <th scope="row">
      {isAlone ? (
        <span>{name}</span>
      ) : (
        <button
          type="button"
          className="link"
          title={text.onlyDomain(name)}
          onClick={() => change({ domains: [name] })}
        >
          {name}
        </button>
      )}
    </th>
  )
}
