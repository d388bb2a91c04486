import type { FileTable } from '../file-format.ts'

/** Cells in the engine's form: TabSeparated, still with escapes. */
export type Row = string[]

/** A table's rows in pieces of some hundred. Rows that do not fit a sheet are put back for the next one. */
export type Rows = {
  next(): Promise<Row[] | null>
  putBack(rows: Row[]): void
  isAtEnd(): Promise<boolean>
  /** Closes the source of unread rows. */
  close(): Promise<void>
}

export function rowsOf(slices: FileTable['slices']): Rows {
  const source = parsedRows(slices)
  let waiting: Row[] | null = null
  const next = async () => {
    const rows = waiting ?? (await source.next()).value ?? null
    waiting = null
    return rows
  }
  return {
    next,
    putBack: (rows) => {
      waiting = rows
    },
    isAtEnd: async () => {
      waiting = await next()
      return waiting === null
    },
    close: async () => {
      await source.return(null)
    },
  }
}

/** The engine's form of a cell without a value. */
export const nothing = '\\N'

const escapes: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', 0: '\0' }

/** A text without the engine's escapes: each is a backslash and a character. */
export const unescaped = (cell: string): string =>
  cell.includes('\\') ? cell.replaceAll(/\\(.)/gs, (_, character: string) => escapes[character] ?? character) : cell

/** Parses rows from the engine's bytes. */
async function* parsedRows(slices: FileTable['slices']): AsyncGenerator<Row[], null> {
  for await (const { stream } of slices) {
    let rest: Uint8Array[] = []
    for await (const chunk of stream) {
      const end = chunk.lastIndexOf(0x0a)
      if (end >= 0) yield parsed(Buffer.concat([...rest, chunk.subarray(0, end)]))
      rest = end < 0 ? [...rest, chunk] : [chunk.subarray(end + 1)]
    }
    if (rest.some((piece) => piece.length > 0)) throw new Error('the engine’s last row is cut')
  }
  return null
}

/** Tabs and line ends inside a cell are escaped. Splitting takes a third of the time of parsing JSON. */
const parsed = (lines: Buffer): Row[] =>
  lines
    .toString('utf8')
    .split('\n')
    .map((line) => line.split('\t'))
