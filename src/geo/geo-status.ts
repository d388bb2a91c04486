import { type Static, Type } from 'typebox'
import { AppError } from '../errors.ts'
import { Nullable, UnixMs } from '../http/schemas.ts'
import type { Warehouse } from '../ports/warehouse/warehouse.ts'
import { builtInData } from './built-in-data.ts'
import type { Geo } from './geo.ts'
import { GeoFileError } from './geo-file-error.ts'
import { currentGeoVersion } from './geo-versions.ts'

export type GeoRouteDeps = {
  warehouse: Warehouse
  geo: Pick<Geo, 'version' | 'load' | 'update'>
  geoOn: boolean
  spoolDirectory: string
}

export const url = '/api/v1/geo'
export const tags = ['Where clients are']
export const operator = { config: { access: { roles: ['operator'] as const } } }
/** Bound on a file, which is held in memory while it is read. */
export const fileBytesMax = 512 * 1024 ** 2

const Source = Type.Object({
  name: Type.String(),
  covers: Type.String(),
  date: Type.String({ description: 'Date of the data, YYYY-MM-DD; empty: the file does not say' }),
  licence: Type.String(),
  attribution: Type.String(),
  sha256: Type.Optional(Type.String({ description: 'Of a file of an update' })),
})

const Disagreement = Type.Object({
  newer: Type.String({ description: 'Source that counts' }),
  older: Type.String({ description: 'Source, or data, that says the opposite' }),
  family: Type.String({ description: 'ipv4 or ipv6' }),
  newer_says: Type.String({ description: 'mainland_china or outside_mainland_china' }),
  ranges: Type.Integer(),
  addresses: Type.String({ description: 'A whole number; IPv6 has more than 64 bits hold' }),
})

export const Status = Type.Object({
  is_on: Type.Boolean({ description: 'false: the server runs with --geo off and looks nothing up' }),
  geo_version: Nullable(Type.Integer({ description: 'Version in use; null: none is loaded yet' })),
  name: Nullable(Type.String()),
  networks: Nullable(Type.Integer()),
  load_time: Nullable(UnixMs('Loaded')),
  sources: Type.Array(Source, { description: 'The newest first' }),
  country_dates: Type.Object(
    { ipv4: Nullable(Type.String()), ipv6: Nullable(Type.String()) },
    { description: 'Dates of the countries in use, YYYY-MM-DD; null: not known. Countries decide the service area' },
  ),
  disagreements: Type.Array(Disagreement, {
    description: 'Addresses that two sources place on different sides of mainland China’s border',
  }),
  built_in: Type.String({ description: 'Name of the data that comes with the program' }),
})

export async function statusOf(deps: GeoRouteDeps): Promise<Static<typeof Status>> {
  const [current, builtIn] = [await currentGeoVersion(deps.warehouse), await builtInData()]
  return {
    is_on: deps.geoOn,
    geo_version: current?.version ?? null,
    name: current?.name ?? null,
    networks: current?.networks ?? null,
    load_time: current?.loadedAtMs ?? null,
    sources: current?.sources ?? [],
    country_dates: {
      ipv4: current?.about.countryDates.ipv4 || null,
      ipv6: current?.about.countryDates.ipv6 || null,
    },
    disagreements: (current?.about.disagreements ?? []).map(({ newerSays, ...one }) => ({
      ...one,
      newer_says: newerSays,
    })),
    built_in: builtIn.name,
  }
}

/** @throws AppError FLUXPORT.0501 for a file that cannot be used, and any other error as it is */
export function blameFile(error: unknown): never {
  if (!(error instanceof GeoFileError)) throw error
  throw new AppError('FLUXPORT.0501', `The file cannot be imported: ${error.message}`, { cause: error })
}
