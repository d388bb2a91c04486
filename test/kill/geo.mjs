// Geographic data of a few networks, put into a server's warehouse from outside: the program's own take seconds to be read.
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { engineAccess } from './api.mjs'

const places = [
  ['qita', '', 'qita'],
  ['cn', 'fujian', 'dianxin'],
  ['cn', 'guangdong', 'yidong'],
  ['hk', 'gangaotai', 'qita'],
  ['us', '', 'qita'],
  ['de', '', 'qita'],
]

/** Makes a new version, in which each eighth of all IPv4 addresses is somewhere. */
export async function putGeoData(world, dice) {
  const { build, dataDir, server } = world
  const { openSqlite } = await build.load('ports/database/sqlite.js', 'database/sqlite.js')
  const { openClickHouse } = await build.load('ports/warehouse/clickhouse.js', 'warehouse/clickhouse.js')
  const { embeddedAddress } = await build.load('parts/open-parts.js', 'serve/open-parts.js')
  const { loadGeoVersion } = await build.load('geo/geo-versions.js')
  const access = await engineAccess(build, dataDir)
  const url = `http://127.0.0.1:${server.engine.port}`
  const engine = { ...access, url, readableDirectories: [] }
  const older = { ...engine, database: 'default', readsLocalFiles: true }
  const warehouse = openClickHouse(embeddedAddress?.(engine) ?? older)
  const database = await openSqlite(join(dataDir, 'fluxport.sqlite'))
  const path = join(world.directory, 'networks')
  try {
    const lines = Array.from({ length: 8 }, (_, n) => `${n * 32}.0.0.0 3 ${dice.integer(0, places.length - 1)}\n`)
    await writeFile(path, lines.join(''))
    await loadGeoVersion({ database, warehouse }, dataOf(path, lines.length), AbortSignal.timeout(60_000))
  } finally {
    await Promise.all([warehouse.close(), database.close(), rm(path, { force: true })])
  }
}

const dataOf = (path, networks) => ({
  name: 'of a test',
  sources: [],
  networks,
  about: { countryDates: {}, disagreements: [] },
  places: places.map(([country, province, carrier]) => ({ country, province, carrier })),
  content: { path, compression: 'none' },
})
