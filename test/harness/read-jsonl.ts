import { type Cell, numberCell, type ReadTable } from './read-table.ts'

/** A string, or a number outside of one: numbers go through JSON.parse as text, as it would round their digits. */
const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g

/**
 * The rows of a JSONL file; titles are the keys.
 * @throws Error when a row has other keys than the first, or they stand in another order, or the last line has no end
 */
export function readJsonl(bytes: Buffer): ReadTable {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line is cut')
  const objects = text.split('\n').slice(0, -1).map(parseRow)
  const titles = Object.keys(objects[0] ?? {})
  const different = objects.find((row) => Object.keys(row).join() !== titles.join())
  if (different) throw new Error(`keys ${Object.keys(different)} instead of ${titles}`)
  return { titles, rows: objects.map((row) => Object.values(row)) }
}

const numberMark = '\ue000'

function parseRow(line: string): Record<string, Cell> {
  const marked = line.replaceAll(stringOrNumber, (token) => (token.startsWith('"') ? token : `"${numberMark}${token}"`))
  return JSON.parse(marked, (_key, value) =>
    typeof value === 'string' && value.startsWith(numberMark) ? numberCell(value.slice(1)) : value,
  )
}
