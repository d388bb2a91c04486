import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import type { Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createFirstAccount, hasAccount, newFirstKey } from '../accounts/accounts.ts'
import { recordAlone } from '../audit/audit-log.ts'
import { createDownloadLinks } from '../auth/download-links.ts'
import { type LinkKeys, openLinkKeys } from '../auth/key-ring.ts'
import type { Config } from '../config/config.ts'
import { type Settings, settingsOf } from '../config/settings.ts'
import { recordSpanAccounts } from '../coverage/record-span-accounts.ts'
import { createDiskRoom } from '../disk/disk-room.ts'
import { ConfigError, codeOf } from '../errors.ts'
import type { Routes } from '../http/server.ts'
import { allFormats } from '../ingest/formats/own/user-formats.ts'
import { recordMissingSpans } from '../ingest/load/record-missing-spans.ts'
import { readSources } from '../ingest/sources/source-settings.ts'
import { type LogSources, openSources } from '../ingest/sources/sources.ts'
import type { Logger } from '../logger.ts'
import { recordEndpoint, writeCredentials, writeServerFile } from '../parts/data-files.ts'
import { openParts, type Parts } from '../parts/open-parts.ts'
import { createLimitCounts } from '../turns/limit-counts.ts'
import { hideUnknownLoads } from '../upkeep/consistency/unknown-loads.ts'
import { programCommit, programVersion } from '../version.ts'
import { builtConsole } from '../web-console/page-files.ts'
import { operatorsLink } from '../web-console/sign-in-links.ts'
import { createApp } from './app.ts'
import { appDeps, type ServeSettings } from './app-deps.ts'
import { followCertificates } from './certificates.ts'
import { createMetrics } from './metrics.ts'
import { listenForMetrics, type ScrapedTexts } from './metrics-listener.ts'
import { type Loops, type Opened, startLoops } from './start-loops.ts'
import { createUsageMetrics } from './watch/usage-metrics.ts'

export type RunningServer = {
  /** Where it listens, without a slash at the end. */
  endpoint: string
  /** First start: where the new operator key lies. */
  credentialsPath: string | null
  /** Signs an operator in to the console once; null: the console is off, or no operator key is usable. */
  consoleLink: string | null
  /** Takes no new work, answers the requests under way, gives leases back. */
  stop(): Promise<void>
}

/** Answers that take longer than this are cut at shutdown: a download, say. */
const closeGraceMs = 3_000

/** Starts everything: API, loader, claim loop, engine. Ready to answer once this resolves. */
export async function startServer(
  config: Config,
  log: Logger,
  { consoleDirectory = builtConsole } = {},
): Promise<RunningServer> {
  const { inbox, inboxSource, sourcesFile, serviceArea, timeZone, rejectedPercentMax, batchBytesMax } = config
  const defaults = { serviceArea, timeZone, rejectedPercentMax, formats: await allFormats(config.formatsPath) }
  const sourceSettings = await readSources({ inbox, inboxSource, sourcesFile }, defaults)
  const directories = sourceSettings.flatMap((source) => (source.kind === 'directory' ? [source.directory] : []))
  const parts = await openParts(config, log, directories)
  try {
    const { database, warehouse, owner, spoolDirectory } = parts
    await hideUnknownLoads({ database, warehouse, log })
    await recordMissingSpans({ database, warehouse })
    await recordSpanAccounts({ database, warehouse })
    const { dataDir, diskReserveBytes, spoolBytesMax } = config
    const diskRoom = createDiskRoom({ dataDir, spoolDirectory, diskReserveBytes, spoolBytesMax })
    const sources = await openSources({ database, owner, spoolDirectory, batchBytesMax, diskRoom, log }, sourceSettings)
    return await startOn({ ...parts, diskRoom }, sources, { ...settingsOf(config), consoleDirectory }, log)
  } catch (error) {
    await parts.close()
    throw error
  }
}

