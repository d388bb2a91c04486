import { Type } from 'typebox'
import { AppError, parameterError } from '../errors.ts'
import { errorAnswers, Text } from '../http/schemas.ts'
import type { Routes } from '../http/server.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { formatAddress, parseAddress } from './address.ts'
import type { Geo } from './geo.ts'
import { placeOfAddress } from './geo-versions.ts'

export type GeoRouteDeps = { warehouse: Warehouse; geo: Pick<Geo, 'version'> }

const url = '/api/v1/geo'
const tags = ['Where clients are']
const operator = { config: { access: { roles: ['operator'] as const } } }

const Located = Type.Object({
  address: Type.String(),
  country: Type.String({ description: 'ISO 3166-1 in lower case; qita: not known' }),
  province: Type.String({ description: 'Of China, as the contract’s code; empty abroad' }),
  carrier: Type.String({ description: 'The contract’s code' }),
  geo_version: Type.Integer({ description: 'Of the data' }),
})

/** What is known of addresses, and out of which data. */
export function geoRoutes(server: Routes, deps: GeoRouteDeps): void {
  addressRoute(server, deps)
}

function addressRoute(server: Routes, deps: GeoRouteDeps) {
  const schema = {
    operationId: 'showAddress',
    tags,
    summary: 'Where an address is, by the data that logs are loaded with now',
    params: Type.Object({ address: Text('IPv4 or IPv6', 100) }),
    response: { 200: Located, ...errorAnswers },
  }
  server.get(`${url}/addresses/:address`, { ...operator, schema }, async (request) => {
    const address = parseAddress(request.params.address)
    if (address === null) throw parameterError('address', 'it is not an IPv4 or IPv6 address')
    const version = await deps.geo.version()
    if (version === null)
      throw new AppError('CDN.0003', 'No geographic data are loaded: the server runs with --geo off')
    const place = await placeOfAddress(deps.warehouse, version, formatAddress(address))
    return { address: request.params.address, ...place, geo_version: version }
  })
}
