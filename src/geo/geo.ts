import type { Database } from '../database/database.ts'
import { AppError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { type Warehouse, WarehouseUnavailable } from '../warehouse/warehouse.ts'
import { builtInData } from './built-in-data.ts'
import { createGeoDictionaries, currentGeoVersion, type GeoData, loadGeoVersion } from './geo-versions.ts'

/** Where clients are, for whoever loads logs. */
export type Geo = {
  /**
   * The version of the geographic data that counts, loaded and ready to be asked; null: nothing is looked up.
   * @throws AppError FLUXPORT.0002 when it cannot be loaded; WarehouseUnavailable when it should be tried again
   */
  version(): Promise<number | null>
  /** Waits for a loading on its way, which is given up. */
  stop(): Promise<void>
}

/** Names of data that came with a program, of any version of it, begin so. */
export const builtInPrefix = 'built-in '

/**
 * Begins to load the built-in data, where none are loaded, or older built-in ones; what an operator imported stays. The
 * server answers meanwhile, loads wait.
 */
export function startGeo(deps: { database: Database; warehouse: Warehouse; isOn: boolean; log: Logger }): Geo {
  if (!deps.isOn) return { version: async () => null, stop: async () => undefined }
  const stopping = new AbortController()
  let preparing: Promise<void> | null = null
  const prepared = () => {
    preparing ??= prepare(deps, stopping.signal).catch((error) => {
      preparing = null
      throw error
    })
    return preparing
  }
  prepared().catch((error) => {
    if (!stopping.signal.aborted) deps.log.error({ err: error }, 'geo.not_loaded')
  })
  return {
    version: async () => {
      await prepared().catch(asAppError)
      return (await currentGeoVersion(deps.warehouse))?.version ?? null
    },
    stop: async () => {
      stopping.abort(new Error('shutting down'))
      await preparing?.catch(() => undefined)
    },
  }
}

async function prepare(deps: { database: Database; warehouse: Warehouse; log: Logger }, signal: AbortSignal) {
  const [current, builtIn] = [await currentGeoVersion(deps.warehouse), await builtInData()]
  const isWanted = current === null || (current.name.startsWith(builtInPrefix) && current.name !== builtIn.name)
  if (!isWanted) return await createGeoDictionaries(deps.warehouse, current.version)
  await loadLogged(deps, builtIn, signal)
}

async function loadLogged(
  deps: { database: Database; warehouse: Warehouse; log: Logger },
  data: GeoData,
  signal: AbortSignal,
) {
  const version = await loadGeoVersion(deps, data, signal)
  deps.log.info({ version, name: data.name, networks: data.networks }, 'geo.loaded')
}

function asAppError(error: unknown): never {
  if (error instanceof WarehouseUnavailable) throw error
  const problem = 'The geographic data cannot be loaded: the server’s log says why. With --geo off nothing is looked up'
  throw new AppError('FLUXPORT.0002', problem, { cause: error })
}
