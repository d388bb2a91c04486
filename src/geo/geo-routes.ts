import { unlink } from 'node:fs/promises'
import { basename } from 'node:path'
import { type Static, Type } from 'typebox'
import { spoolBody } from '../disk/spool.ts'
import { AppError, parameterError } from '../errors.ts'
import { errorAnswers, Nullable, Text, UnixMs } from '../http/schemas.ts'
import type { Routes } from '../http/server.ts'
import { streamedBodyOf } from '../http/streamed-body.ts'
import type { Warehouse } from '../ports/warehouse/warehouse.ts'
import { formatAddress, parseAddress } from './address.ts'
import { builtInData } from './built-in-data.ts'
import type { Geo } from './geo.ts'
import { GeoFileError } from './geo-file-error.ts'
import { currentGeoVersion, placeOfAddress } from './geo-versions.ts'

export type GeoRouteDeps = {
  warehouse: Warehouse
  geo: Pick<Geo, 'version' | 'load'>
  geoOn: boolean
  spoolDirectory: string
}

const url = '/api/v1/geo'
const tags = ['Where clients are']
const operator = { config: { access: { roles: ['operator'] as const } } }
/** Bound on a file, which is held in memory while it is read. */
const fileBytesMax = 512 * 1024 ** 2

const Located = Type.Object({
  address: Type.String(),
  country: Type.String({ description: 'ISO 3166-1 in lower case; qita: not known' }),
  province: Type.String({ description: 'Code of the province in China; empty abroad' }),
  carrier: Type.String({ description: 'Code of the carrier' }),
  geo_version: Type.Integer({ description: 'Of the data' }),
})

const Source = Type.Object({
  name: Type.String(),
  covers: Type.String(),
  date: Type.String({ description: 'Date of the data, YYYY-MM-DD; empty: the file does not say' }),
  licence: Type.String(),
  attribution: Type.String(),
})

const Disagreement = Type.Object({
  newer: Type.String({ description: 'Source that counts' }),
  older: Type.String({ description: 'Source, or data, that says the opposite' }),
  family: Type.String({ description: 'ipv4 or ipv6' }),
  newer_says: Type.String({ description: 'mainland_china or outside_mainland_china' }),
  ranges: Type.Integer(),
  addresses: Type.String({ description: 'A whole number; IPv6 has more than 64 bits hold' }),
})

const Status = Type.Object({
  is_on: Type.Boolean({ description: 'false: the server runs with --geo off and looks nothing up' }),
  geo_version: Nullable(Type.Integer({ description: 'Version in use; null: none is loaded yet' })),
  name: Nullable(Type.String()),
  networks: Nullable(Type.Integer()),
  load_time: Nullable(UnixMs('Loaded')),
  sources: Type.Array(Source, { description: 'The newest first' }),
  disagreements: Type.Array(Disagreement, {
    description: 'Addresses that two sources place on different sides of mainland China’s border',
  }),
  built_in: Type.String({ description: 'Name of the data that comes with the program' }),
})

/** Routes that show the geographic data and the place of an address, and that replace the data. */
export function geoRoutes(server: Routes, deps: GeoRouteDeps): void {
  statusRoute(server, deps)
  addressRoute(server, deps)
  importRoute(server, deps)
  builtInRoute(server, deps)
}

async function statusOf(deps: GeoRouteDeps): Promise<Static<typeof Status>> {
  const [current, builtIn] = [await currentGeoVersion(deps.warehouse), await builtInData()]
  return {
    is_on: deps.geoOn,
    geo_version: current?.version ?? null,
    name: current?.name ?? null,
    networks: current?.networks ?? null,
    load_time: current?.loadedAtMs ?? null,
    sources: current?.sources ?? [],
    disagreements: (current?.about.disagreements ?? []).map(({ newerSays, ...one }) => ({
      ...one,
      newer_says: newerSays,
    })),
    built_in: builtIn.name,
  }
}

function statusRoute(server: Routes, deps: GeoRouteDeps) {
  const schema = {
    operationId: 'showGeo',
    tags,
    summary: 'Shows the geographic data in use: origin, dates, licences',
    response: { 200: Status, ...errorAnswers },
  }
  server.get(url, { ...operator, schema }, async () => await statusOf(deps))
}

function addressRoute(server: Routes, deps: GeoRouteDeps) {
  const schema = {
    operationId: 'showAddress',
    tags,
    summary: 'Says where an address is, by the data in use',
    params: Type.Object({ address: Text('IPv4 or IPv6', 100) }),
    response: { 200: Located, ...errorAnswers },
  }
  server.get(`${url}/addresses/:address`, { ...operator, schema }, async (request) => {
    const address = parseAddress(request.params.address)
    if (address === null) throw parameterError('address', 'it is not an IPv4 or IPv6 address')
    const version = await deps.geo.version()
    if (version === null) throw new AppError('CDN.0003', 'Nothing is looked up: the server runs with --geo off')
    const place = await placeOfAddress(deps.warehouse, version, formatAddress(address))
    return { address: request.params.address, ...place, geo_version: version }
  })
}

function importRoute(server: Routes, deps: GeoRouteDeps) {
  const schema = {
    operationId: 'importGeo',
    tags,
    summary: 'Locates clients with the data of a file from now on: ip2region xdb, MaxMind MMDB or CSV',
    querystring: Type.Object({
      name: Text('The file’s name', 200),
      licence: Type.Optional(Text('Licence of the data', 200)),
      attribution: Type.Optional(Text('Name that the licence asks for', 500)),
    }),
    response: { 200: Status, ...errorAnswers },
  }
  const config = { ...operator.config, streamsBody: true }
  server.post(`${url}/imports`, { config, schema, bodyLimit: fileBytesMax }, async (request) => {
    const { name, licence = '', attribution = '' } = request.query
    const { path } = await spoolBody(streamedBodyOf(request).pieces, {
      directory: deps.spoolDirectory,
      bytesMax: fileBytesMax,
    })
    try {
      await deps.geo.load({ path, name: basename(name), licence, attribution }).catch(blameFile)
    } finally {
      await unlink(path)
    }
    return await statusOf(deps)
  })
}

function blameFile(error: unknown): never {
  if (!(error instanceof GeoFileError)) throw error
  throw new AppError('FLUXPORT.0501', `The file cannot be imported: ${error.message}`, { cause: error })
}

function builtInRoute(server: Routes, deps: GeoRouteDeps) {
  const schema = {
    operationId: 'resetGeo',
    tags,
    summary: 'Returns to the data that comes with the program; removes the imported data',
    response: { 200: Status, ...errorAnswers },
  }
  server.delete(`${url}/imports`, { ...operator, schema }, async () => {
    await deps.geo.load(null)
    return await statusOf(deps)
  })
}
