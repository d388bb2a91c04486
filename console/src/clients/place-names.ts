import { carriers, provinces } from '../../../src/statistics/places.ts'
import { type Language, useLanguage } from '../language/language.ts'

/** The properties by which clients are grouped; the API's names. */
export const placeKinds = ['country', 'province', 'isp', 'ip_version'] as const
export type PlaceKind = (typeof placeKinds)[number]

const countryNames = {
  zh: new Intl.DisplayNames('zh-CN', { type: 'region' }),
  en: new Intl.DisplayNames('en-GB', { type: 'region' }),
}

/** A country's name of the browser; a code that is none stays as it is. */
const countryName = (code: string, language: Language): string =>
  /^[a-z]{2}$/.test(code) ? (countryNames[language].of(code.toUpperCase()) ?? code) : code

/** The name of a place or carrier by the API's code. `qita` stands for those that are not known or not listed. */
function placeName(kind: PlaceKind, code: string, language: Language): string {
  if (kind === 'country' && code !== 'qita') return countryName(code, language)
  return (kind === 'isp' ? carriers : provinces)[code]?.[language] ?? code
}

/** Names in the person's language. */
export function usePlaceName(): (kind: PlaceKind, code: string) => string {
  const language = useLanguage()
  return (kind, code) => placeName(kind, code, language)
}
