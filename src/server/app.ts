import fastifySwagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import { Type } from 'typebox'
import { accountRoutes } from '../accounts/account-routes.ts'
import { type DomainRouteDeps, domainRoutes } from '../accounts/domain-routes.ts'
import { type KeyRouteDeps, keyRoutes } from '../accounts/key-routes.ts'
import { type KeyUse, observeKeyUse } from '../accounts/key-use.ts'
import { type OwnAccountDeps, ownAccountRoute } from '../accounts/own-account-route.ts'
import { type SessionRouteDeps, sessionRoutes } from '../accounts/session-routes.ts'
import { auditOperators } from '../audit/audit-hook.ts'
import { auditRoutes } from '../audit/audit-routes.ts'
import { observeRefusals, type RefusalLog } from '../audit/refusal-log.ts'
import { cadenceRoutes } from '../coverage/cadence-routes.ts'
import { type CoverageRouteDeps, coverageRoutes } from '../coverage/coverage-routes.ts'
import { monthRoutes } from '../coverage/month/month-routes.ts'
import { suggestionRoutes } from '../coverage/suggestion-routes.ts'
import type { DiskRoom } from '../disk/disk-room.ts'
import { changeRoutes } from '../exports/change-routes.ts'
import { type DownloadRouteDeps, downloadRoutes } from '../exports/download-routes.ts'
import { type ExportRouteDeps, exportRoutes } from '../exports/export-routes.ts'
import { type LinkRouteDeps, linkRoutes } from '../exports/link-routes.ts'
import { rowSchemas } from '../exports/reports/row-schemas.ts'
import { statsExportRoute } from '../exports/stats-export-route.ts'
import { taskRoutes } from '../exports/task-routes.ts'
import { webhookRoutes } from '../exports/webhooks/webhook-routes.ts'
import { geoRoutes } from '../geo/geo-routes.ts'
import type { GeoRouteDeps } from '../geo/geo-status.ts'
import { limitAccountRates } from '../http/account-rate.ts'
import { sessionCookie } from '../http/own-page.ts'
import { limitRates } from '../http/rate-limit.ts'
import { createServer, type EdgeDeps, gateRoutes, type Routes } from '../http/server.ts'
import type { BatchRouteDeps } from '../ingest/answer-delivery.ts'
import { batchRoutes } from '../ingest/batch-routes.ts'
import { keepingRoutes } from '../ingest/keep/keeping-routes.ts'
import { sourceRoutes } from '../ingest/sources/source-routes.ts'
import type { Database } from '../ports/database/database.ts'
import type { Warehouse } from '../ports/warehouse/warehouse.ts'
import { shareAnswer } from '../share-answer.ts'
import type { SiblingDeps } from '../siblings/sibling.ts'
import { siblingRoutes } from '../siblings/sibling-routes.ts'
import { type ConsistencyRouteDeps, consistencyRoutes } from '../upkeep/consistency/consistency-routes.ts'
import { type RelocationRouteDeps, relocationRoutes } from '../upkeep/relocation/relocation-routes.ts'
import { type RetentionRouteDeps, retentionRoutes } from '../upkeep/retention/retention-routes.ts'
import { explainRoutes } from '../usage/explain/explain-routes.ts'
import { monthToDateRoutes } from '../usage/month/month-routes.ts'
import { topRoutes } from '../usage/top-routes.ts'
import { usageRoutes } from '../usage/usage-routes.ts'
import { type ConsoleRouteDeps, consoleRoutes } from '../web-console/console-routes.ts'
import type { Metrics } from './metrics.ts'
import { assertMayReadMetrics, assertMayReadUsage } from './metrics-access.ts'
import type { ScrapedTexts } from './metrics-listener.ts'
import { loadingState, lookAtParts } from './readiness.ts'
import { type SystemRouteDeps, systemRoute } from './system-route.ts'

