import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import type { Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createFirstAccount, hasAccount, newFirstKey } from '../accounts/accounts.ts'
import { createAuthenticator } from '../accounts/authenticate.ts'
import { recordKeyUse } from '../accounts/key-use.ts'
import { linkTagOf } from '../accounts/link-tag.ts'
import { recordAlone } from '../audit/audit-log.ts'
import { startAuditPruning } from '../audit/prune-audit.ts'
import { openRefusalLog } from '../audit/refusal-log.ts'
import { createDownloadLinks, type DownloadLinks, linksFor } from '../auth/download-links.ts'
import { type LinkKeys, openLinkKeys } from '../auth/key-ring.ts'
import type { Config } from '../config/config.ts'
import { recordSpanAccounts } from '../coverage/record-span-accounts.ts'
import { createDiskRoom, type DiskRoom } from '../disk/disk-room.ts'
import { clearSpool } from '../disk/spool.ts'
import { ConfigError, codeOf } from '../errors.ts'
import { webhookPayload } from '../exports/task-view.ts'
import { startClaimLoop } from '../exports/tasks/claim-loop.ts'
import { startDeliveryLoop } from '../exports/webhooks/delivery-loop.ts'
import { startGeo } from '../geo/geo.ts'
import type { Routes } from '../http/server.ts'
import { allFormats } from '../ingest/formats/own/user-formats.ts'
import { startLoadLoop } from '../ingest/load/load-loop.ts'
import { recordMissingSpans } from '../ingest/load/record-missing-spans.ts'
import { createPushShares } from '../ingest/receive/push-shares.ts'
import { startPushSpool } from '../ingest/receive/push-spool.ts'
import { createSpoolShares } from '../ingest/receive/spool-shares.ts'
import { readSources } from '../ingest/sources/source-settings.ts'
import { type LogSources, openSources } from '../ingest/sources/sources.ts'
import { openBatchNumbers } from '../ledger/batch-numbers.ts'
import { spooledPaths } from '../ledger/batch-outcome.ts'
import type { Logger } from '../logger.ts'
import { recordEndpoint, writeCredentials, writeServerFile } from '../parts/data-files.ts'
import { openParts, type Parts } from '../parts/open-parts.ts'
import { createQuestions } from '../ports/warehouse/questions.ts'
import { loadPrivacyOf } from '../privacy/load-privacy.ts'
import { createLimitCounts } from '../turns/limit-counts.ts'
import { createShares } from '../turns/shares.ts'
import { hideUnknownLoads } from '../upkeep/consistency/unknown-loads.ts'
import { startRelocationLoop } from '../upkeep/relocation/relocation-loop.ts'
import { startRetentionLoop } from '../upkeep/retention/retention-loop.ts'
import { programVersion } from '../version.ts'
import { createApp } from './app.ts'
import { followCertificates, readCertificates } from './certificates.ts'
import { claimOptions } from './loop-options.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { listenForMetrics } from './metrics-listener.ts'

export type RunningServer = {
  /** Where it listens, without a slash at the end. */
  endpoint: string
  /** First start: where the new operator key lies. */
  credentialsPath: string | null
  /** Takes no new work, answers what was asked, gives leases back. */
  stop(): Promise<void>
}

/** Answers that take longer than this are cut at shutdown: a download, say. */
const closeGraceMs = 3_000

/** Starts everything: API, loader, claim loop, engine. Ready to answer once this resolves. */
export async function startServer(config: Config, log: Logger): Promise<RunningServer> {
  const settings = await readSources(config, { ...config, formats: await allFormats(config.formatsPath) })
  const directories = settings.flatMap((source) => (source.kind === 'directory' ? [source.directory] : []))
  const parts = await openParts(config, log, directories)
  try {
    await hideUnknownLoads({ ...parts, log })
    await recordMissingSpans(parts)
    await recordSpanAccounts(parts)
    const diskRoom = createDiskRoom({ ...config, ...parts })
    const sources = await openSources({ ...config, ...parts, diskRoom, log }, settings)
    return await startOn({ ...parts, diskRoom }, sources, config, log)
  } catch (error) {
    await parts.close()
    throw error
  }
}

/** What is open, and how much room there is. */
type Opened = Parts & { diskRoom: DiskRoom }

