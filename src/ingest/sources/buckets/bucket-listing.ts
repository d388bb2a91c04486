import type { Logger } from '../../../logger.ts'
import type { SourceFileRow } from '../../../ports/database/source-rows.ts'
import { ruleOf } from '../files/file-rule.ts'
import { timeInName } from '../files/file-time.ts'
import type { FoundFile, KnownFiles, Look, LookLimit } from '../files/log-place.ts'
import { type Bucket, type BucketObject, identityOfObject, isSameObject, objectOf } from './bucket.ts'
import { cursorAfter, isAfter, lookbackKey, parseCursor } from './bucket-cursor.ts'
import type { BucketMemory } from './bucket-memory.ts'
import { type BucketSettings, baseOf, locationOf } from './bucket-settings.ts'

/** Most pages listed in one look: ended batches are processed between two looks. */
const pagesAtOnce = 20

/** Most failed objects requested by name, which a listing in order may not reach. */
const retriesAtOnce = 100

/** An object's row is marked as seen at most this often. */
const seenEveryMs = 86_400_000

/** An object that no whole listing has shown for this long is forgotten. */
const unseenKeptMs = 7 * 86_400_000

type Deps = { bucket: Bucket; memory: BucketMemory; log: Logger }

/** One listing, of everything or of new objects, which may take several looks. */
type Pass = {
  isOfAll: boolean
  startedMs: number
  after: string
  /** For a repeated listing of everything: new objects up to this key came too late for the listings in order. */
  lateUpTo: string
  /** Objects with something to do that the listing has reached. */
  seen: Set<string>
}

/** A listing that continues from look to look. */
type Listing = {
  look(known: KnownFiles, nowMs: number, limit: LookLimit, signal: AbortSignal): Promise<Look>
}

/** @param deps `memory` holds the objects found before */
export async function openListing(settings: BucketSettings, deps: Deps): Promise<Listing> {
  let cursor = parseCursor(await deps.memory.readCursor(), whatIsMeant(settings))
  let pass: Pass | null = null
  const begin = (nowMs: number): Pass => {
    const isDue = cursor.listedAllMs === null || nowMs - cursor.listedAllMs >= settings.listAllMs
    const isOfAll = settings.listing === 'all' || isDue
    const behind = lookbackKey(cursor, settings.lookbackMs, nowMs)
    const after = !isOfAll && isAfter(behind, settings.startAfter) ? behind : settings.startAfter
    const lateUpTo = cursor.listedAllMs === null ? '' : behind
    return { isOfAll, startedMs: nowMs, after, lateUpTo, seen: new Set() }
  }
  return {
    look: async (known, nowMs, limit, signal) => {
      const isFirst = pass === null
      const now = pass ?? begin(nowMs)
      pass = now
      const found = newFindings(settings, known, nowMs, limit)
      if (isFirst) await dueAgain(deps, found, now, signal)
      const walked = await walk(deps, found, now, signal)
      const gone = walked.isEnd && now.isOfAll ? unseenOf(known, now) : []
      const handedOver = async () => {
        sayLate(deps.log, found, now)
        now.after = walked.last
        if (settings.listing === 'in_order') cursor = cursorAfter(cursor, walked.objects, settings.lookbackMs, nowMs)
        if (walked.isEnd) {
          pass = null
          if (now.isOfAll) {
            cursor = { ...cursor, listedAllMs: now.startedMs }
            await deps.memory.forgetUnseen(now.startedMs - unseenKeptMs)
          }
        }
        if (settings.listing === 'in_order') await deps.memory.saveCursor(JSON.stringify(cursor))
      }
      const ready = [...found.ready.values()].sort((a, b) => a.timeMs - b.timeMs || (a.path < b.path ? -1 : 1))
      const put = { toPutAway: [...found.toPutAway.values()], gone: [...found.gone, ...gone] }
      return { ready, renamed: [], ...put, unsettled: [], isMore: !walked.isEnd, handedOver }
    },
  }
}

/** A text of the settings that select objects. */
const whatIsMeant = (settings: BucketSettings): string =>
  JSON.stringify([locationOf(settings), settings.startAfter, settings.rules.map((rule) => rule.files)])

/** Findings of one look, up to its limit. */
type Findings = {
  settings: BucketSettings
  known: KnownFiles
  nowMs: number
  limit: LookLimit
  ready: Map<string, FoundFile>
  readyBytes: number
  toPutAway: Map<string, SourceFileRow>
  gone: string[]
}

const newFindings = (settings: BucketSettings, known: KnownFiles, nowMs: number, limit: LookLimit): Findings => ({
  ...{ settings, known, nowMs, limit, ready: new Map(), readyBytes: 0, toPutAway: new Map(), gone: [] },
})

