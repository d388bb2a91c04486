import { useCallback } from 'react'
import { useLocation, useSearch } from 'wouter'

/** A page's own choice in the address: one of a list, the first by default. */
export function useChoice<const C extends string>(name: string, choices: readonly C[]): [C, (choice: C) => void] {
  const [text, change] = useText(name)
  const chosen = choices.find((choice) => choice === text) ?? (choices[0] as C)
  return [chosen, (choice) => change(choice === choices[0] ? '' : choice)]
}

/** A page's own text in the address; empty where there is none. */
export function useText(name: string): [string, (text: string) => void] {
  const search = useSearch()
  const change = useChanges()
  return [new URLSearchParams(search).get(name) ?? '', useCallback((text) => change({ [name]: text }), [change, name])]
}

/** Changes several texts of the address in one step; an empty one leaves it. */
export function useChanges(): (texts: Record<string, string>) => void {
  const search = useSearch()
  const [path, go] = useLocation()
  return useCallback(
    (texts) => {
      const query = new URLSearchParams(search)
      for (const [name, text] of Object.entries(texts)) {
        if (text === '') query.delete(name)
        else query.set(name, text)
      }
      go(`${path}?${query}`)
    },
    [go, path, search],
  )
}
