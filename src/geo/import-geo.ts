import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Database } from '../ports/database/database.ts'
import { sqlFile } from '../ports/warehouse/sql-file.ts'
import type { Warehouse } from '../ports/warehouse/warehouse.ts'
import type { Readers } from '../readers/readers.ts'
import { builtInData } from './built-in-data.ts'
import { createDisagreements } from './disagreements.ts'
import { GeoFileError } from './geo-file-error.ts'
import {
  type AboutGeo,
  currentGeoVersion,
  type GeoSource,
  loadGeoVersion,
  nothingKnown,
  placesOfVersion,
} from './geo-versions.ts'
import { createRegions, prefixLines } from './prefix-lines.ts'
import { readRangeLines } from './range-lines.ts'
import { combine, type Place, type Range, type Ranges } from './ranges.ts'
import { placeOver } from './source-places.ts'

const orderedNetworks = sqlFile(import.meta.url, './ordered-networks.sql')

type BuiltInDeps = { database: Database; warehouse: Warehouse; spoolDirectory: string }
export type ImportDeps = BuiltInDeps & { readers: Readers }

/** A file to import, with its details from the operator. */
export type ImportedFile = { path: string; name: string; licence: string; attribution: string }

/**
 * Makes a new version: the file's data, over those in use. Where the file omits a detail, for example the carrier, the
 * known one stays if the country is the same.
 * @throws GeoFileError when the file cannot be used, and nothing changes then
 */
export async function importGeoFile(deps: ImportDeps, file: ImportedFile, signal: AbortSignal): Promise<number> {
  const job = { kind: 'geo', from: { path: file.path }, name: file.name } as const
  const { source, ranges } = await readRangeLines(deps.readers.run(job, { lane: 'geo', turnOf: '', signal }))
  const current = await currentGeoVersion(deps.warehouse)
  const known = current ? knownRanges(deps.warehouse, current.version, signal) : []
  const disagreements = createDisagreements(file.name, current?.name ?? '')
  const merged = combine(ranges, known, (words, before, first, last) => {
    const place = placeOver(words, before)
    if (words && before && place) disagreements.compare(place, before, first, last)
    return place
  })
  const said: GeoSource = { ...source, licence: file.licence, attribution: file.attribution }
  const before = (current?.sources ?? []).filter((one) => one.name !== said.name)
  const { countryDates, disagreements: disputed } = current?.about ?? nothingKnown
  const about = () => ({
    name: `import of ${file.name}`,
    sources: [said, ...before],
    // A file may be of a part of all addresses, so the dates of the countries stay.
    about: {
      countryDates,
      disagreements: [...disagreements.found(), ...disputed.filter(({ newer }) => newer !== file.name)],
    },
  })
  return await loadRanges(deps, merged, about, signal)
}

/** Restores the data that came with the program. */
export const loadBuiltIn = async (deps: BuiltInDeps, signal: AbortSignal): Promise<number> =>
  await loadGeoVersion(deps, await builtInData(), signal)

/**
 * Loads ranges as a new version.
 * @param aboutOf is called after the last range, before anything is loaded; what it throws leaves all as it was
 */
export async function loadRanges(
  deps: BuiltInDeps,
  ranges: Ranges<Place>,
  aboutOf: () => { name: string; sources: GeoSource[]; about: AboutGeo },
  signal: AbortSignal,
): Promise<number> {
  const path = join(deps.spoolDirectory, `${randomUUID()}.geo`)
  const regions = createRegions()
  const count = { networks: 0 }
  try {
    const chunks = Readable.from(inChunks(prefixLines(ranges, regions), count), { objectMode: false })
    await pipeline(chunks, createWriteStream(path, { mode: 0o600, flags: 'wx' }), { signal })
    const content = { path, compression: 'none' as const }
    return await loadGeoVersion(
      deps,
      { ...aboutOf(), networks: count.networks, places: regions.places, content },
      signal,
    )
  } finally {
    await unlink(path).catch(() => undefined)
  }
}

const chunkLength = 65_536
/** A range may expand to 254 networks; beyond this bound the dictionary exceeds the engine's memory. */
const networksMax = 30_000_000

/** Pauses between chunks, so that the server can answer requests. */
async function* inChunks(lines: AsyncIterable<string>, count: { networks: number }) {
  let chunk = ''
  for await (const line of lines) {
    count.networks += 1
    if (count.networks > networksMax) throw new GeoFileError(`it makes more than ${networksMax} networks`)
    chunk += line
    if (chunk.length < chunkLength) continue
    yield chunk
    chunk = ''
    await new Promise((resolve) => setImmediate(resolve))
  }
  if (chunk !== '') yield chunk
}

/** The ranges of the current version, in order, streamed. */
export async function* knownRanges(
  warehouse: Warehouse,
  version: number,
  signal: AbortSignal,
): AsyncGenerator<Range<Place>> {
  const places = await placesOfVersion(warehouse, version)
  const { stream } = await warehouse.bytes(
    orderedNetworks,
    { version },
    { queryId: `fluxport-geo-read-${randomUUID()}`, signal },
  )
  for await (const line of createInterface({ input: stream })) {
    const [firstText = '', bits, region] = line.split('\t')
    const first = BigInt(firstText)
    const value = places[Number(region)]
    if (!value) throw new Error(`geographic data: version ${version} has no region ${region}`)
    yield { first, last: first + (1n << BigInt(128 - Number(bits))) - 1n, value }
  }
}
