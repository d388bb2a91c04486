import { formatAddress, ipv4Base, ipv4Last, parseAddress } from './address.ts'
import { GeoFileError } from './geo-file-error.ts'
import type { Range } from './ranges.ts'
import type { Said } from './source-places.ts'

/** A table of networks is held in memory while it is put in order. */
const rowsMax = 5_000_000

type Row = Range<Said> & { line: number }

/**
 * A table `network,country[,province[,carrier]]` or `first,last,country[,province[,carrier]]`, with or without a line of
 * titles, in any order. Countries, provinces and carriers are codes or names.
 * @returns its ranges in order
 * @throws GeoFileError naming the line
 */
export function readGeoCsv(text: string): Range<Said>[] {
  const rows: Row[] = []
  const known = new Map<string, Said>()
  for (const [index, line] of text.split('\n').entries()) {
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

/** Cells of a line; quotes around a cell are no part of it. */
const cellsOf = (line: string): string[] =>
  [...line.replace(/\r$/, '').matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)]
    .map(([, cell = '']) => cell.replace(/^\s*"?|"?\s*$/g, '').replaceAll('""', '"'))
    .slice(0, -1)

/** Null when the line begins with no address. */
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
