import { unlink } from 'node:fs/promises'
import { basename } from 'node:path'
import { Type } from 'typebox'
import { spoolBody } from '../disk/spool.ts'
import { AppError, parameterError } from '../errors.ts'
import { errorAnswers, Text } from '../http/schemas.ts'
import type { Routes } from '../http/server.ts'
import { streamedBodyOf } from '../http/streamed-body.ts'
import { formatAddress, parseAddress } from './address.ts'
import { blameFile, fileBytesMax, type GeoRouteDeps, operator, Status, statusOf, tags, url } from './geo-status.ts'
import { placeOfAddress } from './geo-versions.ts'
import { updateRoute } from './update-route.ts'

const Located = Type.Object({
  address: Type.String(),
  country: Type.String({ description: 'ISO 3166-1 in lower case; qita: not known' }),
  province: Type.String({ description: 'Code of the province in China; empty abroad' }),
  carrier: Type.String({ description: 'Code of the carrier' }),
  geo_version: Type.Integer({ description: 'Of the data' }),
})

/** Routes that show the geographic data and the place of an address, and that replace the data. */
export function geoRoutes(server: Routes, deps: GeoRouteDeps): void {
  statusRoute(server, deps)
  addressRoute(server, deps)
  importRoute(server, deps)
  updateRoute(server, deps)
  builtInRoute(server, deps)
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
