import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { GeoData } from '../../src/geo/geo-versions.ts'
import type { Place } from '../../src/geo/ranges.ts'
import { temporaryDirectory } from './directory.ts'

/** Place of a text like `cn/fujian/dianxin`; what is left out is empty. */
export function place(text: string): Place {
  const [country = '', province = '', carrier = ''] = text.split('/')
  return { country, province, carrier }
}

/** Geographic data of a test's own: networks like `1.2.0.0/16`, disjoint and in order, with their places. */
export async function writeGeoData(networks: Record<string, string>, name = 'of a test') {
  const directory = await temporaryDirectory()
  const places = [...new Set(['qita//qita', ...Object.values(networks)])]
  const lines = Object.entries(networks).map(([network, at]) => `${network.replace('/', ' ')} ${places.indexOf(at)}\n`)
  const path = join(directory.path, 'networks')
  await writeFile(path, lines.join(''))
  const source = { name, covers: 'a few networks', date: '2026-09-01', licence: 'none', attribution: '' }
  const data: GeoData = {
    name,
    sources: [source],
    networks: lines.length,
    about: { countryDates: {}, disagreements: [] },
    places: places.map(place),
    content: { path, compression: 'none' },
  }
  return { data, remove: directory.remove }
}

/** The same, for the running test. */
export async function geoDataForTest(networks: Record<string, string>, name?: string): Promise<GeoData> {
  const { data, remove } = await writeGeoData(networks, name)
  onTestFinished(remove)
  return data
}
