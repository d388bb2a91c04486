import type { FileTable } from '../file-format.ts'

/** Cells as the engine writes them: TabSeparated, whose escapes are still there. */
export type Row = string[]

/** A table's rows in pieces of some hundred, of which what does not fit a sheet is put back for the next. */
export type Rows = {
  next(): Promise<Row[] | null>
  putBack(rows: Row[]): void
  isAtEnd(): Promise<boolean>
  /** Lets go of what was not read. */
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

/** A cell without a value, as the engine writes it. */
export const nothing = '\\N'

const escapes: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', 0: '\0' }

/** A text as it was before the engine wrote it: an escape is a backslash and a character. */
export const unescaped = (cell: string): string =>
  cell.includes('\\') ? cell.replaceAll(/\\(.)/gs, (_, character: string) => escapes[character] ?? character) : cell

/** Rows as they come out of the engine's bytes. */
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
