import { stat } from 'node:fs/promises'
import type { BatchRow } from '../../ports/database/schema.ts'
import { contentOf, type Delivered, knownTo } from '../identify/delivered.ts'
import type { LoadDeps } from './load-batch.ts'
import { groupAttemptsMax, haveSameParameters } from './load-group.ts'
import { inTime, lookMsMax } from './load-turns.ts'

/** A longer file, in bytes as stored, keeps the engine busy by itself. */
const fileBytesMax = 16 * 1024 ** 2
/** Most bytes and files of a group: beside their time a statement's fixed cost, a fifth of a second, is small. */
const groupBytesMax = 128 * 1024 ** 2
const groupFilesMax = 300

/**
 * Chooses the queued batches that one statement can load with the first of them: small files with the same parameters,
 * of whose content nothing is loaded, nor precedes them in the queue. Other batches keep their turn.
 * @param queue oldest first
 * @param lookMs longest time to look at files: no other load begins meanwhile
 * @returns the first batch and others; nothing when the first goes alone
 */
export async function chooseGroup(
  deps: LoadDeps,
  queue: readonly BatchRow[],
  lookMs: number = lookMsMax,
): Promise<Delivered[]> {
  const untilMs = performance.now() + lookMs
  const [first] = queue
  if (!deps.warehouse.takesLinkedLogs || !first) return []
  // Only the same account's batches are looked at, so that no account waits for a look at another's.
  const own = await survivorsOf(
    deps,
    queue.filter(({ account_id }) => account_id === first.account_id),
    untilMs,
  )
  if (own.length < 2) return []
  return await deps.looks.counting(own, () => groupOf(deps, own, untilMs))
}

/**
 * Batches that may be looked at together. A batch with a counted look is first looked at by itself, to find the one
 * that ended the server. The others of its group are innocent, and would take long one by one.
 */
async function survivorsOf(deps: LoadDeps, queue: readonly BatchRow[], untilMs: number): Promise<BatchRow[]> {
  const survivors: BatchRow[] = []
  for (const batch of queue) {
    if (batch.looks === 0 || (await isSurvived(deps, batch, untilMs))) survivors.push({ ...batch, looks: 0 })
    // There is no group without the oldest batch; batches not reached in time keep their turn.
    if (survivors.length === 0 || performance.now() >= untilMs) break
  }
  return survivors
}

async function isSurvived({ looks }: LoadDeps, batch: BatchRow, untilMs: number): Promise<boolean> {
  const content = contentOf(batch)
  return content !== null && (await looks.at(batch, content, inTime(untilMs)).catch(() => null)) !== null
}

async function groupOf(deps: LoadDeps, queue: readonly BatchRow[], untilMs: number): Promise<Delivered[]> {
  const [firstBatch] = queue
  if (!firstBatch) return []
  const first = await lookedAt(deps, firstBatch, untilMs)
  if (!first || !(await mayGroup(first)) || (await isKnown(deps, first))) return []
  const group = [first]
  const before = [first]
  let bytes = await sizeOf(first)
  for (const batch of queue.slice(1)) {
    if (performance.now() >= untilMs) break
    const file = await lookedAt(deps, batch, untilMs)
    if (!file) continue // its own turn will report the error
    const isAlone = before.every((other) => !beginAlike(file, other))
    before.push(file)
    if (!isAlone || !haveSameParameters(first, file) || !(await mayGroup(file))) continue
    bytes += await sizeOf(file)
    if (bytes > groupBytesMax || group.length === groupFilesMax) break
    group.push(file)
  }
  const known = new Set<Delivered>()
  for (const file of group) if (await isKnown(deps, file)) known.add(file)
  return group.filter((file) => !known.has(file))
}

async function lookedAt({ looks }: LoadDeps, batch: BatchRow, untilMs: number): Promise<Delivered | null> {
  const content = contentOf(batch)
  return content && (await looks.ahead(batch, content, inTime(untilMs)))
}

/** The engine reads files whole. Of a file that is still written, the beginning is copied, so it goes alone. */
const mayGroup = async (file: Delivered): Promise<boolean> =>
  file.content.endByte === undefined && file.batch.attempts < groupAttemptsMax && (await sizeOf(file)) <= fileBytesMax

const sizeOf = async (file: Delivered): Promise<number> =>
  (await stat(file.content.path).catch(() => ({ size: Number.POSITIVE_INFINITY }))).size

/** True if both have the same first line, or one's first bytes begin the other: then their order matters. */
function beginAlike(one: Delivered, other: Delivered): boolean {
  if (one.batch.delivery === 'push' || other.batch.delivery === 'push') return false
  if (one.head.firstLineSha256 !== null && one.head.firstLineSha256 === other.head.firstLineSha256) return true
  const length = Math.min(one.sample.length, other.sample.length)
  return one.sample.compare(other.sample, 0, length, 0, length) === 0
}

const isKnown = async (deps: LoadDeps, file: Delivered): Promise<boolean> =>
  (await knownTo(deps.database.queries, file)).length > 0
