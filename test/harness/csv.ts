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

const formula = /^[=+\-@＝＋－＠]/
const isPlainNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** A text as CSV must have it: an apostrophe wherever somebody's cell may begin with what is no number and may be run. */
export function guardedText(text: string): string {
  const [first = '', ...others] = text.split(/(?<=[;\t|\r\n])/)
  const isRisky = (formula.test(text) || /^[\t\r\n]/.test(text)) && !isPlainNumber.test(text)
  const guarded = others.map((piece) => (formula.test(piece.replace(/^"+/, '')) ? `'${piece}` : piece))
  return [isRisky ? `'${first}` : first, ...guarded].join('')
}

/** The cells of a CSV file as a reader has them that separates by something else, line after line. */
export function cellsBetween(separator: string, text: string): string[] {
  const cells: string[] = []
  for (let at = 0; at <= text.length; at++) {
    let cell = ''
    if (text[at] === '"') {
      for (at++; at < text.length && (text[at] !== '"' || text[at + 1] === '"'); at++) {
        if (text[at] === '"') at++
        cell += text[at]
      }
      at++
    }
    for (; at < text.length && text[at] !== separator && text[at] !== '\r' && text[at] !== '\n'; at++) cell += text[at]
    cells.push(cell)
  }
  return cells
}
