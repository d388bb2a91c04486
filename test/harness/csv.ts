/** The rows of a CSV file of RFC 4180, with either line end. @throws Error when a quote does not end */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = []
  const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r?\n|$)/y
  let row: string[] = []
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex
    const [, raw = '', end = ''] = cell.exec(text) ?? []
    if (cell.lastIndex === 0) throw new Error(`not CSV at ${at}: ${text.slice(at, at + 60)}`)
    row.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw)
    if (end === ',') continue
    rows.push(row)
    row = []
  }
  return rows
}
