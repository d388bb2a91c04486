import type { Static } from 'typebox'
import { accountSettings, readCommits } from '../accounts/account-settings.ts'
import type { SettingInForce } from '../config/settings-in-force.ts'
import type { DiskRoom } from '../disk/disk-room.ts'
import { errorAnswers } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import type { Artifacts } from '../ports/artifacts/artifacts.ts'
import type { Database } from '../ports/database/database.ts'
import type { BatchState } from '../ports/database/schema.ts'
import type { Warehouse } from '../ports/warehouse/warehouse.ts'
import { shareAnswer } from '../share-answer.ts'
import { programCommit, programVersion } from '../version.ts'
import { loadingState, lookAtParts } from './readiness.ts'
import { countBatches, followStates, type StateFigures } from './state-counts.ts'
import { System } from './system-schemas.ts'

export type SystemRouteDeps = {
  database: Database
  warehouse: Pick<Warehouse, 'ready'>
  diskRoom: Pick<DiskRoom, 'look'>
  /** Null: the engine is another's. */
  isEngineConfined: boolean | null
  engineRestarts: (() => number) | null
  artifacts: Pick<Artifacts, 'kind' | 'problem'>
  configuration: readonly SettingInForce[]
  bounds: { diskReserveBytes: number; spoolBytesMax: number }
  /** The server's limits of an account that has none of its own. */
  limits: { tasksWaitingMax: number; tasksRunningMax: number; storedBytesMax: number; exportRowsMax: number }
  /** Unix ms. */
  startedMs: number
}

type ServerView = NonNullable<Static<typeof System>['server']>

/** States of batches that are not settled: those of settled ones are many, and /metrics counts them. */
const openStates: readonly BatchState[] = ['collecting', 'queued', 'loading', 'quarantined']
/** Operators who look at once, or reload, share one look at the parts. */
const sharedMs = 1_000

/** Route that shows an operator how the server is: parts, disk, spool, settings. An account sees its limits alone. */
export function systemRoute(server: Routes, deps: SystemRouteDeps): void {
  const batches = followStates(() => countBatches(deps.database, openStates))
  const look = shareAnswer(() => serverView(deps, batches), sharedMs)
  const schema = {
    operationId: 'showSystem',
    tags: ['Status'],
    summary: 'Shows version and own limits; to operators also parts, disk, spool and the configuration in force',
    response: { 200: System, ...errorAnswers },
  }
  const config = { access: { roles: ['operator', 'account'] as const } }
  server.get('/api/v1/system', { config, schema }, async (request) => {
    const { accountId, role } = callerOf(request)
    const own = { version: programVersion, limits: await limitsOf(deps, accountId) }
    return role === 'operator' ? { ...own, server: await look() } : own
  })
}

async function limitsOf({ database, limits }: SystemRouteDeps, accountId: string) {
  const own = await accountSettings(database, accountId, limits)
  const commit = (await readCommits(database, accountId)).get(accountId)
  return {
    tasks_waiting_max: own.tasksWaitingMax,
    tasks_running_max: own.tasksRunningMax ?? limits.tasksRunningMax,
    stored_bytes_max: own.storedBytesMax,
    rows_max: own.rowsMax,
    commit_traffic_bytes: commit?.commit_traffic_bytes ?? null,
    commit_bandwidth_bps: commit?.commit_bandwidth_bps ?? null,
  }
}

async function serverView(deps: SystemRouteDeps, batches: StateFigures): Promise<ServerView> {
  const { diskRoom, bounds } = deps
  const [room, counts, parts] = await Promise.all([diskRoom.look(), batches.read(), partsOf(deps)])
  const { collecting, queued, loading = null, quarantined = null } = counts
  return {
    commit: programCommit,
    node_version: process.version,
    start_time: deps.startedMs,
    parts,
    disk: { total_bytes: room.totalBytes, free_bytes: room.freeBytes, reserve_bytes: bounds.diskReserveBytes },
    spool: { bytes: room.spoolBytes, files: room.spoolFiles, bytes_max: bounds.spoolBytesMax },
    batches: {
      waiting: collecting === undefined || queued === undefined ? null : collecting + queued,
      ...{ loading, quarantined },
    },
    configuration: deps.configuration.map(settingView),
  }
}

async function partsOf(deps: SystemRouteDeps): Promise<ServerView['parts']> {
  const { database, diskRoom, isEngineConfined, engineRestarts } = deps
  const [states, artifacts, loading] = await Promise.all([
    lookAtParts(deps),
    deps.artifacts.problem(),
    loadingState(diskRoom),
  ])
  return {
    database: { kind: database.kind === 'sqlite' ? 'sqlite' : 'postgresql', state: states.database },
    warehouse: {
      kind: engineRestarts === null ? 'url' : 'embedded',
      state: states.warehouse,
      is_confined: isEngineConfined,
      restarts: engineRestarts?.() ?? null,
    },
    artifacts: { kind: deps.artifacts.kind, state: artifacts ?? 'ok' },
    loading: { state: loading },
  }
}

const settingView = ({ flag, variable, meaning, value, source, isHidden }: SettingInForce) => ({
  name: flag,
  ...{ variable, meaning, value, source },
  is_hidden: isHidden,
})
