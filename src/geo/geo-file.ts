import { readGeoCsv } from './geo-csv.ts'
import { GeoFileError } from './geo-file-error.ts'
import type { GeoSource } from './geo-versions.ts'
import { looksLikeMmdb, readMmdb, readMmdbHeader } from './mmdb.ts'
import type { Ranges } from './ranges.ts'
import type { Said } from './source-places.ts'
import { looksLikeXdb, readXdb, readXdbHeader } from './xdb.ts'

/** A file of geographic data: its origin, and its ranges in order. */
export type GeoFile = { source: Pick<GeoSource, 'name' | 'covers' | 'date'>; ranges: Ranges<Said> }

/**
 * Reads an ip2region xdb file (structure 2 or 3), a MaxMind database or a CSV table, recognised by its bytes.
 * @param name the file's name, as shown to people
 * @throws GeoFileError at once or while the ranges are read
 */
export function readGeoFile(file: Buffer, name: string): GeoFile {
  if (file.length === 0) throw new GeoFileError('it is empty')
  if (looksLikeMmdb(file)) {
    const { type, ipVersion, builtAtMs } = readMmdbHeader(file)
    const covers = `MMDB ${type}, ${ipVersion === 4 ? 'IPv4' : 'IPv4 and IPv6'}`
    return { source: { name, covers, date: dateOf(builtAtMs) }, ranges: readMmdb(file) }
  }
  if (looksLikeXdb(file)) {
    const { ipVersion, createdAtMs } = readXdbHeader(file)
    return { source: { name, covers: `ip2region, IPv${ipVersion}`, date: dateOf(createdAtMs) }, ranges: readXdb(file) }
  }
  const ranges = readGeoCsv(textOf(file))
  return { source: { name, covers: `CSV, ${ranges.length} networks`, date: '' }, ranges }
}

function textOf(file: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(file)
  } catch {
    throw new GeoFileError('it is not an xdb file, an MMDB file, or text in UTF-8')
  }
}

const dateOf = (timeMs: number): string =>
  timeMs > 0 && timeMs < 8.64e15 ? new Date(timeMs).toISOString().slice(0, 10) : ''
