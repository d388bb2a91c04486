import type { Transaction } from 'kysely'
import { type Actor, recordEvent } from '../audit/audit-log.ts'
import { linkPurpose, putKeyRing, readKeyRing, webhookPurpose } from '../auth/key-ring.ts'
import type { SecretBox } from '../auth/secret-box.ts'
import type { Database } from '../ports/database/database.ts'
import type { Queries, Tables } from '../ports/database/schema.ts'

/** A master key is said to open no secret after this many keys were tried. */
const triedMax = 100

/** True if the database has sealed secrets: then the server must not make a new master key. */
export const hasSecrets = async (queries: Queries): Promise<boolean> =>
  (await queries.selectFrom('access_key').select('access_key').limit(1).executeTakeFirst()) !== undefined

/** True if a master key opens one of the sealed secrets; null when there is none. */
export async function opensSecrets(queries: Queries, box: SecretBox): Promise<boolean | null> {
  const rows = await queries
    .selectFrom('access_key')
    .select(['access_key', 'secret_sealed'])
    .orderBy('access_key')
    .limit(triedMax)
    .execute()
  if (rows.length === 0) return null
  return rows.some((row) => opens(box, row.secret_sealed, row.access_key))
}

function opens(box: SecretBox, sealed: string, context: string): boolean {
  try {
    box.open(sealed, context)
    return true
  } catch {
    return false
  }
}

/**
 * Seals every secret anew under another master key, in one transaction: secrets of keys and the server's own. Keys
 * derived from the old master key are stored, so that links and webhooks stay valid.
 * @returns the number of each
 * @throws Error when something does not open, and nothing is changed then
 */
export function resealAll(database: Database, old: SecretBox, next: SecretBox, actor: Actor) {
  return database.write(async (tx) => {
    const keys = await resealKeys(tx, old, next)
    const secrets = await resealOwn(database, tx, old, next)
    const event = { ...actor, action: 'master_key.resealed', object: 'master key', outcome: 'done' } as const
    await recordEvent(tx, { ...event, after: { keys, secrets } })
    return { keys, secrets }
  })
}

async function resealKeys(tx: Transaction<Tables>, old: SecretBox, next: SecretBox): Promise<number> {
  const rows = await tx.selectFrom('access_key').select(['access_key', 'secret_sealed']).execute()
  for (const { access_key: key, secret_sealed: sealed } of rows) {
    const anew = next.seal(old.open(sealed, key), key)
    await tx.updateTable('access_key').set({ secret_sealed: anew }).where('access_key', '=', key).execute()
  }
  return rows.length
}

async function resealOwn(
  database: Database,
  tx: Transaction<Tables>,
  old: SecretBox,
  next: SecretBox,
): Promise<number> {
  const accounts = await database.lock(tx.selectFrom('account').select('id')).execute()
  const purposes = [linkPurpose, ...accounts.map((account) => webhookPurpose(account.id))]
  for (const purpose of purposes) await putKeyRing(tx, old, purpose, await readKeyRing(tx, old, purpose))
  const rows = await tx.selectFrom('own_secret').select(['name', 'sealed']).execute()
  for (const { name, sealed } of rows) {
    const anew = next.seal(old.open(sealed, name), name)
    await tx.updateTable('own_secret').set({ sealed: anew }).where('name', '=', name).execute()
  }
  return rows.length
}
