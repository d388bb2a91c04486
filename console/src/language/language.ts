import { createContext, useContext } from 'react'

export type Language = 'zh' | 'en'

/** A text, or one with parts that are put in. */
type Text = string | ((...parts: string[]) => string)
type Dictionary = Record<string, Text>

/** Keys and kinds of texts of the English dictionary; the Chinese one must have the same. */
type Alike<D extends Dictionary> = { [K in keyof D]: D[K] extends string ? string : D[K] }
export type Words<D extends Dictionary> = { en: D; zh: Alike<D> }

/** The texts of a room, in both languages. A key that one of them lacks is an error of types. */
export const words = <const D extends Dictionary>(en: D, zh: Alike<D>): Words<D> => ({ en, zh })

const storageKey = 'fluxport.language'

/** The person's choice, else the browser's: Chinese where it asks for Chinese. */
export function initialLanguage(): Language {
  const chosen = localStorage.getItem(storageKey)
  if (chosen === 'zh' || chosen === 'en') return chosen
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

export const keepLanguage = (language: Language): void => localStorage.setItem(storageKey, language)

export const LanguageContext: React.Context<Language> = createContext<Language>('en')
export const useLanguage = (): Language => useContext(LanguageContext)

/** The texts of a room in the person's language. */
export const useWords = <D extends Dictionary>(both: Words<D>): Alike<D> => both[useLanguage()] as Alike<D>
