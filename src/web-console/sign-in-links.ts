import { createHash, randomBytes } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import { isUsable } from '../accounts/key-life.ts'
import type { Database } from '../ports/database/database.ts'
import type { Tables } from '../ports/database/schema.ts'

/** A link signs in within 10 minutes of its making. */
export const linkMs = 10 * 60_000
/** Most unused links of a key; a further one replaces the oldest. */
const linksOfKeyMax = 20

/** A link that signs its key's holder in to the console, once. */
export type SignInLink = { url: string; expiresAtMs: number }

const sha256Of = (token: string) => createHash('sha256').update(token).digest('hex')

/**
 * Makes a link for a key. The token stands behind the `#`, which browsers send to no server and no proxy logs.
 * Times are the database's, so that every server of one database agrees on them.
 */
export async function makeLink(database: Database, accessKey: string, publicUrl: () => string): Promise<SignInLink> {
  const token = randomBytes(32).toString('base64url')
  const { expires_at_ms: expiresAtMs } = await database.write(async (tx) => {
    await tx.deleteFrom('console_link').where('expires_at_ms', '<=', database.nowMs).execute()
    await dropOldest(tx, accessKey)
    return await tx
      .insertInto('console_link')
      .values({
        token_sha256: sha256Of(token),
        access_key: accessKey,
        expires_at_ms: sql<number>`${database.nowMs} + ${sql.lit(linkMs)}`,
      })
      .returning('expires_at_ms')
      .executeTakeFirstOrThrow()
  })
  return { url: `${publicUrl().replace(/\/+$/, '')}/#token=${token}`, expiresAtMs }
}

async function dropOldest(tx: Transaction<Tables>, accessKey: string): Promise<void> {
  const kept = await tx
    .selectFrom('console_link')
    .select('token_sha256')
    .where('access_key', '=', accessKey)
    .orderBy('expires_at_ms', 'desc')
    .execute()
  const oldest = kept.slice(linksOfKeyMax - 1).map((link) => link.token_sha256)
  if (oldest.length > 0) await tx.deleteFrom('console_link').where('token_sha256', 'in', oldest).execute()
}

/** The key of an unused link; null for any other token. The link stays unused. */
export async function keyOfLink(database: Database, token: string): Promise<string | null> {
  const link = await database.queries
    .selectFrom('console_link')
    .select('access_key')
    .where('token_sha256', '=', sha256Of(token))
    .where('expires_at_ms', '>', database.nowMs)
    .executeTakeFirst()
  return link?.access_key ?? null
}

/** Uses a link up. @returns false when it was used before, by any process, or has expired */
export async function spendLink(database: Database, tx: Transaction<Tables>, token: string): Promise<boolean> {
  const spent = await tx
    .deleteFrom('console_link')
    .where('token_sha256', '=', sha256Of(token))
    .where('expires_at_ms', '>', database.nowMs)
    .executeTakeFirst()
  return spent.numDeletedRows === 1n
}

/** A link for the oldest operator key that is usable; null without one. */
export async function operatorsLink(database: Database, publicUrl: () => string): Promise<SignInLink | null> {
  const key = await database.queries
    .selectFrom('access_key')
    .innerJoin('account', 'account.id', 'access_key.account_id')
    .select('access_key.access_key')
    .where('access_key.role', '=', 'operator')
    .where(isUsable(database))
    .orderBy('access_key.created_at_ms')
    .orderBy('access_key.access_key')
    .limit(1)
    .executeTakeFirst()
  return key ? await makeLink(database, key.access_key, publicUrl) : null
}
