import { type Language, useLanguage } from '../../language/language.ts'

const locales = { zh: 'zh-CN', en: 'en-GB' } as const

/** A day of the calendar: its date, its number, and names of it. */
export type CalendarDay = { date: string; number: string; weekday: string; name: string; isWeekend: boolean }

/** All days of a month such as 2026-09. */
export function daysOf(month: string, language: Language): CalendarDay[] {
  const [year = 0, number = 1] = month.split('-').map(Number)
  const length = new Date(Date.UTC(year, number, 0)).getUTCDate()
  const narrow = new Intl.DateTimeFormat(locales[language], { weekday: 'narrow', timeZone: 'UTC' })
  return Array.from({ length }, (_none, index) => {
    const day = new Date(Date.UTC(year, number - 1, index + 1))
    const date = day.toISOString().slice(0, 10)
    const isWeekend = [0, 6].includes(day.getUTCDay())
    return { date, number: String(index + 1), weekday: narrow.format(day), name: dayName(date, language), isWeekend }
  })
}

const dayName = (date: string, language: Language): string =>
  new Intl.DateTimeFormat(locales[language], { dateStyle: 'full', timeZone: 'UTC' }).format(new Date(`${date}T00:00Z`))

/** The name of a day such as 2026-09-17 in the person's language, with its weekday. */
export function useDayName(): (date: string) => string {
  const language = useLanguage()
  return (date) => dayName(date, language)
}
