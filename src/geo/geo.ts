import { AppError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { Database } from '../ports/database/database.ts'
import { type Warehouse, WarehouseUnavailable } from '../ports/warehouse/warehouse.ts'
import type { Readers } from '../readers/readers.ts'
import { builtInData } from './built-in-data.ts'
import { createGeoDictionaries, currentGeoVersion } from './geo-versions.ts'
import { type ImportedFile, importGeoFile, loadBuiltIn } from './import-geo.ts'
import { type GeoUpdate, updateGeo } from './update-geo.ts'

/** The geographic data that loads use. */
export type Geo = {
  /**
   * The version of the geographic data in use, loaded and ready; null: the look-up is off.
   * @throws AppError FLUXPORT.0002 when it cannot be loaded; WarehouseUnavailable when a retry is sensible
   */
  version(): Promise<number | null>
  /**
   * Combines a file's data with those in use; null restores the built-in data. Calls run one at a time.
   * @throws GeoFileError when the file cannot be used
   */
  load(file: ImportedFile | null): Promise<number>
  /**
   * Combines the data of whole files with those in use; of two dates the newer counts. Calls run one at a time.
   * @returns the version in use, which is the one before when all files are in use already
   * @throws GeoFileError naming the file that cannot be used
   */
  update(update: GeoUpdate): Promise<number>
  /** Aborts a running load of data, and waits for its end. */
  stop(): Promise<void>
}

type GeoDeps = { database: Database; warehouse: Warehouse; readers: Readers; spoolDirectory: string; log: Logger }

/** Names of built-in data begin so, in every version of the program. */
const builtInPrefix = 'built-in '

/**
 * Begins to load the built-in data if none are loaded, or older built-in ones; imported data stay. The server answers
 * meanwhile, and loads wait.
 */
export function startGeo(deps: GeoDeps & { isOn: boolean }): Geo {
  if (!deps.isOn) return offGeo
  const stopping = new AbortController()
  let preparing: Promise<void> | null = null
  let turn: Promise<unknown> = Promise.resolve()
  const prepared = () => {
    preparing ??= prepare(deps, stopping.signal).catch((error) => {
      preparing = null
      throw error
    })
    return preparing
  }
  const inTurn = (work: () => Promise<number>) => {
    const loading = turn.then(async () => {
      await prepared().catch(asAppError)
      return await work()
    })
    turn = loading.catch(() => undefined)
    return loading
  }
  prepared().catch((error) => {
    if (!stopping.signal.aborted) deps.log.error({ err: error }, 'geo.not_loaded')
  })
  return {
    version: async () => {
      await prepared().catch(asAppError)
      return (await currentGeoVersion(deps.warehouse))?.version ?? null
    },
    load: (file) => inTurn(() => loadLogged(deps, file, stopping.signal)),
    update: (update) => inTurn(() => updateLogged(deps, update, stopping.signal)),
    stop: async () => {
      stopping.abort(new Error('shutting down'))
      await Promise.all([preparing?.catch(() => undefined), turn])
    },
  }
}

const refused = async () => {
  throw new AppError('CDN.0003', 'Nothing is looked up: the server runs with --geo off')
}

const offGeo: Geo = {
  version: async () => null,
  load: refused,
  update: refused,
  stop: async () => undefined,
}

async function prepare(deps: GeoDeps, signal: AbortSignal) {
  const [current, builtIn] = [await currentGeoVersion(deps.warehouse), await builtInData()]
  const isWanted = current === null || (current.name.startsWith(builtInPrefix) && current.name !== builtIn.name)
  if (!isWanted) return await createGeoDictionaries(deps.warehouse, current.version)
  await loadLogged(deps, null, signal)
}

async function loadLogged(deps: GeoDeps, file: ImportedFile | null, signal: AbortSignal): Promise<number> {
  const version = await (file ? importGeoFile(deps, file, signal) : loadBuiltIn(deps, signal))
  deps.log.info({ version, file: file?.name ?? null }, 'geo.loaded')
  return version
}

async function updateLogged(deps: GeoDeps, update: GeoUpdate, signal: AbortSignal): Promise<number> {
  const version = await updateGeo(deps, update, signal)
  deps.log.info({ version, files: update.files.map(({ name }) => name) }, 'geo.updated')
  return version
}

function asAppError(error: unknown): never {
  if (error instanceof WarehouseUnavailable) throw error
  const problem = 'The geographic data cannot be loaded: the server’s log says why. With --geo off nothing is looked up'
  throw new AppError('FLUXPORT.0002', problem, { cause: error })
}
