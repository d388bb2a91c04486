import { formatAddress, ipv4Base, ipv4Last, parseAddress } from './address.ts'
import { GeoFileError } from './geo-file-error.ts'
import type { Range } from './ranges.ts'
import type { Said } from './source-places.ts'

/** Bound on rows, which are sorted in memory. */
const rowsMax = 5_000_000
const lineCharactersMax = 4_096

type Row = Range<Said> & { line: number }

/**
 * Reads a table `network,country[,province[,carrier]]` or `first,last,country[,province[,carrier]]`, with or without a
 * title line, in any order. Countries, provinces and carriers are codes or names.
 * @returns its ranges in order
 * @throws GeoFileError naming the line
 */
export function readGeoCsv(text: string): Range<Said>[] {
  const rows: Row[] = []
  const known = new Map<string, Said>()
  let index = -1
  for (const line of linesOf(text)) {
    index += 1
    const cells = cellsOf(line)
    if (cells.every((cell) => cell === '')) continue
    const row = rowOf(cells, index + 1, known)
    if (row) rows.push(row)
    else if (index > 0) throw wrong(index + 1, 'it does not begin with a network or an address')
    if (rows.length > rowsMax) throw new GeoFileError(`it has more than ${rowsMax} networks`)
  }
  if (rows.length === 0) throw new GeoFileError('it is not an xdb or MMDB file, and has no line network,country')
  rows.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : a.line - b.line))
  for (const [index, row] of rows.entries()) {
    const before = rows[index - 1]
    if (before && before.last >= row.first)
      throw wrong(row.line, `${formatAddress(row.first)} is in line ${before.line} too`)
  }
  return rows
}

/** Yields lines one by one: a list of all lines would take more memory than the text. @throws GeoFileError */
function* linesOf(text: string): Generator<string> {
  for (let start = 0, line = 1; start <= text.length; line++) {
    const found = text.indexOf('\n', start)
    const end = found < 0 ? text.length : found
    if (end - start > lineCharactersMax) throw wrong(line, `it is longer than ${lineCharactersMax} characters`)
    yield text.slice(start, end)
    start = end + 1
  }
}

/** Splits a line into cells; quotes around a cell are removed. */
function cellsOf(line: string): string[] {
  const cells: string[] = []
  for (let start = 0; start <= line.length; ) {
    const quoteEnd = line[start] === '"' ? closingQuote(line, start) : -1
    const comma = line.indexOf(',', Math.max(start, quoteEnd))
    const end = comma < 0 ? line.length : comma
    cells.push(unquoted(line.slice(start, end)))
    start = end + 1
  }
  return cells
}

/** The position of the quote that closes a cell; -1: the opening quote is plain text, and a comma ends the cell. */
function closingQuote(line: string, start: number): number {
  for (let at = line.indexOf('"', start + 1); at >= 0; at = line.indexOf('"', at + 2)) {
    if (line[at + 1] !== '"') return [',', '\r', undefined].includes(line[at + 1]) ? at : -1
  }
  return -1
}

function unquoted(cell: string): string {
  const text = cell.trim()
  const from = text.startsWith('"') ? 1 : 0
  const to = text.length > from && text.endsWith('"') ? text.length - 1 : text.length
  return text.slice(from, to).replaceAll('""', '"')
}

/** Null when the line does not begin with an address. */
function rowOf(cells: string[], line: number, known: Map<string, Said>): Row | null {
  const network = networkOf(cells[0] ?? '', line)
  const first = network?.first ?? parseAddress(cells[0] ?? '')
  if (first === null) return null
  const last = network?.last ?? parseAddress(cells[1] ?? '')
  if (last === null) throw wrong(line, 'its second cell is not an address')
  const isIpv4 = (address: bigint) => address >= ipv4Base && address <= ipv4Last
  if (last < first || isIpv4(first) !== isIpv4(last)) throw wrong(line, 'its last address comes before its first')
  const [country = '', province = '', carrier = ''] = cells.slice(network ? 1 : 2)
  if (country === '' && carrier === '') throw wrong(line, 'it says no country')
  const key = `${country}\0${province}\0${carrier}`
  const value = known.get(key) ?? { country, province, carrier }
  known.set(key, value)
  return { first, last, value, line }
}

function networkOf(text: string, line: number): { first: bigint; last: bigint } | null {
  const [address = '', bitsText] = text.split('/')
  if (bitsText === undefined) return null
  const first = parseAddress(address)
  if (first === null) return null
  const width = address.includes(':') ? 128 : 32
  const bits = /^\d{1,3}$/.test(bitsText) ? Number(bitsText) : Number.NaN
  if (!(bits <= width)) throw wrong(line, `${text} is not a network`)
  const size = 1n << BigInt(width - bits)
  if (first % size !== 0n) throw wrong(line, `${text} has bits beyond its prefix`)
  return { first, last: first + size - 1n }
}

const wrong = (line: number, problem: string) => new GeoFileError(`line ${line}: ${problem}`)
