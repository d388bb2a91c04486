import { stat } from 'node:fs/promises'
import type { Database } from '../../ports/database/database.ts'
import { batchIsQueued } from '../../ports/database/partial-indexes.ts'
import type { BatchRow } from '../../ports/database/schema.ts'
import type { Readers } from '../../readers/readers.ts'
import { contentBytes } from '../identify/content.ts'

/**
 * Decides which batches are loaded next. Accounts come one after another, each with its oldest batches. A load that has
 * run for `youngMs` no longer keeps another account's from beginning beside it (docs/adr/0032-turns.md).
 */

/** A load that has begun and has not ended. */
export type RunningLoad = {
  accountId: string
  batchIds: readonly number[]
  /** Sources of its files: their order matters, so no other load takes files of these sources meanwhile. */
  fileSources: ReadonlySet<string>
  startedAtMs: number
}

/** An account's batches that may be loaded now, oldest first. */
export type Turn = { accountId: string; queue: BatchRow[] }

/** A load has the engine to itself for this time; most loads have ended by then. */
const youngMs = 1_000
/** Most waiting batches that are searched for a group. */
const lookedAtMax = 500
/**
 * Longest look at an account's waiting batches in one turn, because other accounts wait; its next turn continues. It is
 * also the longest look at one batch: a batch that takes longer to read is not short.
 */
export const lookMsMax = 1_000
/** Bounds of batches that run beside the account's own long load, or in the last free place: such a load ends soon. */
const boundedMax = { fileBytes: 16 * 1024 ** 2, contentBytes: 64 * 1024 ** 2 }

type TurnDeps = { database: Database; readers: Readers; owner: string; loadsAtOnce: number; lookMs?: number }

/** Assigns turns; it remembers the account of the last turn, and which batches are short when decompressed. */
export function createLoadTurns({ database, readers, owner, loadsAtOnce, lookMs = lookMsMax }: TurnDeps) {
  let lastAccountId = ''
  const known = new Map<number, boolean>()

  const boundedOnly = async (queue: readonly BatchRow[]): Promise<BatchRow[]> => {
    const plain: BatchRow[] = []
    const untilMs = performance.now() + lookMs
    let hasLooked = false
    for (const batch of queue) {
      const isFresh = !known.has(batch.id)
      if (isFresh && hasLooked && performance.now() >= untilMs) break
      const isShort = known.get(batch.id) ?? (await isShortBy(untilMs, readers, batch))
      // This batch got only the rest of the time; the next turn looks at it anew, with all the time.
      if (isShort === null && hasLooked) break
      hasLooked ||= isFresh
      known.set(batch.id, isShort ?? false)
      if (!isShort) continue
      // The decompressed length of further compressed batches is unknown, so this one goes alone.
      if (batch.compression !== 'none') return plain.length > 0 ? plain : [batch]
      plain.push(batch)
    }
    return plain
  }
  const queueOf = async (accountId: string, running: readonly RunningLoad[]): Promise<BatchRow[]> => {
    const own = running.filter((load) => load.accountId === accountId)
    const taken = new Set(running.flatMap((load) => load.batchIds))
    const isFree = (batch: BatchRow) =>
      !taken.has(batch.id) &&
      (batch.delivery === 'push' || own.every(({ fileSources }) => !fileSources.has(batch.source)))
    const queue = (await queuedBatches(database, owner, accountId, lookedAtMax)).filter(isFree)
    const isLastPlace = loadsAtOnce > 1 && running.length === loadsAtOnce - 1
    return own.length > 0 || isLastPlace ? await boundedOnly(queue) : queue
  }
  return {
    /** @returns the next account and its batches that may be loaded; null when nothing may begin now */
    next: async (running: readonly RunningLoad[], nowMs: number): Promise<Turn | null> => {
      if (running.length >= loadsAtOnce || youngFor(running, nowMs) > 0) return null
      for await (const accountId of waitingAccounts(database, owner, lastAccountId)) {
        const queue = await queueOf(accountId, running)
        if (queue.length === 0) continue
        lastAccountId = accountId
        return { accountId, queue }
      }
      return null
    },
    /** Forgets a batch that has ended. */
    forget: (batchId: number) => known.delete(batchId),
  }
}

/** Time until no running load is young, ms; 0: none is. */
export const youngFor = (running: readonly RunningLoad[], nowMs: number): number =>
  Math.max(0, ...running.map(({ startedAtMs }) => startedAtMs + youngMs - nowMs))

/** Accounts with waiting batches, each once, beginning after `after`. */
async function* waitingAccounts(database: Database, owner: string, after: string): AsyncGenerator<string> {
  const first = (more: string, upTo: string | null) =>
    database.queries
      .selectFrom('batch')
      .select('account_id')
      .where(batchIsQueued)
      .where('owner', '=', owner)
      .where('account_id', '>', more)
      .$if(upTo !== null, (query) => query.where('account_id', '<=', upTo ?? ''))
      .orderBy('account_id')
      .limit(1)
      .executeTakeFirst()
  for (const [from, upTo] of [
    [after, null],
    ['', after],
  ] as const) {
    for (let found = await first(from, upTo); found; found = await first(found.account_id, upTo)) yield found.account_id
  }
}

/** An account's waiting batches in this process, oldest first. */
const queuedBatches = (database: Database, owner: string, accountId: string, limit: number): Promise<BatchRow[]> =>
  database.queries
    .selectFrom('batch')
    .selectAll()
    .where(batchIsQueued)
    .where('owner', '=', owner)
    .where('account_id', '=', accountId)
    .orderBy('id')
    .limit(limit)
    .execute()

/**
 * True if a batch is short, also when decompressed; null if the time did not suffice to tell. An unreadable batch
 * counts as short: its load reports the error at once.
 */
async function isShortBy(untilMs: number, readers: Readers, batch: BatchRow): Promise<boolean | null> {
  const signal = inTime(untilMs)
  return await isShort(readers, batch, signal).catch(() => (signal.aborted ? null : true))
}

/** A signal that aborts at a time of `performance.now()`, to end a look: the next load is not known before. */
export const inTime = (untilMs: number): AbortSignal =>
  AbortSignal.timeout(Math.max(0, Math.ceil(untilMs - performance.now())))

async function isShort(readers: Readers, batch: BatchRow, signal: AbortSignal): Promise<boolean> {
  const { content_path: path, compression, account_id: turnOf } = batch
  const { size } = await stat(path)
  if (size > boundedMax.fileBytes) return false
  if (compression === 'none') return true
  let bytes = 0
  const part = { lane: 'look', bytesMax: boundedMax.contentBytes + 1, signal } as const
  for await (const piece of contentBytes({ path, compression }, { readers, turnOf }, part)) {
    bytes += piece.length
    if (bytes > boundedMax.contentBytes) return false
  }
  return true
}
