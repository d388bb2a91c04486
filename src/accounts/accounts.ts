import { randomBytes } from 'node:crypto'
import type { Transaction } from 'kysely'
import type { SecretBox } from '../auth/secret-box.ts'
import type { Role } from '../http/caller.ts'
import type { Database } from '../ports/database/database.ts'
import type { AccessKeyRow, AccountRow, Tables } from '../ports/database/schema.ts'
import { isUsable } from './key-life.ts'
import { linkTagOf } from './link-tag.ts'

/** A key with its secret in the open; it is shown once, when the key is made. */
export type CreatedKey = { accessKey: string; secretKey: string; accountId: string; role: Role }

/** A request for a new key. `source` and `domains` limit an ingest key; null means no limit. */
export type NewKey = {
  accountId: string
  role: Role
  source: string | null
  domains: string[] | null
  description: string
  /** Unix ms; omitted or null: the key does not expire. */
  expiresAtMs?: number | null
  /** The key that the new one replaces. */
  replaces?: string | null
}

/** A new account uses the server's limits and defaults. */
const serverSettings = {
  tasks_waiting_max: null,
  tasks_running_max: null,
  stored_bytes_max: null,
  rows_max: null,
  default_format: null,
  default_compression: null,
  default_service_area: null,
  default_language: null,
  default_time_zone: null,
  default_csv_delimiter: null,
  default_csv_decimal: null,
  default_csv_bom: null,
  commit_traffic_bytes: null,
  commit_bandwidth_bps: null,
}

/** Makes an account. @returns null when the name is taken */
export async function createAccount(
  { queries }: { queries: Database['queries'] | Transaction<Tables> },
  name: string,
): Promise<AccountRow | null> {
  const account: AccountRow = {
    id: randomBytes(16).toString('hex'),
    name,
    is_first: 0,
    created_at_ms: Date.now(),
    locked_at_ms: null,
    ...serverSettings,
  }
  const result = await queries
    .insertInto('account')
    .values(account)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n ? account : null
}

/** Every account, sorted by name. Sorting happens here because a database may sort by a language's rules. */
export async function listAccounts(database: Database): Promise<AccountRow[]> {
  const rows = await database.queries.selectFrom('account').selectAll().execute()
  return rows.sort((a, b) => (a.name < b.name ? -1 : 1))
}

export const findAccount = (database: Database, id: string): Promise<AccountRow | undefined> =>
  database.queries.selectFrom('account').selectAll().where('id', '=', id).executeTakeFirst()

/** Makes a key. Its secret is stored sealed, and tied to the key's name. */
export async function createKey(
  queries: Database['queries'] | Transaction<Tables>,
  box: SecretBox,
  key: NewKey,
): Promise<CreatedKey> {
  const pair = newPair()
  await insertKey(queries, box, pair, key)
  return { ...pair, accountId: key.accountId, role: key.role }
}

const newPair = () => ({
  accessKey: `FLX${randomBytes(10).toString('hex').toUpperCase().slice(0, 17)}`,
  secretKey: randomBytes(30).toString('base64url'),
})

async function insertKey(
  queries: Database['queries'] | Transaction<Tables>,
  box: SecretBox,
  pair: { accessKey: string; secretKey: string },
  key: NewKey,
): Promise<void> {
  await queries
    .insertInto('access_key')
    .values({
      access_key: pair.accessKey,
      account_id: key.accountId,
      role: key.role,
      secret_sealed: box.seal(pair.secretKey, pair.accessKey),
      source: key.source,
      domains_json: key.domains ? JSON.stringify(key.domains) : null,
      description: key.description,
      created_at_ms: Date.now(),
      revoked_at_ms: null,
      expires_at_ms: key.expiresAtMs ?? null,
      replaces: key.replaces ?? null,
      link_tag: linkTagOf(pair.accessKey),
      console_generation: 0,
    })
    .execute()
}

/**
 * A usable key: not revoked, not expired, its account not locked. Undefined for any other key, and for an unknown one.
 * @param queries the transaction that the look-up belongs to
 */
export const findKey = (
  database: Database,
  accessKey: string,
  queries: Database['queries'] | Transaction<Tables> = database.queries,
): Promise<AccessKeyRow | undefined> =>
  queries
    .selectFrom('access_key')
    .innerJoin('account', 'account.id', 'access_key.account_id')
    .selectAll('access_key')
    .where('access_key.access_key', '=', accessKey)
    .where(isUsable(database))
    .executeTakeFirst()

export type ListedKey = Omit<AccessKeyRow, 'secret_sealed' | 'console_generation'>

/**
 * Keys without secrets, oldest first; all keys unless a page is asked for.
 * @param page `after`: the last key of the previous page
 * @returns null when there is no key `after`
 */
export async function listKeys(database: Database): Promise<ListedKey[]>
export async function listKeys(
  database: Database,
  page: { limit: number; after: string | null },
): Promise<ListedKey[] | null>
export async function listKeys(
  { queries }: Database,
  page?: { limit: number; after: string | null },
): Promise<ListedKey[] | null> {
  const query = queries.selectFrom('access_key').select(listedColumns).orderBy('created_at_ms').orderBy('access_key')
  if (!page) return await query.execute()
  if (page.after === null) return await query.limit(page.limit).execute()
  const last = await queries
    .selectFrom('access_key')
    .select(['access_key', 'created_at_ms'])
    .where('access_key', '=', page.after)
    .executeTakeFirst()
  if (!last) return null
  return await query
    .where((eb) =>
      eb.or([
        eb('created_at_ms', '>', last.created_at_ms),
        eb.and([eb('created_at_ms', '=', last.created_at_ms), eb('access_key', '>', last.access_key)]),
      ]),
    )
    .limit(page.limit)
    .execute()
}

const listedColumns = [
  'access_key',
  'account_id',
  'role',
  'source',
  'domains_json',
  'description',
  'created_at_ms',
  'revoked_at_ms',
  'expires_at_ms',
  'last_used_at_ms',
  'replaces',
  'link_tag',
] as const

/** Makes a key for the first account before that account exists. */
export const newFirstKey = (): CreatedKey => ({
  ...newPair(),
  accountId: randomBytes(16).toString('hex'),
  role: 'operator',
})

export const hasAccount = async (database: Database): Promise<boolean> =>
  (await database.queries.selectFrom('account').select('id').limit(1).executeTakeFirst()) !== undefined

/** The account that owns every domain without an owner. @throws Error before the first start */
export async function firstAccountId(database: Database): Promise<string> {
  const row = await database.queries
    .selectFrom('account')
    .select('id')
    .where('is_first', '=', 1)
    .executeTakeFirstOrThrow()
  return row.id
}

/**
 * Makes the account and the operator key of the first start. The account owns every domain without an owner. Several
 * processes may call this at once; one of them makes the account.
 * @returns false when there is an account already
 */
export function createFirstAccount(database: Database, box: SecretBox, key: CreatedKey): Promise<boolean> {
  return database.write(async (tx) => {
    const made = await tx
      .insertInto('account')
      .values({ id: key.accountId, name: 'default', is_first: 1, created_at_ms: Date.now(), ...serverSettings })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    if ((made.numInsertedOrUpdatedRows ?? 0n) === 0n) return false
    const asked = { ...key, source: null, domains: null, description: 'made at the first start' }
    await insertKey(tx, box, key, asked)
    return true
  })
}
