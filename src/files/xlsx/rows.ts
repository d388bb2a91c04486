import type { FileTable } from '../file-format.ts'
import type { CellValue } from './cells.ts'

/** A table's rows in pieces of some hundred, of which what does not fit a sheet is put back for the next. */
export type Rows = {
  next(): Promise<CellValue[][] | null>
  putBack(rows: CellValue[][]): void
  isAtEnd(): Promise<boolean>
  /** Lets go of what was not read. */
  close(): Promise<void>
}

export function rowsOf(slices: FileTable['slices']): Rows {
  const source = parsedRows(slices)
  let waiting: CellValue[][] | null = null
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

/** Rows as they come out of the engine's bytes: one JSON array a line. */
async function* parsedRows(slices: FileTable['slices']): AsyncGenerator<CellValue[][], null> {
  for await (const { stream } of slices) {
    let rest: Uint8Array[] = []
    for await (const chunk of stream) {
      const end = chunk.lastIndexOf(0x0a)
      if (end >= 0) yield parsed(Buffer.concat([...rest, chunk.subarray(0, end)]))
      rest = end < 0 ? [...rest, chunk] : [chunk.subarray(end + 1)]
    }
    const last = Buffer.concat(rest)
    if (last.length > 0) yield parsed(last)
  }
  return null
}

/** A line has no line end inside: JSON escapes it. */
const parsed = (lines: Buffer): CellValue[][] => JSON.parse(`[${lines.toString('utf8').replaceAll('\n', ',')}]`)