/** Lists from the pass's position until there is enough to do. `objects` are for the cursor of a listing in order. */
async function walk({ bucket, memory }: Deps, found: Findings, pass: Pass, signal: AbortSignal) {
  const objects: BucketObject[] = []
  let last = pass.after
  for (let pages = 0; pages < pagesAtOnce; pages++) {
    const page = await bucket.list(last, signal)
    const rows = await memory.of(page.objects.filter((one) => isLog(found.settings, one)).map(pathIn(found.settings)))
    await memory.markSeen(staleOf(rows, found.nowMs), found.nowMs)
    for (const object of page.objects) {
      if (isEnough(found, object)) return { last, objects, isEnd: false }
      const path = pathIn(found.settings)(object)
      if (isLog(found.settings, object)) place(found, object, rows.get(path))
      if (found.known.has(path)) pass.seen.add(path)
      if (found.settings.listing === 'in_order') objects.push(object)
      last = object.key
    }
    if (page.isLast) return { last, objects, isEnd: true }
  }
  return { last, objects, isEnd: false }
}

const pathIn =
  (settings: BucketSettings) =>
  ({ key }: Pick<BucketObject, 'key'>): string =>
    key.slice(baseOf(settings).length)

/** Directory markers, empty objects and names that no database can store are no logs. */
const isLog = (settings: BucketSettings, object: BucketObject): boolean =>
  object.sizeBytes > 0 &&
  !object.key.endsWith('/') &&
  !object.key.includes('\0') &&
  ruleOf(settings, pathIn(settings)(object)) !== undefined

/** An object larger than the room comes alone. */
function isEnough({ ready, readyBytes, toPutAway, limit }: Findings, { sizeBytes }: BucketObject): boolean {
  if (ready.size + toPutAway.size >= limit.files) return true
  return ready.size > 0 && readyBytes + sizeBytes > limit.bytes
}

const staleOf = (rows: ReadonlyMap<string, SourceFileRow>, nowMs: number): string[] =>
  [...rows.values()].filter((row) => (row.seen_at_ms ?? 0) < nowMs - seenEveryMs).map((row) => row.path)

/** Decides what to do with an object. @param row the known state of its path */
function place(found: Findings, object: BucketObject, row: SourceFileRow | undefined): void {
  if (row?.state === 'queued') return
  if (row?.identity !== identityOfObject(object)) {
    makeReady(found, object)
    return
  }
  const isDue = row.retry_at_ms !== null && row.retry_at_ms <= found.nowMs
  if (row.state === 'failed' && isDue) makeReady(found, object)
  if (row.state !== 'loaded' || found.settings.after === 'leave') return
  if (row.error_code === null || isDue) found.toPutAway.set(row.path, row)
}

function makeReady(found: Findings, object: BucketObject): void {
  const path = pathIn(found.settings)(object)
  if (found.ready.has(path)) return
  found.readyBytes += object.sizeBytes
  found.ready.set(path, {
    path,
    identity: identityOfObject(object),
    sizeBytes: object.sizeBytes,
    timeMs: timeInName(path) ?? object.modifiedMs,
    isGrowing: false,
  })
}

/** Objects that are due again, and that a listing in order may not reach. */
async function dueAgain({ bucket }: Deps, found: Findings, pass: Pass, signal: AbortSignal): Promise<void> {
  if (pass.isOfAll) return
  const isDue = (row: SourceFileRow) =>
    row.state !== 'queued' && row.gone_at_ms === null && row.retry_at_ms !== null && row.retry_at_ms <= found.nowMs
  const due = [...found.known.values()].filter(isDue).sort((a, b) => Number(a.retry_at_ms) - Number(b.retry_at_ms))
  for (const row of due.slice(0, retriesAtOnce)) {
    const before = objectOf(baseOf(found.settings) + row.path, row.identity)
    const now = await bucket.head(before.key, signal)
    if (now === null) found.gone.push(row.path)
    // A head gives the time less exactly than a listing.
    else place(found, isSameObject(now, before) ? before : now, row)
  }
}

/** Only this reveals keys that do not ascend with time, or a lookback that is too short. */
function sayLate(log: Logger, { settings, known, ready }: Findings, pass: Pass): void {
  const keyOf = (path: string) => baseOf(settings) + path
  const late = [...ready.keys()].filter((path) => !known.has(path) && !isAfter(keyOf(path), pass.lateUpTo))
  if (late.length === 0) return
  log.warn({ source: settings.name, objects: late.length, first: late[0] }, 'source.objects_came_late')
}

/** Objects with something to do that a listing of everything did not reach: they are gone. */
const unseenOf = (known: KnownFiles, pass: Pass): string[] =>
  [...known.values()]
    .filter((row) => row.state !== 'queued' && row.changed_at_ms < pass.startedMs && !pass.seen.has(row.path))
    .map((row) => row.path)