async function startOn(parts: Opened, sources: LogSources, config: Config, log: Logger): Promise<RunningServer> {
  const { database } = parts
  const stopping = new AbortController()
  const localToken = randomBytes(32)
  let endpoint = ''
  const linkKeys = await openLinkKeys(parts)
  const links = linksOf(linkKeys, config, () => config.publicUrl ?? endpoint)
  const { stopLoops, ...loops } = await startLoops(parts, sources, links, config, log)
  try {
    const metrics = createMetrics(database, sources.watched, loops.diskRoom, loops.limitCounts)
    const app = await createApp({
      ...parts,
      ...config,
      ...loops,
      localToken,
      numbersFor: await openBatchNumbers(database, parts.box),
      log,
      nowMs: Date.now,
      sources,
      metrics,
      authenticator: createAuthenticator({ ...parts, nowMs: Date.now }),
      links,
      readLinkKeys: linkKeys.refresh,
      stopping: stopping.signal,
      tls: await readCertificates(config),
      version: programVersion,
      wake: loops.claimLoop.wake,
    })
    await listen(app, config)
    const closeEdge = await openEdge(app, config, metrics, log)
    endpoint = endpointOf(app, config)
    const credentialsPath = await firstCredentials(parts, config.dataDir, endpoint)
    await writeServerFile(config.dataDir, { ...parts, ...config, endpoint, localToken })
    await sources.start({ ...config, ...parts, wakeLoader: loops.loadLoop.wake, nowMs: Date.now, log })
    await recordStart(parts, config)
    log.info({ endpoint, version: programVersion }, 'server.started')
    const stop = async () => {
      stopping.abort()
      closeEdge()
      await Promise.all([closeServer(app), stopLoops(), linkKeys.stop()])
      await rm(join(config.dataDir, 'server.json'), { force: true })
      await parts.close()
    }
    return { endpoint, credentialsPath, stop }
  } catch (error) {
    await stopLoops()
    throw error
  }
}

/** What stands beside the listener: certificates that are followed, metrics with an address of their own. */
async function openEdge(app: Routes, config: Config, metrics: Metrics, log: Logger): Promise<() => void> {
  const listener = await listenForMetrics(config, metrics, log)
  const hasTls = config.tlsCert !== null
  const unfollow = hasTls ? followCertificates(app.server as unknown as HttpsServer, config, log) : () => undefined
  return () => {
    unfollow()
    listener?.stop()
  }
}

/** What an operator set by flags and variables, of which no request tells; `fluxport doctor` judges by it. No secrets. */
async function recordStart({ database, owner }: Parts, config: Config): Promise<void> {
  const { host, port, publicUrl, keepDays, keepAuditDays, webhookAllowPrivate, webhookHttpLinks } = config
  const edge = {
    tls: config.tlsCert !== null,
    metricsAddress: config.metricsAddress,
    metricsTokenSet: config.metricsToken !== null,
  }
  const kept = { keepDays, keepAuditDays, webhookAllowPrivate, webhookHttpLinks }
  const after = { version: programVersion, host, port, publicUrl, ...kept, ...edge }
  const who = { actor: 'offline', accountId: null, address: null }
  await recordAlone(database, { ...who, action: 'server.started', object: owner, outcome: 'done', after })
}

