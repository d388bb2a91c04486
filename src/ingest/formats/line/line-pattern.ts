/**
 * What tells a line of a format. Lines come from outside, so that looking at one takes time in proportion to its length,
 * whatever stands in it: an expression has no two repetitions beside each other that may take the same characters, and
 * where anything may stand between two parts, the parts are looked for one after the other (`inOrder`).
 */
export type LinePattern = { test(line: string): boolean }

/**
 * Matches a line in which these follow each other, with anything between them: what `A.*B.*C` matches, which tries every B
 * for every A. The first place of each is enough, as whatever follows a later one follows the first as well.
 * @param parts none begins within what another place of it takes
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
