import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Database } from './database/database.ts'
import type { Routes } from './http/server.ts'
import type { WatchedSource } from './ingest/sources/source-loop.ts'
import { measureSources } from './ingest/sources/source-metrics.ts'

/** What Prometheus reads. Figures of work come from the database, so that they hold after a restart. */
export type Metrics = {
  contentType: string
  text(): Promise<string>
  /** Counts a server's requests by route and status. */
  observe(server: Routes): void
}

export function createMetrics(database: Database, sources: readonly WatchedSource[]): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
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
  stateGauge(registry, database, 'export_task', 'fluxport_export_tasks', 'Export tasks by state')
  stateGauge(registry, database, 'batch', 'fluxport_log_batches', 'Log batches by state')
  measureSources(registry, sources)
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    observe: (server) => {
      server.addHook('onResponse', async (request, reply) => {
        const route = request.routeOptions.url ?? 'unknown'
        requests.inc({ method: request.method, route, status: reply.statusCode })
        durations.observe({ method: request.method, route }, reply.elapsedTime / 1000)
      })
    },
  }
}

function stateGauge(
  registry: Registry,
  database: Database,
  table: 'export_task' | 'batch',
  name: string,
  help: string,
) {
  const gauge: Gauge = new Gauge({
    name,
    help,
    labelNames: ['state'],
    registers: [registry],
    collect: async () => {
      const rows = await database.queries
        .selectFrom(table)
        .select((eb) => ['state', eb.fn.countAll<number>().as('count')])
        .groupBy('state')
        .execute()
      gauge.reset()
      for (const row of rows) gauge.set({ state: row.state }, Number(row.count))
    },
  })
}