/** What works in the background; the sources are looked at once there is an account. */
async function startLoops(parts: Opened, sources: LogSources, links: DownloadLinks, config: Config, log: Logger) {
  const { database, owner, spoolDirectory, diskRoom } = parts
  const privacy = await loadPrivacyOf(config.privacyProfile, parts)
  const geo = startGeo({ ...parts, isOn: config.geoOn, log })
  await clearSpool(spoolDirectory, await spooledPaths(database, owner))
  const limitCounts = createLimitCounts()
  const pushShares = createPushShares(config, limitCounts)
  const onRefused = () => limitCounts.reached('spool-bytes')
  const spoolShares = await createSpoolShares({ ...parts, ...config, onRefused })
  const loadDeps = { ...parts, geo, privacy, diskRoom, contentBytesMax: config.batchBytesMax, nowMs: Date.now, log }
  const loadLoop = await startLoadLoop({ ...loadDeps, loadsAtOnce: config.loadsAtOnceMax })
  const relocations = await startRelocationLoop({ ...parts, geo, diskRoom, wakeLoader: loadLoop.wake, log })
  const pushDeps = { ...parts, ...pushLimits(config), onSegment: spoolShares.own, onQueued: loadLoop.wake, log }
  const pushSpool = await startPushSpool(pushDeps)
  const claimLoop = await startClaimLoop({ ...parts, ...claimOptions(config), clientKey: privacy.clientKey, log })
  const deliveryLoop = startDeliveryLoop({
    ...parts,
    allowPrivate: config.webhookAllowPrivate,
    atOnceMax: config.webhooksAtOnceMax,
    payload: (task, url) =>
      webhookPayload(
        linksFor(links, task.created_by && linkTagOf(task.created_by)),
        task,
        config.webhookHttpLinks || url.protocol === 'https:',
      ),
    log,
  })
  const retentionLoop = startRetentionLoop({ ...parts, ...config, log })
  const auditPruning = startAuditPruning({ database, keepAuditDays: config.keepAuditDays, log })
  const own = { database, nowMs: Date.now, log }
  const [keyUse, refusals] = [recordKeyUse(own), openRefusalLog(own)]
  const loops = [geo, sources, pushSpool, loadLoop, relocations, claimLoop, deliveryLoop, retentionLoop]
  const stopLoops = () => Promise.all([...loops, auditPruning, keyUse, refusals].map((loop) => loop.stop()))
  const questions = createQuestions(parts.warehouse, config, limitCounts)
  const downloadsMax = { max: config.downloadsAtOnceMax, perAccountMax: config.downloadsAtOnceMax }
  const downloads = createShares(downloadsMax, () => limitCounts.reached('downloads'))
  const limits = { limitCounts, pushShares, spoolShares, questions, downloads }
  return { ...limits, geo, loadLoop, relocations, pushSpool, diskRoom, claimLoop, keyUse, refusals, stopLoops }
}

/** A batch of pushes is handed over when it has this many. */
const pushSegmentBytesMax = 64 * 1024 ** 2

const pushLimits = (config: Config) => ({
  pushGroupMs: config.pushGroupSeconds * 1000,
  segmentBytesMax: Math.min(pushSegmentBytesMax, config.batchBytesMax),
  heldBytesMax: config.pushBytesMax,
})

const linksOf = (linkKeys: LinkKeys, config: Config, publicUrl: () => string) =>
  createDownloadLinks({
    key: linkKeys.keys,
    publicUrl,
    lifetimeSeconds: config.linkLifetimeSeconds,
    nowMs: Date.now,
  })

/** What goes wrong with an address, said as what to do about it. */
const listenProblems: Record<string, string> = {
  EADDRINUSE: 'is taken: stop what listens there, or choose another with --port',
  EACCES: 'may not be opened by this user: choose one above 1023 with --port',
  EADDRNOTAVAIL: 'is not an address of this machine: choose another with --host',
}

async function listen(app: Routes, config: Config): Promise<void> {
  try {
    await app.listen({ host: config.host, port: config.port })
  } catch (cause) {
    const code = codeOf(cause)
    const problem = listenProblems[code]
    if (problem === undefined) throw cause
    throw new ConfigError(`${config.host}:${config.port} ${problem}`, { cause })
  }
}

/**
 * The first start's account and operator key. The key lies in its file before the database has it: a process killed
 * between the two makes another at the next start, and none is ever lost.
 * @returns the path, or null when there was an account
 */
async function firstCredentials(parts: Parts, dataDir: string, endpoint: string): Promise<string | null> {
  const { database, box } = parts
  if (await hasAccount(database)) {
    await recordEndpoint(dataDir, endpoint)
    return null
  }
  const key = newFirstKey()
  const path = await writeCredentials(dataDir, endpoint, key)
  if (await createFirstAccount(database, box, key)) return path
  await rm(path) // another process was first
  return null
}

/**
 * Where clients on this machine find the server: "any address" is none, and a certificate is for the public name.
 */
function endpointOf(app: Routes, config: Config): string {
  if (config.tlsCert !== null && config.publicUrl !== null) return config.publicUrl
  const { address, port, family } = app.server.address() as AddressInfo
  const any = address === '0.0.0.0' || address === '::'
  const host = any ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address
  return `${config.tlsCert === null ? 'http' : 'https'}://${host}:${port}`
}

/**
 * Closes the listener, lets answers finish, and closes connections as they fall idle. The framework's own way waits for
 * clients to hang up: 70 s with keep-alive (fastify#7044).
 */
async function closeServer(app: Routes): Promise<void> {
  const idle = setInterval(() => app.server.closeIdleConnections(), 50)
  const hard = setTimeout(() => app.server.closeAllConnections(), closeGraceMs)
  try {
    await app.close()
  } finally {
    clearInterval(idle)
    clearTimeout(hard)
  }
}
