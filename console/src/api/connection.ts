import { useSyncExternalStore } from 'react'

/** True if the last request reached the server. */
let isReached = true
const listeners = new Set<() => void>()

/** Records whether a request reached the server. */
export function tellReached(reached: boolean): void {
  if (reached === isReached) return
  isReached = reached
  for (const listener of listeners) listener()
}

function listen(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** True while the server answers. */
export const useIsReached = (): boolean => useSyncExternalStore(listen, () => isReached)
