import { stat } from 'node:fs/promises'
import { type SqlBool, sql } from 'kysely'
import type { Database } from '../../ports/database/database.ts'
import type { BatchRow } from '../../ports/database/schema.ts'
import type { Readers } from '../../readers/readers.ts'
import { contentBytes } from '../identify/content.ts'

/**
 * Whose batch is loaded next. Accounts come one after another, each with its oldest batches. A load that has run for
 * `youngMs` keeps no other account's from beginning beside it (docs/adr/0032-turns.md).
 */

/** A load that has begun and has not ended. */
export type RunningLoad = {
  accountId: string
  batchIds: readonly number[]
  /** Sources of which it holds files: their order matters, and no other load takes files of them meanwhile. */
  fileSources: ReadonlySet<string>
  startedAtMs: number
}

/** What an account may have loaded now, oldest first. */
export type Turn = { accountId: string; queue: BatchRow[] }

/** A load has the engine to itself for this time: most have ended by then. */
const youngMs = 1_000
/** At most this many waiting batches are searched for those that can go together. */
const lookedAtMax = 500
/**
 * An account's waiting batches are looked at for at most this time in one turn, as the others' wait; its next goes on. So is
 * one of them: what takes longer to read than that is not short.
 */
export const lookMsMax = 1_000
/** What goes beside an account's own long load, or when one place is left, is known to end soon. */
const boundedMax = { fileBytes: 16 * 1024 ** 2, contentBytes: 64 * 1024 ** 2 }

/** The words of the index over what waits: SQLite uses it for a query that says them. */
const isQueued = sql<SqlBool>`state = 'queued'`

type TurnDeps = { database: Database; readers: Readers; owner: string; loadsAtOnce: number; lookMs?: number }

/** Deals out turns; it remembers whose was the last, and how long batches are when decompressed. */
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
      // One for which time was left over from others is looked at anew in the next turn, in all of its time.
      if (isShort === null && hasLooked) break
      hasLooked ||= isFresh
      known.set(batch.id, isShort ?? false)
      if (!isShort) continue
      // How long others are that are compressed would have to be read first: this one goes alone.
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
    /** @returns the next account and what of its may be loaded; null when nothing may begin now */
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
    /** A batch has ended: nothing needs to be known of it any more. */
    forget: (batchId: number) => known.delete(batchId),
  }
}

/** How long it takes until no running load is young, ms; 0: none is. */
export const youngFor = (running: readonly RunningLoad[], nowMs: number): number =>
  Math.max(0, ...running.map(({ startedAtMs }) => startedAtMs + youngMs - nowMs))

/** Accounts of which batches wait, each once, from the one behind `after` on. */
async function* waitingAccounts(database: Database, owner: string, after: string): AsyncGenerator<string> {
  const first = (more: string, upTo: string | null) =>
    database.queries
      .selectFrom('batch')
      .select('account_id')
      .where(isQueued)
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

/** The batches of an account in this process that have waited longest, oldest first. */
const queuedBatches = (database: Database, owner: string, accountId: string, limit: number): Promise<BatchRow[]> =>
  database.queries
    .selectFrom('batch')
    .selectAll()
    .where(isQueued)
    .where('owner', '=', owner)
    .where('account_id', '=', accountId)
    .orderBy('id')
    .limit(limit)
    .execute()

/**
 * Whether a batch is short, decompressed too; null: that could not be told in time. One that cannot be read is short: its load
 * tells why, at once.
 */
async function isShortBy(untilMs: number, readers: Readers, batch: BatchRow): Promise<boolean | null> {
  const signal = inTime(untilMs)
  return await isShort(readers, batch, signal).catch(() => (signal.aborted ? null : true))
}

/** Comes at a moment of `performance.now()`, with which a look ends: whose is next is not known before. */
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
