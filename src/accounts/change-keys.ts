import { type Actor, recordEvent } from '../audit/audit-log.ts'
import type { SecretBox } from '../auth/secret-box.ts'
import type { Database } from '../ports/database/database.ts'
import type { AccessKeyRow, AccountRow } from '../ports/database/schema.ts'
import { type CreatedKey, createAccount, createKey, findKey, type NewKey } from './accounts.ts'
import { whileOperatorsStay } from './key-life.ts'
import { assertMayRotate, assertNotTooOften, successorsOf } from './key-lineage.ts'

/** Changes of keys and accounts. Each change and its audit event are one transaction. */

/** A key's fields for the audit log: no secret, not even a sealed one. */
const keyView = (key: Omit<NewKey, 'description'>) => ({
  account_id: key.accountId,
  role: key.role,
  source: key.source,
  domains: key.domains,
  expires_at: key.expiresAtMs ?? null,
})

export const addKey = (database: Database, box: SecretBox, key: NewKey, actor: Actor): Promise<CreatedKey> =>
  database.write(async (tx) => {
    const made = await createKey(tx, box, key)
    const event = { ...actor, action: 'access_key.created', object: made.accessKey, outcome: 'done' } as const
    await recordEvent(tx, { ...event, after: keyView(key) })
    return made
  })

/**
 * Revokes a key at once, and the keys that replaced it, because its holder may have made those.
 * @param keepsSuccessors revokes only the key itself, for example to end an overlap early
 * @returns the revoked keys; empty when there is no such key, or all are revoked already
 * @throws AppError FLUXPORT.0205
 */
export const revokeKey = (
  database: Database,
  accessKey: string,
  actor: Actor,
  { keepsSuccessors = false } = {},
): Promise<string[]> =>
  whileOperatorsStay(database, async (tx) => {
    const ended: string[] = []
    for (const one of [accessKey, ...(keepsSuccessors ? [] : await successorsOf(tx, accessKey))]) {
      const result = await tx
        .updateTable('access_key')
        .set({ revoked_at_ms: Date.now() })
        .where('access_key', '=', one)
        .where('revoked_at_ms', 'is', null)
        .executeTakeFirst()
      if (result.numUpdatedRows === 0n) continue
      ended.push(one)
      const after = one === accessKey ? null : { as_successor_of: accessKey }
      await recordEvent(tx, { ...actor, action: 'access_key.revoked', object: one, outcome: 'done', after })
    }
    return ended
  })

/** @property isOwn true when the key's holder asks for its rotation, with the key itself */
type Rotation = { overlapMs: number; expiresAtMs: number | null | undefined; isOwn?: boolean }

/** The new key, its expiry, and the time until which the old key is valid, unix ms. */
type RotatedKey = { key: CreatedKey; expiresAtMs: number | null; oldUntilMs: number }

/**
 * Makes a key with the role, account, source and domains of another, which stays valid for an overlap. Without
 * `expiresAtMs` the new key lives as long as the old one was made for. If the holder rotates the key, the new one ends
 * when the old one would have, as rotation must not prolong an expiry.
 * @returns null when there is no such usable key
 * @throws AppError FLUXPORT.0205; FLUXPORT.0206 when it was rotated already, as two keys at a time are enough;
 *   APIGW.0308
 */
export const rotateKey = (
  database: Database,
  box: SecretBox,
  accessKey: string,
  { rotation, actor }: { rotation: Rotation; actor: Actor },
): Promise<RotatedKey | null> =>
  whileOperatorsStay(database, async (tx) => {
    const old = await findKey(database, accessKey, tx)
    if (!old) return null
    const now = Date.now()
    if (rotation.isOwn) await assertNotTooOften(tx, accessKey, now)
    await assertMayRotate(database, tx, accessKey, { isKept: rotation.overlapMs > 0 })
    const newKey: NewKey = {
      accountId: old.account_id,
      role: old.role,
      source: old.source,
      domains: old.domains_json === null ? null : (JSON.parse(old.domains_json) as string[]),
      description: old.description,
      expiresAtMs: rotation.expiresAtMs === undefined ? endOf(old, rotation, now) : rotation.expiresAtMs,
      replaces: accessKey,
    }
    const key = await createKey(tx, box, newKey)
    const oldUntilMs = Math.min(old.expires_at_ms ?? Number.MAX_SAFE_INTEGER, now + rotation.overlapMs)
    await tx
      .updateTable('access_key')
      .set(rotation.overlapMs === 0 ? { revoked_at_ms: now } : { expires_at_ms: oldUntilMs })
      .where('access_key', '=', accessKey)
      .execute()
    const after = { ...keyView(newKey), access_key: key.accessKey, old_until: oldUntilMs }
    const event = { ...actor, action: 'access_key.rotated', object: accessKey, outcome: 'done' } as const
    await recordEvent(tx, { ...event, before: { expires_at: old.expires_at_ms }, after })
    return { key, expiresAtMs: newKey.expiresAtMs ?? null, oldUntilMs }
  })

function endOf(old: AccessKeyRow, { isOwn = false }: Rotation, now: number): number | null {
  if (old.expires_at_ms === null || isOwn) return old.expires_at_ms
  return now + (old.expires_at_ms - old.created_at_ms)
}

/** Makes an account. @returns null when the name is taken */
export const addAccount = (database: Database, name: string, actor: Actor): Promise<AccountRow | null> =>
  database.write(async (tx) => {
    const account = await createAccount({ queries: tx }, name)
    if (!account) return null
    const event = { ...actor, action: 'account.created', object: account.id, outcome: 'done' } as const
    await recordEvent(tx, { ...event, after: { name } })
    return account
  })

/**
 * Locks or unlocks an account. While it is locked its keys answer like unknown ones, its links are invalid, its
 * webhooks are not posted and its tasks are not begun. Acknowledged batches still load, and nothing is lost.
 * @returns null when there is no such account
 * @throws AppError FLUXPORT.0205
 */
export const setLocked = (database: Database, id: string, locked: boolean, actor: Actor): Promise<AccountRow | null> =>
  whileOperatorsStay(database, async (tx) => {
    const before = await tx.selectFrom('account').selectAll().where('id', '=', id).executeTakeFirst()
    if (!before) return null
    if ((before.locked_at_ms !== null) === locked) return before
    const lockedAtMs = locked ? Date.now() : null
    await tx.updateTable('account').set({ locked_at_ms: lockedAtMs }).where('id', '=', id).execute()
    const action = locked ? 'account.locked' : 'account.unlocked'
    await recordEvent(tx, { ...actor, action, object: id, outcome: 'done', after: { name: before.name } })
    return { ...before, locked_at_ms: lockedAtMs }
  })
