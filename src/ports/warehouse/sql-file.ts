import { readFileSync } from 'node:fs'

/**
 * Reads a statement from its own file beside the module that uses it.
 * @param moduleUrl the caller's `import.meta.url`
 */
export const sqlFile = (moduleUrl: string, name: string): string =>
  readFileSync(new URL(name, moduleUrl), 'utf8').trim()

/**
 * Fills a statement's `/*name*\/` slots with other SQL of the program. Slots take only SQL from closed sets: values are
 * bound.
 * @throws Error when the statement has no such slot: a bug here, not bad input
 */
export function fillSlots(sql: string, slots: Record<string, string>): string {
  let filled = sql
  for (const [name, content] of Object.entries(slots)) {
    const slot = `/*${name}*/`
    if (!filled.includes(slot)) throw new Error(`the statement has no slot ${name}`)
    filled = filled.replaceAll(slot, () => content)
  }
  return filled
}
