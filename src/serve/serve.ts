import { randomBytes } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createFirstAccount } from '../accounts/accounts.ts'
import { createApp } from '../app.ts'
import { createAuthenticator } from '../auth/authenticate.ts'
import { createDownloadLinks } from '../auth/download-links.ts'
import type { Config } from '../config.ts'
import { startClaimLoop } from '../exports/claim-loop.ts'
import type { Routes } from '../http/server.ts'
import { spooledPaths } from '../ingest/batch-store.ts'
import { startLoadLoop } from '../ingest/load-loop.ts'
import { clearSpool } from '../ingest/spool.ts'
import type { Logger } from '../logger.ts'
import { createMetrics } from '../metrics.ts'
import { programVersion } from '../version.ts'
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
    return await startOn(parts, config, log)
  } catch (error) {
    await parts.close()
    throw error
  }
}

async function startOn(parts: Parts, config: Config, log: Logger): Promise<RunningServer> {
  const { database, owner, spoolDirectory } = parts
  const nowMs = Date.now
  const stopping = new AbortController()
  let endpoint = ''
  const firstKey = await createFirstAccount(database, parts.box)
  await clearSpool(spoolDirectory, await spooledPaths(database, owner))
  const loadLoop = await startLoadLoop({ ...parts, contentBytesMax: config.batchBytesMax, nowMs, log })
  const claimLoop = await startClaimLoop({ ...parts, concurrency: config.exportConcurrency, log })
  const localToken = randomBytes(32)
  const app = await createApp({
    ...parts,
    ...config,
    loadLoop,
    localToken,
    log,
    nowMs,
    metrics: createMetrics(database),
    authenticator: createAuthenticator({ ...parts, nowMs }),
    links: createDownloadLinks({
      key: parts.box.derive('download links'),
      publicUrl: () => config.publicUrl ?? endpoint,
      lifetimeSeconds: config.linkLifetimeSeconds,
      nowMs,
    }),
    stopping: stopping.signal,
    tls: await tlsOf(config),
    version: programVersion,
    wake: claimLoop.wake,
  })
  const stop = async () => {
    stopping.abort()
    await Promise.all([closeServer(app), loadLoop.stop(), claimLoop.stop()])
    await rm(join(config.dataDir, 'server.json'), { force: true })
    await parts.close()
  }
  try {
    await app.listen({ host: config.host, port: config.port })
  } catch (error) {
    await Promise.all([loadLoop.stop(), claimLoop.stop()])
    throw error
  }
  endpoint = endpointOf(app, config)
  const credentialsPath = firstKey && (await writeCredentials(config.dataDir, endpoint, firstKey))
  await recordEndpoint(config.dataDir, endpoint)
  await writeServerFile(config.dataDir, { endpoint, localToken: localToken.toString('hex') })
  log.info({ endpoint, version: programVersion }, 'server.started')
  return { endpoint, credentialsPath, stop }
}

async function tlsOf(config: Config) {
  if (config.tlsCert === null || config.tlsKey === null) return null
  return { cert: await readFile(config.tlsCert, 'utf8'), key: await readFile(config.tlsKey, 'utf8') }
}

/** An address for clients on this machine: "any address" is not one. */
function endpointOf(app: Routes, config: Config): string {
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
