import type { Transaction } from 'kysely'
import { AppError } from '../errors.ts'
import type { Database } from '../ports/database/database.ts'
import type { Tables } from '../ports/database/schema.ts'
import { isUsable } from './key-life.ts'

/**
 * A lineage: keys that replaced each other, from the first one on. The holder of one key may have made its successors,
 * so permissions and revocations are decided for all of them together.
 */

type Tx = Transaction<Tables>

/**
 * The keys that replaced a key, directly or not. A repeated row ends the search: an altered ledger may contain a
 * circle.
 */
export async function successorsOf(tx: Tx, accessKey: string): Promise<string[]> {
  const rows = await tx
    .withRecursive('successor', (db) =>
      db
        .selectFrom('access_key')
        .select('access_key')
        .where('replaces', '=', accessKey)
        .union(
          db
            .selectFrom('access_key')
            .innerJoin('successor', 'successor.access_key', 'access_key.replaces')
            .select('access_key.access_key'),
        ),
    )
    .selectFrom('successor')
    .select('successor.access_key')
    .where('successor.access_key', '!=', accessKey)
    .execute()
  return rows.map((row) => row.access_key)
}

/** The first key of a lineage. */
async function rootOf(tx: Tx, accessKey: string): Promise<string> {
  const rows = await tx
    .withRecursive('predecessor', (db) =>
      db
        .selectFrom('access_key')
        .select(['access_key', 'replaces'])
        .where('access_key', '=', accessKey)
        .union(
          db
            .selectFrom('access_key')
            .innerJoin('predecessor', 'predecessor.replaces', 'access_key.access_key')
            .select(['access_key.access_key', 'access_key.replaces']),
        ),
    )
    .selectFrom('predecessor')
    .selectAll()
    .execute()
  const names = new Set(rows.map((row) => row.access_key))
  return rows.find(({ replaces }) => replaces === null || !names.has(replaces))?.access_key ?? accessKey
}

/** Most usable keys of a lineage. */
const livingMax = 2

/**
 * Refuses a second rotation: a key with a usable successor is not rotated, even if the keys in between have ended. With
 * the new key, a lineage has at most two usable keys.
 * @param isKept true if the key itself stays usable for an overlap
 * @throws AppError FLUXPORT.0206
 */
export async function assertMayRotate(
  database: Database,
  tx: Tx,
  accessKey: string,
  { isKept }: { isKept: boolean },
): Promise<void> {
  const successors = new Set(await successorsOf(tx, accessKey))
  const root = await rootOf(tx, accessKey)
  const others = [root, ...(await successorsOf(tx, root))].filter((one) => one !== accessKey)
  const living = await livingOf(database, tx, others)
  if (living.some((one) => successors.has(one))) throw new AppError('FLUXPORT.0206')
  if (living.length + (isKept ? 1 : 0) + 1 <= livingMax) return
  const why = 'it was made by a rotation whose old key is good still: end that one first, or rotate without an overlap'
  throw new AppError('FLUXPORT.0206', `The key is not rotated now: ${why}`)
}

async function livingOf(database: Database, tx: Tx, keys: readonly string[]): Promise<string[]> {
  const living: string[] = []
  for (let at = 0; at < keys.length; at += keysAtOnce) {
    const rows = await tx
      .selectFrom('access_key')
      .innerJoin('account', 'account.id', 'access_key.account_id')
      .select('access_key.access_key')
      .where('access_key.access_key', 'in', keys.slice(at, at + keysAtOnce))
      .where(isUsable(database))
      .execute()
    living.push(...rows.map((row) => row.access_key))
  }
  return living
}
/** A statement binds a limited number of values. */
const keysAtOnce = 1_000

const dayMs = 86_400_000
/** Most rotations of a lineage in 24 hours by its holder: one a day is frequent already. */
const ownRotationsMax = 10

/** @throws AppError APIGW.0308 when a key's holder has rotated it too often in the last 24 hours */
export async function assertNotTooOften(tx: Tx, accessKey: string, nowMs: number): Promise<void> {
  const root = await rootOf(tx, accessKey)
  const successors = await successorsOf(tx, root)
  if (successors.length < ownRotationsMax) return
  const made: number[] = []
  for (let at = 0; at < successors.length; at += keysAtOnce) {
    const rows = await tx
      .selectFrom('access_key')
      .select('created_at_ms')
      .where('access_key', 'in', successors.slice(at, at + keysAtOnce))
      .where('created_at_ms', '>', nowMs - dayMs)
      .execute()
    made.push(...rows.map((row) => row.created_at_ms))
  }
  if (made.length < ownRotationsMax) return
  const retryAfterSeconds = Math.max(1, Math.ceil((Math.min(...made) + dayMs - nowMs) / 1000))
  const problem = `The throttling threshold of rotations has been reached: limit:${ownRotationsMax},time:24 hour`
  throw new AppError('APIGW.0308', problem, { retryAfterSeconds })
}
