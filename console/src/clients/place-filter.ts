import { useSearch } from 'wouter'
import { useChanges } from '../view/use-choice.ts'
import { type PlaceKind, placeKinds } from './place-names.ts'

/** The clients that count: codes of the API with commas between them. A kind without codes is not filtered by. */
export type PlaceFilter = Partial<Record<PlaceKind, string>>

export type PlaceFilterState = {
  filter: PlaceFilter
  /** Counts the clients of one place alone. */
  pick(kind: PlaceKind, code: string): void
  /** Counts the clients without regard to this code; without a kind, all clients. */
  drop(kind?: PlaceKind, code?: string): void
}

/** The filter by places of clients, which stands in the address. */
export function usePlaceFilter(): PlaceFilterState {
  const query = new URLSearchParams(useSearch())
  const change = useChanges()
  const filter: PlaceFilter = Object.fromEntries(
    placeKinds.flatMap((kind) => (query.get(kind) ? [[kind, query.get(kind)]] : [])),
  )
  // Provinces are of China: the API takes them with country=cn or none.
  const pick = (kind: PlaceKind, code: string) =>
    change({ [kind]: code, ...(kind === 'country' && code !== 'cn' ? { province: '' } : {}) })
  const drop = (kind?: PlaceKind, code?: string) => {
    if (kind === undefined) return change(Object.fromEntries(placeKinds.map((one) => [one, ''])))
    const rest = codesOf(filter[kind]).filter((one) => one !== code)
    return change({ [kind]: rest.join(',') })
  }
  return { filter, pick, drop }
}

/** The codes of one kind of a filter. */
export const codesOf = (text: string | undefined): string[] => (text ?? '').split(',').filter((code) => code !== '')
