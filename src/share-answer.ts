/**
 * Shares one answer among all callers while it is made, and for `keptMs` after. After a failure the next caller makes
 * it anew.
 */
export function shareAnswer<T>(make: () => Promise<T>, keptMs: number): () => Promise<T> {
  let shared: { answer: Promise<T>; untilMs: number } | null = null
  return () => {
    if (shared && Date.now() < shared.untilMs) return shared.answer
    const made = { answer: make(), untilMs: Number.POSITIVE_INFINITY }
    shared = made
    const keepFor = (ms: number) => () => {
      made.untilMs = Date.now() + ms
    }
    made.answer.then(keepFor(keptMs), keepFor(0))
    return made.answer
  }
}
