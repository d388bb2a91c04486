import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { GeoData, GeoSource } from './geo-versions.ts'
import type { Place } from './ranges.ts'

const directory = new URL('../../data/geo/', import.meta.url)

type About = { name: string; sources: GeoSource[]; networks: number; regions: string[] }

/** The data that come with the program; scripts/build-geo-data.mjs makes them, see NOTICE. */
export async function builtInData(): Promise<GeoData> {
  const about = JSON.parse(await readFile(new URL('about.json', directory), 'utf8')) as About
  return {
    ...about,
    places: about.regions.map(placeOfText),
    content: { path: fileURLToPath(new URL('networks.gz', directory)), compression: 'gzip' },
  }
}

function placeOfText(text: string): Place {
  const [country = '', province = '', carrier = ''] = text.split('|')
  return { country, province, carrier }
}