/** The dependencies of each part of the API: those that it uses, and no others. */
export type AppDeps = {
  edge: EdgeDeps & Parameters<typeof limitRates>[1] & Omit<Parameters<typeof limitAccountRates>[1], 'onRefused'>
  exports: ExportRouteDeps
  downloads: DownloadRouteDeps
  /** Those that seal secrets, or open sealed ones. */
  secrets: KeyRouteDeps & LinkRouteDeps & SessionRouteDeps & { keyUse: KeyUse }
  coverage: CoverageRouteDeps
  usage: SiblingDeps
  ingest: BatchRouteDeps
  sources: Parameters<typeof sourceRoutes>[1]
  upkeep: RetentionRouteDeps & RelocationRouteDeps & ConsistencyRouteDeps
  geo: GeoRouteDeps
  account: OwnAccountDeps
  domains: DomainRouteDeps
  audit: { database: Database; refusals: RefusalLog }
  /** Null: the console is off. */
  console: ConsoleRouteDeps | null
  status: StatusDeps
  system: SystemRouteDeps
}

type StatusDeps = {
  database: Database
  warehouse: Pick<Warehouse, 'ready'>
  diskRoom: Pick<DiskRoom, 'look'>
  metrics: Metrics
  texts: ScrapedTexts
  metricsToken: string | null
  metricsAddress: object | null
  version: string
}

/** Mounts every domain's routes. Does no I/O of its own. */
export async function createApp(deps: AppDeps): Promise<Routes> {
  const { edge, secrets, audit, status } = deps
  const server = createServer(edge)
  await server.register(fastifySwagger, { openapi: openApiBase(status.version), transform: withSecurity })
  status.metrics.observe(server)
  observeKeyUse(server, secrets.keyUse)
  observeRefusals(server, audit.refusals)
  auditOperators(server, audit)
  await limitRates(server, edge)
  gateRoutes(server)
  limitAccountRates(server, { ...edge, onRefused: () => edge.limitCounts.reached('requests') })
  await server.register(async (routes: Routes) => mountRoutes(routes, deps))
  return server
}

function mountRoutes(routes: Routes, deps: AppDeps): void {
  const {
    exports,
    downloads,
    secrets,
    coverage,
    usage,
    ingest,
    sources,
    upkeep,
    geo,
    account,
    domains,
    audit,
    status,
    system,
  } = deps
  exportRoutes(routes, exports)
  statsExportRoute(routes, exports)
  taskRoutes(routes, exports)
  changeRoutes(routes, exports)
  coverageRoutes(routes, coverage)
  usageRoutes(routes, usage)
  topRoutes(routes, usage)
  monthToDateRoutes(routes, usage)
  explainRoutes(routes, { ...usage, numbersFor: ingest.numbersFor })
  siblingRoutes(routes, usage)
  cadenceRoutes(routes, coverage)
  suggestionRoutes(routes, coverage)
  monthRoutes(routes, { ...coverage, numbersFor: ingest.numbersFor })
  webhookRoutes(routes, secrets)
  downloadRoutes(routes, downloads)
  batchRoutes(routes, ingest)
  consistencyRoutes(routes, upkeep)
  retentionRoutes(routes, upkeep)
  sourceRoutes(routes, sources)
  keepingRoutes(routes, ingest)
  geoRoutes(routes, geo)
  relocationRoutes(routes, upkeep)
  accountRoutes(routes, audit)
  ownAccountRoute(routes, account)
  domainRoutes(routes, domains)
  keyRoutes(routes, secrets)
  linkRoutes(routes, secrets)
  sessionRoutes(routes, secrets)
  auditRoutes(routes, audit)
  if (deps.console) consoleRoutes(routes, deps.console)
  systemRoute(routes, system)
  statusRoutes(routes, status)
}

/** A route's access rule is its security in the document, and its roles; a public route has none. */
const withSecurity: NonNullable<FastifyDynamicSwaggerOptions['transform']> = ({ schema, url, route }) => {
  const access = route.config?.access
  const token = access?.token ? [{ ingestToken: [] }] : []
  const security =
    access && !access.keyInBody ? [{ signature: [] }, { sessionToken: [] }, { consoleSession: [] }, ...token] : []
  const roles = access ? { 'x-roles': access.roles } : {}
  return { schema: { ...schema, security, ...roles } as typeof schema, url }
}

