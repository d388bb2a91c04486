import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { DiskRoom, Room } from '../disk/disk-room.ts'
import { type AttemptOutcome, attemptOutcomes } from '../exports/webhooks/delivery-loop.ts'
import type { Routes } from '../http/server.ts'
import { measureSources } from '../ingest/sources/source-metrics.ts'
import type { WatchedSource } from '../ingest/sources/watched-source.ts'
import type { Artifacts } from '../ports/artifacts/artifacts.ts'
import type { Database } from '../ports/database/database.ts'
import { shareAnswer } from '../share-answer.ts'
import { createStageTimes, exportStages, loadStages, type StageTimes } from '../stage-times.ts'
import type { LimitCounts } from '../turns/limit-counts.ts'
import { countArtifactRequests } from './artifact-metrics.ts'
import { sharedMs } from './metrics-listener.ts'
import { measureProcess } from './process-metrics.ts'
import { stageSeconds } from './stage-metrics.ts'
import { countBatches, countTasks, followStates, type StateFigures } from './state-counts.ts'

/** The series for Prometheus. Figures of work come from the database, so that they hold after a restart. */
export type Metrics = {
  contentType: string
  /** Made once for all who ask within a second. */
  text(): Promise<string>
  /** Counts a server's requests by route and status. */
  observe(server: Routes): void
  /** Counts how long the stages of loads and exports take. */
  stages: StageTimes
  /** Counts an attempt to post a webhook. */
  onWebhookAttempt(outcome: AttemptOutcome): void
}

type MetricsDeps = {
  database: Database
  sources: readonly WatchedSource[]
  diskRoom: Pick<DiskRoom, 'look'>
  limitCounts: LimitCounts
  /** Null: the engine is another's. */
  engineRestarts: (() => number) | null
  artifacts: Pick<Artifacts, 'requests'>
}

export function createMetrics(deps: MetricsDeps): Metrics {
  const { database, sources, diskRoom, limitCounts, engineRestarts, artifacts } = deps
  const registry = new Registry()
  measureProcess(registry)
  const requests = new Counter({
    name: 'fluxport_http_requests_total',
    help: 'Answered requests',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  })
  const durations = new Histogram({
    name: 'fluxport_http_request_duration_seconds',
    help: 'Time to answer',
    labelNames: ['method', 'route'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [registry],
  })
  const [tasks, batches] = [followStates(() => countTasks(database)), followStates(() => countBatches(database))]
  stateGauge(registry, tasks, 'fluxport_export_tasks', 'Export tasks by state')
  stateGauge(registry, batches, 'fluxport_log_batches', 'Log batches by state')
  measureSources(registry, sources)
  roomGauges(registry, diskRoom)
  countLimits(registry, limitCounts)
  countArtifactRequests(registry, artifacts)
  if (engineRestarts !== null) countRestarts(registry, engineRestarts)
  return {
    contentType: registry.contentType,
    text: shareAnswer(() => registry.metrics(), sharedMs),
    observe: (server) => {
      server.addHook('onResponse', async (request, reply) => {
        const route = request.routeOptions.url ?? 'unknown'
        requests.inc({ method: request.method, route, status: reply.statusCode })
        durations.observe({ method: request.method, route }, reply.elapsedTime / 1000)
      })
    },
    stages: createStageTimes({
      load: stageSeconds(registry, 'load', loadStages),
      export: stageSeconds(registry, 'export', exportStages),
    }),
    onWebhookAttempt: countAttempts(registry),
  }
}

function countRestarts(registry: Registry, restarts: () => number) {
  const counter: Counter = new Counter({
    name: 'fluxport_engine_restarts_total',
    help: 'Number of times that the embedded engine ended by itself and was started again',
    registers: [registry],
    collect: () => {
      counter.reset()
      counter.inc(restarts())
    },
  })
}

function countAttempts(registry: Registry) {
  const counter = new Counter({
    name: 'fluxport_webhook_attempts_total',
    help: 'Attempts to post webhooks: delivered, failed for good, or to be made again',
    labelNames: ['outcome'],
    registers: [registry],
  })
  for (const outcome of attemptOutcomes) counter.inc({ outcome }, 0)
  return (outcome: AttemptOutcome) => counter.inc({ outcome })
}

function countLimits(registry: Registry, limitCounts: LimitCounts) {
  const counter: Counter = new Counter({
    name: 'fluxport_limit_reached_total',
    help: 'How often accounts have met their share, by the limits of docs/reference/limits.md',
    labelNames: ['limit'],
    registers: [registry],
    collect: () => {
      counter.reset()
      for (const [limit, count] of limitCounts.read()) counter.inc({ limit }, count)
    },
  })
}

function roomGauges(registry: Registry, diskRoom: Pick<DiskRoom, 'look'>) {
  const figures = {
    fluxport_disk_free_bytes: ['Free bytes of the data directory’s disk', (room: Room) => room.freeBytes],
    fluxport_spool_bytes: ['Bytes of received logs that wait to be loaded', (room: Room) => room.spoolBytes],
    fluxport_loading_paused: [
      '1: loading waits for room on the disk',
      (room: Room) => Number(room.loadingPaused !== null),
    ],
    fluxport_receiving_paused: [
      '1: pushes are refused until there is room',
      (room: Room) => Number(room.receivingPaused !== null),
    ],
  } as const
  for (const [name, [help, figure]] of Object.entries(figures)) {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [registry],
      collect: async () => gauge.set(figure(await diskRoom.look())),
    })
  }
}

function stateGauge(registry: Registry, figures: StateFigures, name: string, help: string) {
  const gauge: Gauge = new Gauge({
    name,
    help,
    labelNames: ['state'],
    registers: [registry],
    collect: async () => {
      const counts = await figures.read()
      gauge.reset()
      for (const [state, count] of Object.entries(counts)) gauge.set({ state }, count)
    },
  })
}
