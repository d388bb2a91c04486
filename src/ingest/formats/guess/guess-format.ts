import { wrappings } from '../wrapping/known-wrappings.ts'
import { guessMapping } from './guess-mapping.ts'
import { guessPattern } from './guess-pattern.ts'

/** An entry of the file of `--formats`. */
export type GuessedEntry = { name: string; nginx?: string; json?: Record<string, string>; ignore?: string[] }

/** A proposal, and notes on its sizes, which are billed. */
export type Guess = { entry: GuessedEntry; notes: string[] }

/** Number of lines that are looked at. */
const linesMax = 200

/**
 * Proposes a format for lines of no known one, by the form of their values. It is a proposal: a person reads lines with
 * it before a bill is made of them.
 * @param lines in Latin-1
 * @returns null when the lines have no common form
 */
export function guessFormat(lines: readonly string[], name = 'mine'): Guess | null {
  const sample = unwrapped(unwrapped(lines.map((line) => line.trimEnd()).filter((line) => line !== ''))).slice(
    0,
    linesMax,
  )
  if (sample.length === 0) return null
  const json = guessMapping(sample.map((line) => Buffer.from(line, 'latin1').toString()))
  if (json) return { entry: { name, json: json.mapping }, notes: json.notes }
  const pattern = guessPattern(sample)
  if (!pattern) return null
  const { nginx, ignore, notes } = pattern
  return { entry: { name, nginx, ...(ignore.length > 0 ? { ignore } : {}) }, notes }
}

/** The lines within the wrapping that most of them have. */
function unwrapped(lines: readonly string[]): readonly string[] {
  for (const wrapping of wrappings) {
    const within = lines.flatMap((line) => wrapping.unwrapped(line) ?? [])
    if (within.length * 2 > lines.length) return within
  }
  return lines
}
