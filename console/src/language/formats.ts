import type { Integer } from '../api/exact-json.ts'
import { type Language, useLanguage } from './language.ts'

type Figure = Integer | null | undefined
const none = '–'
const locales = { zh: 'zh-CN', en: 'en-GB' } as const

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB']
const bitUnits = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s', 'Pbit/s']
const unitStep = 1000

/** Ways to write figures for a person. A figure that is not known is a dash, never zero. */
export type Formats = {
  /** Bytes in steps of 1000 with their unit, as the bill and the commands write them. */
  bytes(value: Figure): string
  /** Bit/s in steps of 1000, with their unit. */
  bits(value: Figure): string
  /** A whole number, grouped, every digit. */
  count(value: Figure): string
  /** A part of one as percent. */
  share(value: number | null | undefined): string
  /** Date and time to the minute in a zone. @param timeMs unix ms */
  time(timeMs: number | null | undefined, zone: string): string
  date(timeMs: number | null | undefined, zone: string): string
}

const numberFormats = new Map<string, Intl.NumberFormat>()
function numberFormat(language: Language, digits: number): Intl.NumberFormat {
  const key = `${language} ${digits}`
  const kept = numberFormats.get(key)
  if (kept) return kept
  const made = new Intl.NumberFormat(locales[language], { maximumFractionDigits: digits })
  numberFormats.set(key, made)
  return made
}

function scaled(language: Language, value: Figure, units: readonly string[]): string {
  if (value === null || value === undefined) return none
  let [rest, unit] = [Number(value), 0]
  while (Math.abs(rest) >= unitStep && unit < units.length - 1) {
    rest /= unitStep
    unit += 1
  }
  return `${numberFormat(language, unit === 0 ? 0 : 2).format(rest)} ${units[unit]}`
}

const timeFormats = new Map<string, Intl.DateTimeFormat>()
function timeFormat(zone: string): Intl.DateTimeFormat {
  const kept = timeFormats.get(zone)
  if (kept) return kept
  const made = new Intl.DateTimeFormat('en-CA', {
    ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' },
    ...{ hour: '2-digit', minute: '2-digit' },
  })
  timeFormats.set(zone, made)
  return made
}

/** Year, month, day, hour and minute in a zone, as `2026-09-17 08:05`: the files write times so, too. */
export function localTime(timeMs: number, zone: string): string {
  const parts = Object.fromEntries(
    timeFormat(zone)
      .formatToParts(timeMs)
      .map(({ type, value }) => [type, value]),
  )
  return `${parts['year']}-${parts['month']}-${parts['day']} ${parts['hour']}:${parts['minute']}`
}

const formatsOf = (language: Language): Formats => ({
  bytes: (value) => scaled(language, value, byteUnits),
  bits: (value) => scaled(language, value, bitUnits),
  count: (value) => (value === null || value === undefined ? none : numberFormat(language, 0).format(value)),
  share: (value) =>
    value === null || value === undefined ? none : `${numberFormat(language, 2).format(value * 100)} %`,
  time: (timeMs, zone) => (timeMs === null || timeMs === undefined ? none : localTime(timeMs, zone)),
  date: (timeMs, zone) => (timeMs === null || timeMs === undefined ? none : localTime(timeMs, zone).slice(0, 10)),
})

const kept = { zh: formatsOf('zh'), en: formatsOf('en') }

/** The formats of the person's language; the same object as long as that stays. */
export const useFormats = (): Formats => kept[useLanguage()]
