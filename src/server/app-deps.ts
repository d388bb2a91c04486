import { createAuthenticator } from '../accounts/authenticate.ts'
import type { DownloadLinks } from '../auth/download-links.ts'
import type { LinkKeys } from '../auth/key-ring.ts'
import type { Settings } from '../config/settings.ts'
import type { LogSources } from '../ingest/sources/sources.ts'
import { openBatchNumbers } from '../ledger/batch-numbers.ts'
import type { Logger } from '../logger.ts'
import type { LimitCounts } from '../turns/limit-counts.ts'
import { programVersion } from '../version.ts'
import { createConsoleAuthenticator } from '../web-console/console-authenticator.ts'
import { readLogo } from '../web-console/logo.ts'
import { openPageFiles } from '../web-console/page-files.ts'
import type { AppDeps } from './app.ts'
import { readCertificates } from './certificates.ts'
import type { Metrics } from './metrics.ts'
import type { ScrapedTexts } from './metrics-listener.ts'
import type { Loops, Opened } from './start-loops.ts'
import { writeWorkbook } from './write-workbook.ts'

/** @property consoleDirectory the console's build */
export type ServeSettings = Settings & { consoleDirectory: string }

type Started = {
  parts: Opened
  settings: ServeSettings
  loops: Loops
  sources: LogSources
  metrics: Metrics
  texts: ScrapedTexts
  links: DownloadLinks
  linkKeys: LinkKeys
  publicUrl: () => string
  limitCounts: LimitCounts
  localToken: Buffer
  stopping: AbortSignal
  log: Logger
}

/** Hands each part of the API what it uses, and no other part's: the master key goes to none, sealed secrets to three. */
export async function appDeps(started: Started): Promise<AppDeps> {
  const { parts, settings, loops, sources, metrics, texts, linkKeys, publicUrl, stopping } = started
  const { database, warehouse, artifacts, box, owner, spoolDirectory, diskRoom } = parts
  const { geo, relocations, keyUse, refusals, limits } = loops
  const { questions, downloads } = limits
  const readLinkKeys = linkKeys.refresh
  const { artifactsRedirectSeconds: redirectSeconds } = settings
  const { metricsToken, metricsAddress, keepDays, geoOn, timeZone, billingRule } = settings
  return {
    edge: await edgeDeps(started),
    exports: exportDeps(started),
    downloads: { database, artifacts, links: started.links, downloads, readLinkKeys, redirectSeconds },
    secrets: { database, box, keyUse, readLinkKeys, publicUrl },
    coverage: { database, questions, timeZone, nowMs: Date.now },
    usage: {
      ...{ database, questions, timeZone, nowMs: Date.now, billingRule },
      ...{ links: started.links, limitCounts: started.limitCounts, clientKey: loops.clientKey, writeWorkbook },
    },
    ingest: await ingestDeps(started),
    sources: { sources, database },
    upkeep: { database, warehouse, keepDays, relocations, geo, owner, stopping },
    geo: { warehouse, geo, geoOn, spoolDirectory },
    account: { database, timeZone },
    domains: { database, warehouse },
    audit: { database, refusals },
    console: await consoleDeps(started),
    status: { database, warehouse, diskRoom, metrics, texts, metricsToken, metricsAddress, version: programVersion },
    system: systemDeps(started),
  }
}

function systemDeps({ parts, settings }: Started): AppDeps['system'] {
  const { database, warehouse, artifacts, diskRoom, isEngineConfined, engineRestarts } = parts
  const { inForce, diskReserveBytes, spoolBytesMax } = settings
  const { tasksWaitingMax, tasksRunningMax, storedBytesMax, exportRowsMax } = settings
  return {
    ...{ database, warehouse, diskRoom, isEngineConfined, engineRestarts, artifacts },
    configuration: inForce,
    bounds: { diskReserveBytes, spoolBytesMax },
    limits: { tasksWaitingMax, tasksRunningMax, storedBytesMax, exportRowsMax },
    startedMs: Date.now(),
  }
}

async function edgeDeps({ parts, settings, limitCounts, publicUrl, log }: Started): Promise<AppDeps['edge']> {
  const { database, box } = parts
  const keys = { database, box, nowMs: Date.now }
  const console = settings.consoleOn ? createConsoleAuthenticator({ ...keys, publicUrl }) : null
  return {
    authenticator: { ...createAuthenticator(keys), console },
    log,
    tls: await readCertificates(settings),
    limitCounts,
    bodyBytesMax: settings.bodyBytesMax,
    refusalsPerSecond: settings.refusalsPerSecond,
    connectionsMax: settings.connectionsMax,
    connectionsPerAddressMax: settings.connectionsPerAddressMax,
    requestsPerSecond: settings.requestsPerSecond,
    pushesPerSecond: settings.pushesPerSecond,
    accountRequestsPerSecond: settings.accountRequestsPerSecond,
    accountPushesPerSecond: settings.accountPushesPerSecond,
  }
}

async function consoleDeps(started: Started): Promise<AppDeps['console']> {
  const { parts, settings, publicUrl } = started
  const { consoleOn, consoleName, consoleLogo, consoleDirectory, tlsCert } = settings
  if (!consoleOn) return null
  const { database, box } = parts
  const isSecure = tlsCert !== null || (settings.publicUrl ?? '').startsWith('https:')
  const logo = consoleLogo === null ? null : await readLogo(consoleLogo)
  return {
    files: await openPageFiles(consoleDirectory),
    sessions: { database, box, nowMs: Date.now, publicUrl, isSecure },
    branding: { name: consoleName, logo, version: programVersion },
  }
}

function exportDeps({ parts, settings, loops, limitCounts, links }: Started): AppDeps['exports'] {
  return {
    database: parts.database,
    warehouse: parts.warehouse,
    questions: loops.limits.questions,
    limitCounts,
    links,
    wake: loops.claimLoop.wake,
    nowMs: Date.now,
    timeZone: settings.timeZone,
    exportRowsMax: settings.exportRowsMax,
    tasksWaitingMax: settings.tasksWaitingMax,
    storedBytesMax: settings.storedBytesMax,
    tasksMax: settings.tasksMax,
    billingRule: settings.billingRule,
    webhookAllowPrivate: settings.webhookAllowPrivate,
  }
}

async function ingestDeps({ parts, settings, loops, localToken, stopping }: Started): Promise<AppDeps['ingest']> {
  const { database, warehouse, box, owner, spoolDirectory, formats, readers, diskRoom } = parts
  const { pushShares, spoolShares, questions } = loops.limits
  return {
    database,
    warehouse,
    owner,
    spoolDirectory,
    formats,
    readers,
    diskRoom,
    pushShares,
    spoolShares,
    questions,
    pushSpool: loops.pushSpool,
    loadLoop: loops.loadLoop,
    numbersFor: await openBatchNumbers(database, box),
    privacyProfile: settings.privacyProfile,
    serviceArea: settings.serviceArea,
    timeZone: settings.timeZone,
    rejectedPercentMax: settings.rejectedPercentMax,
    batchBytesMax: settings.batchBytesMax,
    bodyStallSeconds: settings.bodyStallSeconds,
    localToken,
    stopping,
  }
}