const openApiBase = (version: string) => ({
  openapi: '3.1.0' as const,
  info: {
    title: 'Fluxport',
    version,
    description:
      'Statistics from CDN and edge access logs, and files of them. What is under /v1/cdn and /v3 is wire-compatible ' +
      'with Huawei Cloud CDN’s statistics API; what is under /api/v1 is a Fluxport extension. Requests are signed with SDK-HMAC-SHA256.',
    license: { name: 'Apache-2.0' },
  },
  components: {
    schemas: rowSchemas(),
    securitySchemes: {
      signature: {
        type: 'apiKey' as const,
        in: 'header' as const,
        name: 'Authorization',
        description: 'SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…, with X-Sdk-Date',
      },
      sessionToken: {
        type: 'apiKey' as const,
        in: 'header' as const,
        name: 'X-Auth-Token',
        description: 'A token of POST /v3/auth/tokens, with its key’s rights, for clients that cannot sign',
      },
      consoleSession: {
        type: 'apiKey' as const,
        in: 'cookie' as const,
        name: sessionCookie,
        description: 'The console’s, of POST /console/session; with X-Fluxport-Console: 1 on all but GET and HEAD',
      },
      ingestToken: {
        type: 'http' as const,
        scheme: 'bearer',
        description: 'Token of an ingest key; also accepted as a basic password',
      },
    },
  },
})

function statusRoutes(server: Routes, deps: StatusDeps) {
  const tags = ['Status']
  const ok = Type.Object({ status: Type.String() })
  server.get(
    '/healthz',
    { schema: { operationId: 'health', tags, summary: 'The process runs', response: { 200: ok } } },
    async () => ({
      status: 'ok',
    }),
  )
  const Ready = Type.Object({ status: Type.String(), parts: Type.Record(Type.String(), Type.String()) })
  const ready = {
    operationId: 'ready',
    tags,
    summary: 'Says whether every part answers',
    response: { 200: Ready, 503: Ready },
  }
  // For anybody: those who ask at once share one look.
  const look = shareAnswer(() => lookAtParts(deps), 0)
  server.get('/readyz', { schema: ready }, async (_request, reply) => {
    const parts = await look()
    const isReady = Object.values(parts).every((state) => state === 'ok')
    // A full disk takes nobody's exports away: the server is ready, and says that it takes no logs.
    const loading = await loadingState(deps.diskRoom)
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ok' : 'not ready', parts: { ...parts, loading } })
  })
  metricsRoutes(server, deps)
  const document = { text: '' }
  server.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
    document.text ||= JSON.stringify(server.swagger())
    return reply.header('Content-Type', 'application/json; charset=utf-8').send(document.text)
  })
}

/** Not mounted where the metrics have an address of their own. */
function metricsRoutes(server: Routes, { texts, metricsToken, metricsAddress }: StatusDeps) {
  if (metricsAddress !== null) return
  const routes = {
    '/metrics': {
      operationId: 'metrics',
      summary: 'The server’s work in Prometheus’ text format, for its own host or with --metrics-token',
    },
    '/metrics/usage': {
      operationId: 'usageMetrics',
      summary: 'Usage and deliveries of all accounts in OpenMetrics, with --metrics-token alone',
    },
  }
  for (const [path, about] of Object.entries(routes) as [keyof ScrapedTexts, object][]) {
    const assertMayRead = path === '/metrics' ? assertMayReadMetrics : assertMayReadUsage
    server.get(path, { schema: { ...about, tags: ['Status'] } }, async (request, reply) => {
      assertMayRead(metricsToken, { headers: request.headers, address: request.raw.socket.remoteAddress })
      const { contentType, text } = texts[path]
      return reply.header('Content-Type', contentType).send(await text())
    })
  }
}
