import { recordKeyUse } from '../accounts/key-use.ts'
import { linkTagOf } from '../accounts/link-tag.ts'
import { startAuditPruning } from '../audit/prune-audit.ts'
import { openRefusalLog } from '../audit/refusal-log.ts'
import { type DownloadLinks, linksFor } from '../auth/download-links.ts'
import type { Settings } from '../config/settings.ts'
import type { DiskRoom } from '../disk/disk-room.ts'
import { clearSpool } from '../disk/spool.ts'
import { webhookPayload } from '../exports/task-view.ts'
import { startClaimLoop } from '../exports/tasks/claim-loop.ts'
import { type AttemptOutcome, startDeliveryLoop } from '../exports/webhooks/delivery-loop.ts'
import { startGeo } from '../geo/geo.ts'
import { startLoadLoop } from '../ingest/load/load-loop.ts'
import { createPushShares } from '../ingest/receive/push-shares.ts'
import { startPushSpool } from '../ingest/receive/push-spool.ts'
import { createSpoolShares, type SpoolShares } from '../ingest/receive/spool-shares.ts'
import type { LogSources } from '../ingest/sources/sources.ts'
import { spooledPaths } from '../ledger/batch-outcome.ts'
import type { Logger } from '../logger.ts'
import type { Parts } from '../parts/open-parts.ts'
import { createQuestions } from '../ports/warehouse/questions.ts'
import { loadPrivacyOf } from '../privacy/load-privacy.ts'
import { dropsAnything } from '../privacy/profile.ts'
import type { StageTimes } from '../stage-times.ts'
import type { LimitCounts } from '../turns/limit-counts.ts'
import { createShares } from '../turns/shares.ts'
import { startRelocationLoop } from '../upkeep/relocation/relocation-loop.ts'
import { startRetentionLoop } from '../upkeep/retention/retention-loop.ts'
import { claimOptions, storageOptions } from './loop-options.ts'

/** The opened parts, and the room on the disk. */
export type Opened = Parts & { diskRoom: DiskRoom }

type LoopDeps = {
  sources: LogSources
  links: DownloadLinks
  settings: Settings
  stages: StageTimes
  onWebhookAttempt: (outcome: AttemptOutcome) => void
  limitCounts: LimitCounts
  log: Logger
}

/** Starts the work in the background; the sources begin to look once there is an account. */
export async function startLoops(parts: Opened, deps: LoopDeps) {
  const { sources, settings, stages, limitCounts, log } = deps
  const { database, warehouse, owner, spoolDirectory, artifacts, readers, diskRoom } = parts
  const geo = startGeo({ database, warehouse, readers, spoolDirectory, isOn: settings.geoOn, log })
  await clearSpool(spoolDirectory, await spooledPaths(database, owner))
  const limits = await openLimits(parts, settings, limitCounts)
  const loading = await startLoading(parts, {
    geo,
    settings,
    stages,
    limitCounts,
    log,
    spoolShares: limits.spoolShares,
  })
  const { privacy, loadLoop, pushSpool } = loading
  const wakeLoader = loadLoop.wake
  const relocations = await startRelocationLoop({
    database,
    warehouse,
    owner,
    geo,
    unknownClientArea: settings.unknownClientArea,
    diskRoom,
    wakeLoader,
    log,
  })
  const { clientKey } = privacy
  const claimLoop = await startClaimLoop({
    database,
    warehouse,
    artifacts,
    owner,
    clientKey,
    stages,
    log,
    ...claimOptions(settings),
  })
  const deliveryLoop = startDeliveries(parts, deps)
  const { keepDays, keepAuditDays } = settings
  const keepsLogs = !dropsAnything(settings.privacyProfile)
  const retentionLoop = startRetentionLoop({ database, warehouse, artifacts, keepDays, keepsLogs, log })
  const auditPruning = startAuditPruning({ database, keepAuditDays, log })
  const own = { database, nowMs: Date.now, log }
  const [keyUse, refusals] = [recordKeyUse(own), openRefusalLog(own)]
  const loops = [geo, sources, pushSpool, loadLoop, relocations, claimLoop, deliveryLoop, retentionLoop]
  const stopLoops = () => Promise.all([...loops, auditPruning, keyUse, refusals].map((loop) => loop.stop()))
  return { limits, clientKey, geo, loadLoop, relocations, pushSpool, claimLoop, keyUse, refusals, stopLoops }
}

export type Loops = Awaited<ReturnType<typeof startLoops>>

/** The accounts' shares of what there is one of. */
async function openLimits(parts: Opened, settings: Settings, limitCounts: LimitCounts) {
  const { database, warehouse, owner, spoolDirectory } = parts
  const { spoolBytesMax, spoolBytesPerAccountMax, downloadsAtOnceMax } = settings
  const downloadShare = { max: downloadsAtOnceMax, perAccountMax: downloadsAtOnceMax }
  return {
    pushShares: createPushShares(settings, limitCounts),
    spoolShares: await createSpoolShares({
      database,
      owner,
      spoolDirectory,
      spoolBytesMax,
      spoolBytesPerAccountMax,
      onRefused: () => limitCounts.reached('spool-bytes'),
    }),
    questions: createQuestions(warehouse, settings, limitCounts),
    downloads: createShares(downloadShare, () => limitCounts.reached('downloads')),
  }
}

type LoadingDeps = Pick<LoopDeps, 'settings' | 'stages' | 'limitCounts' | 'log'> & {
  geo: ReturnType<typeof startGeo>
  spoolShares: SpoolShares
}

/** Starts the loops that pushes and logs go through. */
async function startLoading(parts: Opened, deps: LoadingDeps) {
  const { geo, settings, stages, limitCounts, log, spoolShares } = deps
  const { database, warehouse, artifacts, owner, spoolDirectory, formats, readers, diskRoom } = parts
  const privacy = await loadPrivacyOf(settings.privacyProfile, parts)
  const loadLoop = await startLoadLoop({
    database,
    warehouse,
    owner,
    geo,
    privacy,
    unknownClientArea: settings.unknownClientArea,
    spoolDirectory,
    contentBytesMax: settings.batchBytesMax,
    loadsAtOnce: settings.loadsAtOnceMax,
    artifacts,
    ...storageOptions(settings),
    limitCounts,
    spoolShares,
    diskRoom,
    formats,
    readers,
    stages,
    nowMs: Date.now,
    log,
  })
  const onQueued = loadLoop.wake
  const onSegment = spoolShares.own
  const pushDeps = { database, owner, spoolDirectory, ...pushLimits(settings), onSegment, onQueued, log }
  return { privacy, loadLoop, pushSpool: await startPushSpool(pushDeps) }
}

function startDeliveries({ database, box }: Parts, { links, settings, onWebhookAttempt, log }: LoopDeps) {
  return startDeliveryLoop({
    database,
    box,
    allowPrivate: settings.webhookAllowPrivate,
    atOnceMax: settings.webhooksAtOnceMax,
    payload: (task, url) =>
      webhookPayload(
        linksFor(links, task.created_by && linkTagOf(task.created_by)),
        task,
        settings.webhookHttpLinks || url.protocol === 'https:',
      ),
    onAttempt: onWebhookAttempt,
    log,
  })
}

/** A batch of pushes is handed over when it has this many. */
const pushSegmentBytesMax = 64 * 1024 ** 2

const pushLimits = (settings: Settings) => ({
  pushGroupMs: settings.pushGroupSeconds * 1000,
  segmentBytesMax: Math.min(pushSegmentBytesMax, settings.batchBytesMax),
  heldBytesMax: settings.pushBytesMax,
})
