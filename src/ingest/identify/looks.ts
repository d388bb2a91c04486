import { AppError } from '../../errors.ts'
import { looksMax } from '../../ledger/batch-outcome.ts'
import type { Database } from '../../ports/database/database.ts'
import type { BatchRow } from '../../ports/database/schema.ts'
import type { Readers } from '../../readers/readers.ts'
import type { OpenPiece } from '../formats/line/line-survey.ts'
import type { LogFormat } from '../formats/line/log-format.ts'
import { contentIdentity } from './content.ts'
import { type Delivered, type LookDeps, lookAt, type ReadableContent } from './delivered.ts'

/** Most batches whose first look is remembered, some 10 KB each. */
const rememberedMax = 1_000

/**
 * First looks at batches. Each look is counted in the database before it begins, until it ends, so that a batch that
 * crashes the server is known. Results are remembered and not looked up again.
 */
export type Looks = {
  /** Looks at a batch whose turn it is. @throws as `lookAt`, and AppError FLUXPORT.0108 at the third end of a server */
  at(batch: BatchRow, content: ReadableContent, signal?: AbortSignal): Promise<Delivered | null>
  /** Looks at a waiting batch, within `counting`; null when it should wait for its own turn, or `signal` aborts. */
  ahead(batch: BatchRow, content: ReadableContent, signal: AbortSignal): Promise<Delivered | null>
  /** Counts a look at each batch that is not remembered, in one step, while `work` looks at them. */
  counting<T>(batches: readonly BatchRow[], work: () => Promise<T>): Promise<T>
  /** Forgets a batch that has ended. */
  forget(batchId: number): void
}

type Seen = { path: string; identity: string | null; found: Delivered | null } | { error: unknown }

export function createLooks(deps: { database: Database; formats: readonly LogFormat[]; readers: Readers }): Looks {
  const { database } = deps
  const lookDeps: LookDeps = { ...deps, openPieces: (batch) => openPiecesBefore(database, batch) }
  const remembered = new Map<number, Seen>()
  /** Batches whose count in the database is of this living process. */
  const counted = new Set<number>()

  const look = async (batch: BatchRow, content: ReadableContent, signal?: AbortSignal): Promise<Delivered | null> => {
    const identity = await contentIdentity(content).catch(() => null)
    const found = await lookAt(lookDeps, batch, content, signal)
    await keepOpenPieces(database, batch.id, found?.format.openPieces ?? [])
    remember(remembered, batch.id, { path: content.path, identity, found })
    return found
  }
  const counting: Looks['counting'] = async (batches, work) => {
    const ids = batches.filter(({ id }) => !remembered.has(id)).map(({ id }) => id)
    const fresh = ids.filter((id) => !counted.has(id))
    await addLooks(database, fresh)
    for (const id of fresh) counted.add(id)
    try {
      return await work()
    } finally {
      await endLooks(database, ids)
      for (const id of ids) counted.delete(id)
    }
  }
  return {
    counting,
    at: async (batch, content, signal) => {
      const seen = await stillSeen(remembered, batch, content)
      if (seen) return seen.found
      if (!counted.has(batch.id)) assertSurvivable(batch)
      remembered.delete(batch.id)
      return await counting([batch], () => look(batch, content, signal))
    },
    ahead: async (batch, content, signal) => {
      const seen = await stillSeen(remembered, batch, content)
      if (seen) return seen.found
      if (!counted.has(batch.id)) return null
      return await look(batch, content, signal).catch((error) => {
        remember(remembered, batch.id, { error })
        return null
      })
    },
    forget: (batchId) => void remembered.delete(batchId),
  }
}

/**
 * The remembered result, if the content is unchanged. The batch itself is the present one, with its present attempts.
 */
async function stillSeen(remembered: Map<number, Seen>, batch: BatchRow, content: ReadableContent) {
  const seen = remembered.get(batch.id)
  if (!seen || 'error' in seen || seen.path !== content.path || seen.identity === null) return null
  const identity = await contentIdentity(content).catch(() => null)
  if (identity !== seen.identity) return null
  return { found: seen.found && { ...seen.found, batch } }
}

function remember(remembered: Map<number, Seen>, batchId: number, seen: Seen): void {
  const [oldest] = remembered.keys()
  if (remembered.size >= rememberedMax && oldest !== undefined) remembered.delete(oldest)
  remembered.set(batchId, seen)
}

/** Batches of a source that ended in pieces of lines: a rest comes right behind its piece. */
const endedOpenMax = 1_000

/** Pieces at the ends of what the source delivered before the batch, whose rests may begin it. */
async function openPiecesBefore({ queries }: Database, { id, account_id, source }: BatchRow): Promise<OpenPiece[]> {
  const rows = await queries
    .selectFrom('batch')
    .select('open_pieces_json')
    .where('account_id', '=', account_id)
    .where('source', '=', source)
    .where('id', '<', id)
    .where('open_pieces_json', 'is not', null)
    .orderBy('id', 'desc')
    .limit(endedOpenMax)
    .execute()
  return rows.flatMap((row) => JSON.parse(row.open_pieces_json ?? '[]') as OpenPiece[])
}

/** Kept as the batch is looked at, so that the next one's look knows them. */
async function keepOpenPieces({ queries }: Database, id: number, pieces: readonly OpenPiece[]): Promise<void> {
  if (pieces.length === 0) return
  await queries
    .updateTable('batch')
    .set({ open_pieces_json: JSON.stringify(pieces) })
    .where('id', '=', id)
    .execute()
}

/** @throws AppError FLUXPORT.0108 */
function assertSurvivable({ looks }: BatchRow): void {
  if (looks < looksMax) return
  const problem = `The server ended ${looks} times while it looked at the first bytes of the log, and does not look again`
  throw new AppError('FLUXPORT.0108', `${problem}; the log is kept aside`)
}

/** Durable once it resolves: the look is counted even if the process ends then. */
async function addLooks({ queries }: Database, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await queries
    .updateTable('batch')
    .set((eb) => ({ looks: eb('looks', '+', 1) }))
    .where('id', 'in', [...ids])
    .execute()
}

async function endLooks({ queries }: Database, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await queries
    .updateTable('batch')
    .set({ looks: 0 })
    .where('id', 'in', [...ids])
    .execute()
}
