// How a page of the documentation is written between its markers, and how tables are laid out.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const root = new URL('../../', import.meta.url)

/** A cell of a table: a bar would end it, and an angle bracket would begin a tag. */
export const cell = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
const row = (cells) => `| ${cells.join(' | ')} |`
export const table = (header, rows) => [row(header), row(header.map(() => '---')), ...rows.map(row)].join('\n')

/**
 * Puts `content` between a page's markers `<!-- name -->` and `<!-- /name -->`.
 * @param checks compares, and writes nothing
 * @returns what is wrong, or null
 */
export function writeBlock({ path, name, content, checks }) {
  const file = new URL(path, root)
  if (!existsSync(file)) return `${path} is missing`
  const text = readFileSync(file, 'utf8')
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [from, to] = [text.indexOf(open), text.indexOf(close)]
  if (from < 0 || to < from) return `${path} has no ${open} … ${close}`
  const written = `${text.slice(0, from + open.length)}\n${content}\n${text.slice(to)}`
  if (written === text) return null
  if (checks) return `${path} is not what the code says: run node scripts/write-docs.mjs`
  writeFileSync(file, written)
  return null
}
