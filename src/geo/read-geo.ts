import { readFile } from 'node:fs/promises'
import { readGeoFile } from './geo-file.ts'
import { rangeLines } from './range-lines.ts'

/** A file's ranges as lines; runs in a reader process. @throws GeoFileError */
export async function* readGeo(path: string, name: string): AsyncGenerator<Uint8Array> {
  yield* rangeLines(readGeoFile(await readFile(path), name))
}
