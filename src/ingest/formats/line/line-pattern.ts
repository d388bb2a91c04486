/**
 * Recognises a line of a format. Lines come from outside, so the time must be proportional to the line's length,
 * whatever it contains. An expression must not have two adjacent repetitions that may take the same characters. Where
 * anything may stand between two parts, the parts are searched one after the other (`inOrder`).
 */
export type LinePattern = { test(line: string): boolean }

/**
 * Matches a line that contains the parts in this order, with anything between them. `A.*B.*C` matches the same, but
 * tries every B for every A. The first match of each part suffices: a match after a later one is also after the first.
 * @param parts no part may begin inside another match of itself
 */
export function inOrder(...parts: readonly RegExp[]): LinePattern {
  const searched = parts.map((part) => new RegExp(part.source, 'g'))
  return {
    test: (line) => {
      let at = 0
      for (const part of searched) {
        part.lastIndex = at
        if (!part.test(line)) return false
        at = part.lastIndex
      }
      return true
    },
  }
}
