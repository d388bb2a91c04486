import { randomBytes } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createFirstAccount, hasAccount, newFirstKey } from '../accounts/accounts.ts'
import { createApp } from '../app.ts'
import { createAuthenticator } from '../auth/authenticate.ts'
import { createDownloadLinks, type DownloadLinks } from '../auth/download-links.ts'
import { type Config, ConfigError } from '../config.ts'
import { hideUnknownLoads } from '../consistency/unknown-loads.ts'
import { recordMissingSpans } from '../coverage/record-missing-spans.ts'
import { claimOptions, startClaimLoop } from '../exports/claim-loop.ts'
import { webhookPayload } from '../exports/task-view.ts'
import { startGeo } from '../geo/geo.ts'
import type { Routes } from '../http/server.ts'
import { openBatchNumbers } from '../ingest/batch-numbers.ts'
import { spooledPaths } from '../ingest/batch-outcome.ts'
import { createDiskRoom, type DiskRoom } from '../ingest/disk-room.ts'
import { startLoadLoop } from '../ingest/load-loop.ts'
import { startPushSpool } from '../ingest/push-spool.ts'
import { readSources } from '../ingest/sources/source-settings.ts'
import { type LogSources, openSources } from '../ingest/sources/sources.ts'
import { clearSpool } from '../ingest/spool.ts'
import type { Logger } from '../logger.ts'
import { createMetrics } from '../metrics.ts'
import { loadPrivacyOf } from '../privacy/load-privacy.ts'
import { startRelocationLoop } from '../relocation/relocation-loop.ts'
import { startRetentionLoop } from '../retention/retention-loop.ts'
import { programVersion } from '../version.ts'
import { startDeliveryLoop } from '../webhooks/delivery-loop.ts'
import { recordEndpoint, writeCredentials, writeServerFile } from './data-files.ts'
import { openParts, type Parts } from './open-parts.ts'

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
  const parts = await openParts(config, log)
  try {
    await hideUnknownLoads({ ...parts, log })
    await recordMissingSpans(parts)
    const settings = await readSources(config, { ...config, ...parts })
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
  const links = linksOf(parts, config, () => config.publicUrl ?? endpoint)
  const { stopLoops, ...loops } = await startLoops(parts, sources, links, config, log)
  try {
    const app = await createApp({
      ...parts,
      ...config,
      ...loops,
      localToken,
      numbersFor: await openBatchNumbers(database, parts.box),
      log,
      nowMs: Date.now,
      sources,
      metrics: createMetrics(database, sources.watched, loops.diskRoom),
      authenticator: createAuthenticator({ ...parts, nowMs: Date.now }),
      links,
      stopping: stopping.signal,
      tls: await tlsOf(config),
      version: programVersion,
      wake: loops.claimLoop.wake,
    })
    await listen(app, config)
    endpoint = endpointOf(app, config)
    const credentialsPath = await firstCredentials(parts, config.dataDir, endpoint)
    await writeServerFile(config.dataDir, { endpoint, localToken, engineUrl: parts.engineUrl })
    await sources.start({ ...config, ...parts, wakeLoader: loops.loadLoop.wake, nowMs: Date.now, log })
    log.info({ endpoint, version: programVersion }, 'server.started')
    const stop = async () => {
      stopping.abort()
      await Promise.all([closeServer(app), stopLoops()])
      await rm(join(config.dataDir, 'server.json'), { force: true })
      await parts.close()
    }
    return { endpoint, credentialsPath, stop }
  } catch (error) {
    await stopLoops()
    throw error
  }
}

/** What works in the background; the sources are looked at once there is an account. */
async function startLoops(parts: Opened, sources: LogSources, links: DownloadLinks, config: Config, log: Logger) {
  const { database, owner, spoolDirectory, diskRoom } = parts
  const privacy = await loadPrivacyOf(config.privacyProfile, parts)
  const geo = startGeo({ ...parts, isOn: config.geoOn, log })
  await clearSpool(spoolDirectory, await spooledPaths(database, owner))
  const loadDeps = { ...parts, geo, privacy, diskRoom, contentBytesMax: config.batchBytesMax, nowMs: Date.now, log }
  const loadLoop = await startLoadLoop(loadDeps)
  const relocations = await startRelocationLoop({ ...parts, geo, diskRoom, wakeLoader: loadLoop.wake, log })
  const pushSpool = await startPushSpool({ ...parts, ...pushLimits(config), log, onQueued: loadLoop.wake })
  const claimLoop = await startClaimLoop({ ...parts, ...claimOptions(config), clientKey: privacy.clientKey, log })
  const deliveryLoop = startDeliveryLoop({
    ...parts,
    allowPrivate: config.webhookAllowPrivate,
    payload: (task) => webhookPayload(links, task),
    log,
  })
  const retentionLoop = startRetentionLoop({ ...parts, ...config, log })
  const loops = [geo, sources, pushSpool, loadLoop, relocations, claimLoop, deliveryLoop, retentionLoop]
  const stopLoops = () => Promise.all(loops.map((loop) => loop.stop()))
  return { geo, loadLoop, relocations, pushSpool, diskRoom, claimLoop, stopLoops }
}

/** Lines of pushes on their way to the disk are in memory: so many bytes. */
const pushHeldBytesMax = 64 * 1024 ** 2
/** A batch of pushes is handed over when it has so many. */
const pushSegmentBytesMax = 64 * 1024 ** 2

const pushLimits = (config: Config) => ({
  pushGroupMs: config.pushGroupSeconds * 1000,
  segmentBytesMax: Math.min(pushSegmentBytesMax, config.batchBytesMax),
  heldBytesMax: pushHeldBytesMax,
})

const linksOf = (parts: Parts, config: Config, publicUrl: () => string) =>
  createDownloadLinks({
    key: parts.box.derive('download links'),
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
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
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

async function tlsOf(config: Config) {
  if (config.tlsCert === null || config.tlsKey === null) return null
  const read = (flag: string, path: string) =>
    readFile(path, 'utf8').catch((cause) => {
      throw new ConfigError(`--${flag}: ${path} cannot be read`, { cause })
    })
  return { cert: await read('tls-cert', config.tlsCert), key: await read('tls-key', config.tlsKey) }
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
