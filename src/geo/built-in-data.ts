import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { AboutGeo, GeoData, GeoSource } from './geo-versions.ts'
import type { Place } from './ranges.ts'

const directory = new URL('../../data/geo/', import.meta.url)

type About = AboutGeo & { name: string; sources: GeoSource[]; networks: number; regions: string[] }

/** The data that come with the program; scripts/build-geo-data.mjs makes them, see NOTICE. */
export async function builtInData(): Promise<GeoData> {
  const text = await readFile(new URL('about.json', directory), 'utf8')
  const { countryDates, disagreements, regions, ...data } = JSON.parse(text) as About
  return {
    ...data,
    about: { countryDates, disagreements },
    places: regions.map(placeOfText),
    content: { path: fileURLToPath(new URL('networks.gz', directory)), compression: 'gzip' },
  }
}

function placeOfText(text: string): Place {
  const [country = '', province = '', carrier = ''] = text.split('|')
  return { country, province, carrier }
}