async function startOn(
  parts: Opened,
  sources: LogSources,
  settings: ServeSettings,
  log: Logger,
): Promise<RunningServer> {
  const { database } = parts
  const stopping = new AbortController()
  const localToken = randomBytes(32)
  let endpoint = ''
  const linkKeys = await openLinkKeys(parts)
  const publicUrl = () => settings.publicUrl ?? endpoint
  const links = linksOf(linkKeys, settings, publicUrl)
  const limitCounts = createLimitCounts()
  const { diskRoom, engineRestarts, artifacts } = parts
  const measured = { database, sources: sources.watched, diskRoom, limitCounts, engineRestarts, artifacts }
  const metrics = createMetrics(measured)
  const shared = { sources, links, settings, limitCounts, log }
  const { stages, onWebhookAttempt } = metrics
  const loops = await startLoops(parts, { ...shared, stages, onWebhookAttempt })
  try {
    const usage = usageOf(parts, loops, settings, stopping.signal)
    const texts: ScrapedTexts = { '/metrics': metrics, '/metrics/usage': usage }
    const own = { parts, loops, metrics, texts, linkKeys, publicUrl, localToken, stopping: stopping.signal }
    const app = await createApp(await appDeps({ ...shared, ...own }))
    await listen(app, settings)
    const closeEdge = await openEdge(app, settings, texts, log)
    endpoint = endpointOf(app, settings)
    const credentialsPath = await firstCredentials(parts, settings.dataDir, endpoint)
    const { engineUrl, isEngineConfined } = parts
    const { tlsCert, serviceArea, timeZone, rejectedPercentMax } = settings
    await writeServerFile(settings.dataDir, { endpoint, localToken, engineUrl, isEngineConfined, tlsCert })
    const { formats } = parts
    const wakeLoader = loops.loadLoop.wake
    await sources.start({ serviceArea, timeZone, rejectedPercentMax, formats, wakeLoader, nowMs: Date.now, log })
    await recordStart(parts, settings)
    log.info({ endpoint, version: programVersion, commit: programCommit }, 'server.started')
    const stop = async () => {
      stopping.abort()
      closeEdge()
      await Promise.all([closeServer(app), loops.stopLoops(), linkKeys.stop()])
      await rm(join(settings.dataDir, 'server.json'), { force: true })
      await parts.close()
      log.info({ endpoint }, 'server.stopped')
    }
    const link = settings.consoleOn ? await operatorsLink(database, publicUrl) : null
    return { endpoint, credentialsPath, consoleLink: link?.url ?? null, stop }
  } catch (error) {
    await loops.stopLoops()
    throw error
  }
}

const usageOf = ({ database }: Parts, { limits: { questions } }: Loops, settings: Settings, stopping: AbortSignal) => {
  const { metricsUsageMax: usageMax, storedBytesMax } = settings
  return createUsageMetrics({ database, questions, usageMax, storedBytesMax, stopping })
}

/** Opens the parts beside the listener: certificates that are followed, metrics with an address of their own. */
async function openEdge(app: Routes, settings: Settings, texts: ScrapedTexts, log: Logger): Promise<() => void> {
  const listener = await listenForMetrics(settings, texts, log)
  const hasTls = settings.tlsCert !== null
  const unfollow = hasTls ? followCertificates(app.server as unknown as HttpsServer, settings, log) : () => undefined
  return () => {
    unfollow()
    listener?.stop()
  }
}

/** Records the operator's flags and variables, which no request tells. `fluxport doctor` judges by them. No secrets. */
async function recordStart({ database, owner }: Parts, settings: Settings): Promise<void> {
  const { host, port, publicUrl, timeZone, keepDays, keepAuditDays } = settings
  const { webhookAllowPrivate, webhookHttpLinks } = settings
  const edge = {
    tls: settings.tlsCert !== null,
    console: settings.consoleOn,
    metricsAddress: settings.metricsAddress,
    metricsTokenSet: settings.metricsToken !== null,
  }
  const kept = { keepDays, keepAuditDays, webhookAllowPrivate, webhookHttpLinks }
  const after = { version: programVersion, commit: programCommit, host, port, publicUrl, timeZone, ...kept, ...edge }
  const who = { actor: 'offline', accountId: null, address: null }
  await recordAlone(database, { ...who, action: 'server.started', object: owner, outcome: 'done', after })
}

const linksOf = (linkKeys: LinkKeys, settings: Settings, publicUrl: () => string) =>
  createDownloadLinks({
    key: linkKeys.keys,
    publicUrl,
    lifetimeSeconds: settings.linkLifetimeSeconds,
    nowMs: Date.now,
  })

/** Problems of an address, each with its way out, by the system's code. */
const listenProblems: Record<string, string> = {
  EADDRINUSE: 'is taken: stop what listens there, or choose another with --port',
  EACCES: 'may not be opened by this user: choose one above 1023 with --port',
  EADDRNOTAVAIL: 'is not an address of this machine: choose another with --host',
}

async function listen(app: Routes, settings: Settings): Promise<void> {
  try {
    await app.listen({ host: settings.host, port: settings.port })
  } catch (cause) {
    const code = codeOf(cause)
    const problem = listenProblems[code]
    if (problem === undefined) throw cause
    throw new ConfigError(`${settings.host}:${settings.port} ${problem}`, { cause })
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
function endpointOf(app: Routes, settings: Settings): string {
  if (settings.tlsCert !== null && settings.publicUrl !== null) return settings.publicUrl
  const { address, port, family } = app.server.address() as AddressInfo
  const any = address === '0.0.0.0' || address === '::'
  const host = any ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address
  return `${settings.tlsCert === null ? 'http' : 'https'}://${host}:${port}`
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
