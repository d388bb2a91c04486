// Makes data/geo/ out of published, redistributable data: one line a network, and what is known about them. For
// developers; its sources are packages that are fetched into a temporary directory and are no dependencies of ours.
// Usage: node scripts/build.mjs && node scripts/build-geo-data.mjs [DIRECTORY WITH node_modules]
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { parseAddress } from '../dist/geo/address.js'
import { createDisagreements } from '../dist/geo/disagreements.js'
import { createRegions, prefixLines } from '../dist/geo/prefix-lines.js'
import { combine } from '../dist/geo/ranges.js'
import { carrierCode, placeOf, placeOver } from '../dist/geo/source-places.js'
import { readXdb, readXdbHeader } from '../dist/geo/xdb.js'

const target = fileURLToPath(new URL('../data/geo/', import.meta.url))
const packages = {
  'ip2region-ts': '2.0.1',
  '@ip-location-db/dbip-country': '2.3.2026060120',
  '@ip-location-db/asn': '2.3.2026061719',
}

/** The date of DB-IP's data, which the package's version has. */
const countryDate = '2026-06-01'

/** What `geo status` and NOTICE say of the sources. */
const sources = (xdb) => [
  {
    name: 'DB-IP IP to Country Lite',
    covers: 'IPv4 and IPv6: country',
    date: countryDate,
    licence: 'CC-BY-4.0',
    attribution: 'IP Geolocation by DB-IP, https://db-ip.com',
  },
  {
    name: 'ip2region',
    covers: 'IPv4: province, carrier in China',
    date: new Date(xdb.createdAtMs).toISOString().slice(0, 10),
    licence: 'Apache-2.0',
    attribution: 'Copyright 2022 The Ip2Region Authors, https://github.com/lionsoul2014/ip2region',
  },
  {
    name: 'ip-location-db ASN (NRO, DB-IP IP to ASN Lite)',
    covers: 'IPv6: carrier in China',
    date: '2026-06-17',
    licence: 'CC-BY-4.0',
    attribution: 'Number Resource Organization, https://www.nro.net; IP Geolocation by DB-IP, https://db-ip.com',
  },
]

function fetchPackages() {
  const directory = mkdtempSync(join(tmpdir(), 'fluxport-geo-'))
  const names = Object.entries(packages).map(([name, version]) => `${name}@${version}`)
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save', '--prefix', directory]
  const installed = spawnSync('npm', ['install', ...options, ...names], { stdio: 'inherit' })
  if (installed.status !== 0) throw new Error('the sources cannot be fetched')
  return directory
}

/** Ranges `first,last,…` of a CSV file whose addresses are text. */
function* csvRanges(path, read) {
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue
    const [first, last, ...rest] = line.replaceAll('"', '').split(',')
    yield { first: parseAddress(first), last: parseAddress(last), value: read(rest) }
  }
}

const countryRanges = (directory, family) =>
  csvRanges(join(directory, `@ip-location-db/dbip-country/dbip-country-${family}.csv`), ([country]) => country)

/** DB-IP's country, which is newer; ip2region's province and carrier where it says the same country. */
const ipv4Ranges = (directory, xdb, disagreements) =>
  combine(wordsOfCountries(directory), combine(readXdb(xdb), [], placeOver), (newer, older, first, last) => {
    const place = placeOver(newer, older)
    if (newer && older) disagreements.compare(place, older, first, last)
    return place
  })

async function* wordsOfCountries(directory) {
  const words = new Map()
  for await (const { first, last, value: country } of countryRanges(directory, 'ipv4')) {
    const value = words.get(country) ?? { country, province: '', carrier: '' }
    words.set(country, value)
    yield { first, last, value }
  }
}

const ipv6Ranges = (directory) =>
  combine(
    countryRanges(directory, 'ipv6'),
    csvRanges(join(directory, '@ip-location-db/asn/asn-ipv6.csv'), ([, ...name]) => carrierCode(name.join(','))),
    (country, carrier) =>
      country && { ...placeOf({ country, province: '', carrier: '' }), ...inChina(country, carrier) },
  )

const inChina = (country, carrier) => (['CN', 'HK', 'MO', 'TW'].includes(country) && carrier ? { carrier } : {})

async function* both(first, second) {
  yield* first
  yield* second
}

const given = process.argv[2]
const directory = given ?? fetchPackages()
try {
  const modules = join(directory, 'node_modules')
  const xdb = readFileSync(join(modules, 'ip2region-ts/data/ip2region.xdb'))
  const regions = createRegions()
  const disagreements = createDisagreements('DB-IP IP to Country Lite', 'ip2region')
  const ranges = both(ipv4Ranges(modules, xdb, disagreements), ipv6Ranges(modules))
  const lines = []
  for await (const line of prefixLines(ranges, regions)) lines.push(line)
  const text = lines.join('')
  const about = {
    name: `built-in ${createHash('sha256').update(text).digest('hex').slice(0, 12)}`,
    sources: sources(readXdbHeader(xdb)),
    countryDates: { ipv4: countryDate, ipv6: countryDate },
    disagreements: disagreements.found(),
    networks: lines.length,
    regions: regions.places.map(({ country, province, carrier }) => [country, province, carrier].join('|')),
  }
  mkdirSync(target, { recursive: true })
  writeFileSync(join(target, 'networks.gz'), gzipSync(text, { level: 9 }))
  writeFileSync(join(target, 'about.json'), `${JSON.stringify(about, null, 2)}\n`)
  console.log(`${lines.length} networks, ${about.regions.length} regions`)
} finally {
  if (given === undefined) rmSync(directory, { recursive: true, force: true })
}
