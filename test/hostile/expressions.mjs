import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where an expression may begin: behind these a slash is no division. */
const literal =
  /(?<=(?:[(,=:[!&|?{};>]|\breturn|^)\s*)\/(?![*/])((?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/([dgimsuvy]*)/gm

/**
 * Every regular expression that stands in the source as such: which of them touches text from outside is nobody's to say,
 * so that all of them have to hold.
 * @param {string} directory
 * @returns {{ place: string, source: string, flags: string }[]}
 */
export function expressionsIn(directory) {
  const found = []
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || /\.(test|contract)\.ts$/.test(name)) continue
    const text = readFileSync(join(directory, name), 'utf8').replaceAll(/^\s*(\/\/|\/?\*).*$/gm, '')
    for (const [, source = '', flags = ''] of text.matchAll(literal)) {
      try {
        new RegExp(source, flags)
        found.push({ place: name, source, flags })
      } catch {
        // a path in a text, say
      }
    }
  }
  return found
}
