import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { GeoFileError } from './geo-file-error.ts'
import { currentGeoVersion, type GeoSource, nothingKnown } from './geo-versions.ts'
import { type ImportDeps, knownRanges, loadRanges } from './import-geo.ts'
import { asGeoFileError, readRangeLines } from './range-lines.ts'
import { combine, type Place, type Ranges } from './ranges.ts'
import { createUpdateStep } from './update-step.ts'

/** Whole files of geographic data, with details from the operator. `sha256` of a file in hexadecimal. */
export type GeoUpdate = {
  files: readonly { path: string; name: string; sha256: string }[]
  licence: string
  attribution: string
}

/** A file whose ranges lie as lines at `linesPath`. */
type ReadFile = { source: GeoSource; linesPath: string }

/**
 * Makes one new version of files and the data in use: the files in the order of their dates, so that the newest
 * decides. A file older than the countries in use adds provinces and carriers where it says the same country.
 * @returns the version in use
 * @throws GeoFileError naming the file that is broken or too small, and nothing changes then
 */
export async function updateGeo(deps: ImportDeps, update: GeoUpdate, signal: AbortSignal): Promise<number> {
  const current = await currentGeoVersion(deps.warehouse)
  const isInUse = (sha256: string) => current?.sources.some((one) => one.sha256 === sha256) ?? false
  if (current && update.files.every(({ sha256 }) => isInUse(sha256))) return current.version
  const read: ReadFile[] = []
  try {
    for (const file of update.files) read.push(await readFile(deps, file, update, signal))
    const { countryDates, disagreements: disputed } = current?.about ?? nothingKnown
    let before = current?.name ?? ''
    let ranges: Ranges<Place> = current ? knownRanges(deps.warehouse, current.version, signal) : []
    const steps: ReturnType<typeof createUpdateStep>[] = []
    for (const { source, linesPath } of read.toSorted((a, b) => dateOrder(a).localeCompare(dateOrder(b)))) {
      const step = createUpdateStep(source, countryDates, before)
      ranges = combine(linesOf(linesPath), ranges, step.merge)
      steps.push(step)
      before = source.name
    }
    const files = read.map(({ source }) => source)
    return await loadRanges(
      deps,
      ranges,
      () => ({
        name: `update of ${files.map(({ name }) => name).join(', ')}`,
        sources: [...files, ...(current?.sources ?? []).filter((one) => !files.some((file) => isSuccessor(file, one)))],
        about: {
          disagreements: [
            ...steps.flatMap((step) => step.disagreements()),
            ...disputed.filter(({ family }) => !steps.some((step) => step.touches(family))),
          ],
          countryDates: Object.assign({}, countryDates, ...steps.map((step) => step.datesOfWhole())),
        },
      }),
      signal,
    )
  } finally {
    for (const { linesPath } of read) await unlink(linesPath).catch(() => undefined)
  }
}

/** Undated data count as the newest: the operator named them. */
const dateOrder = ({ source }: ReadFile) => source.date || '9999'

/** A later file of the same name, but for its date. */
const isSuccessor = (file: GeoSource, one: GeoSource) => stemOf(file.name) === stemOf(one.name)
const stemOf = (name: string) => name.replaceAll(/[-_.\d]/g, '')

async function readFile(
  deps: ImportDeps,
  { path, name, sha256 }: GeoUpdate['files'][number],
  { licence, attribution }: GeoUpdate,
  signal: AbortSignal,
): Promise<ReadFile> {
  const linesPath = join(deps.spoolDirectory, `${randomUUID()}.geo`)
  try {
    const job = { kind: 'geo', from: { path }, name } as const
    const lines = Readable.from(deps.readers.run(job, { lane: 'geo', turnOf: '', signal }), { objectMode: false })
    await pipeline(lines, createWriteStream(linesPath, { mode: 0o600, flags: 'wx' }), { signal })
    const { source } = await readRangeLines(createReadStream(linesPath))
    const date = source.date || dateInName(name)
    return { source: { ...source, date, licence, attribution, sha256 }, linesPath }
  } catch (error) {
    await unlink(linesPath).catch(() => undefined)
    const known = asGeoFileError(error)
    throw known instanceof GeoFileError ? new GeoFileError(`${name}: ${known.message}`) : known
  }
}

/** The date in a name like `dbip-country-lite-2026-11.csv`; a month is dated by its first day. */
function dateInName(name: string): string {
  const [, year, month, day = '01'] = /(20\d\d)[-_.]?(0[1-9]|1[0-2])(?:[-_.]?([0-3]\d))?(?!\d)/.exec(name) ?? []
  return year ? `${year}-${month}-${day}` : ''
}

async function* linesOf(path: string) {
  yield* (await readRangeLines(createReadStream(path))).ranges
}
