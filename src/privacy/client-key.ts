import { randomBytes, randomUUID } from 'node:crypto'
import type { SecretBox } from '../auth/secret-box.ts'
import type { Database } from '../ports/database/database.ts'
import type { Secrets } from '../ports/warehouse/secrets.ts'
import { fillSlots, sqlFile } from '../ports/warehouse/sql-file.ts'
import type { Warehouse } from '../ports/warehouse/warehouse.ts'
import { clientHashSql, keyHalves } from './kept-sql.ts'

const hashTrial = fillSlots(sqlFile(import.meta.url, './hash-trial.sql'), { hash: clientHashSql })

/**
 * The key of client hashes is made once for a deployment and never changes: under another key, a hash names another
 * client.
 */
const name = 'client-key'
const keyBytes = 16

/** The key's halves in the form that the engine takes: two decimal numbers of 64 bits. */
function halvesOf(keyHex: string): Secrets {
  const key = Buffer.from(keyHex, 'hex')
  return {
    [keyHalves.low]: key.readBigUInt64LE(0).toString(),
    [keyHalves.high]: key.readBigUInt64LE(8).toString(),
  }
}

/**
 * Reads the key of client hashes.
 * @param openBox opens the sealed key; called only when there is a key
 * @returns null when no address was ever truncated
 * @throws Error with a sentence when the master key does not open it
 */
export async function findClientKey(database: Database, openBox: () => Promise<SecretBox>): Promise<Secrets | null> {
  const row = await database.queries.selectFrom('own_secret').selectAll().where('name', '=', name).executeTakeFirst()
  if (!row) return null
  const box = await openBox()
  try {
    return halvesOf(box.open(row.sealed, name))
  } catch (cause) {
    const where = 'every process of a deployment needs the same --master-key (FLUXPORT_MASTER_KEY)'
    throw new Error(`The master key does not open the key of client hashes: ${where}`, { cause })
  }
}

/** Reads the key, or makes it. Processes that make it at the same moment all get the first one's. */
export async function provideClientKey(database: Database, box: SecretBox): Promise<Secrets> {
  await database.queries
    .insertInto('own_secret')
    .values({ name, sealed: box.seal(randomBytes(keyBytes).toString('hex'), name), created_at_ms: Date.now() })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const key = await findClientKey(database, async () => box)
  if (!key) throw new Error('The key of client hashes is gone')
  return key
}

/**
 * Checks that the engine can hash: a server may be too old, or a proxy before it may drop the X-Fluxport headers.
 * @throws Error with a sentence
 */
export async function assertHashes(warehouse: Warehouse, secrets: Secrets): Promise<void> {
  const run = { queryId: `fluxport-client-key-${randomUUID()}`, signal: AbortSignal.timeout(30_000), secrets }
  await warehouse.rows(hashTrial, {}, run).catch((cause) => {
    const needs = 'it must have getClientHTTPHeader, and nothing before it may drop the headers X-Fluxport-…'
    throw new Error(`--client-addresses truncated: the ClickHouse server does not hash addresses: ${needs}`, { cause })
  })
}
