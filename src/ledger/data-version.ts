import type { Transaction } from 'kysely'
import { readAccountVersion } from '../accounts/account-version.ts'
import { type Seen, seesEverything } from '../accounts/ownership.ts'
import type { Database } from '../ports/database/database.ts'
import type { Queries, Tables } from '../ports/database/schema.ts'
import { type Cadences, readCadences } from './cadences.ts'

/**
 * One state of the data: every query of a task uses the same one. Loads that are not rolled up yet are read from their
 * requests. `changedAtMs` is the time at which the data became this version; null before the first load. `cadences` are
 * the stated cadences of this version. The first account, which may deliver for all, is the same in every version.
 * `shownVersion` is the number to show: an account sees its own number, with the time of its own last change. `seen`
 * limits each domain to what its account sees (accounts/ownership.ts).
 */
export type DataVersion = {
  dataVersion: number
  shownVersion: number
  changedAtMs: number | null
  seen: Seen
  loadIdMax: number
  hiddenLoadIds: number[]
  loadIdsToRollUp: number[]
  cadences: Cadences
  firstAccountId: string
}

/**
 * The present state of the data. Later loads have higher ids. Loads that are pending, given up, or forgotten but not
 * yet removed are listed by id; purging keeps that list short.
 * @param accountId the account that is shown the version; omit it, or say all accounts, for the server's own number
 */
export async function pinDataVersion(
  database: Database,
  tx: Transaction<Tables>,
  accountId?: string,
): Promise<DataVersion> {
  await lockDataVersion(database, tx)
  const version = await readDataVersion(tx)
  return accountId === undefined ? version : await asShownTo(tx, version, accountId)
}

/** The same version, with the number and the time that the account sees; for all accounts, the server's own. */
export async function asShownTo(queries: Queries, version: DataVersion, accountId: string): Promise<DataVersion> {
  const own = await readAccountVersion(queries, accountId)
  return own ? { ...version, shownVersion: own.version, changedAtMs: own.changedAtMs } : version
}

/** No load begins or ceases to count until this transaction ends. */
export async function lockDataVersion(database: Database, tx: Transaction<Tables>): Promise<void> {
  await database
    .lockAgainstWriters(tx.selectFrom('counter').selectAll().where('name', 'in', ['load', 'data_version']))
    .execute()
}

/** As `pinDataVersion`, for a transaction whose isolation already shows one state. */
export async function readDataVersion(tx: Transaction<Tables>): Promise<DataVersion> {
  const counters = await tx.selectFrom('counter').selectAll().where('name', 'in', ['load', 'data_version']).execute()
  const hidden = await tx
    .selectFrom('load')
    .select('load_id')
    .where('state', 'in', ['pending', 'dead', 'forgotten', 'unknown'])
    .orderBy('load_id')
    .execute()
  const toRollUp = await tx
    .selectFrom('load')
    .select('load_id')
    .where('roll_up', 'in', ['none', 'running'])
    .where('state', '=', 'visible')
    .execute()
  const counterNamed = (name: string) => counters.find((counter) => counter.name === name)
  const dataVersion = counterNamed('data_version')?.value ?? 0
  return {
    dataVersion,
    shownVersion: dataVersion,
    seen: seesEverything,
    changedAtMs: counterNamed('data_version')?.changed_at_ms ?? null,
    loadIdMax: counterNamed('load')?.value ?? 0,
    hiddenLoadIds: hidden.map((load) => load.load_id),
    loadIdsToRollUp: toRollUp.map((load) => load.load_id).sort((a, b) => a - b),
    cadences: await readCadences(tx),
    firstAccountId: (await readFirstAccount(tx))?.id ?? '',
  }
}

const readFirstAccount = (tx: Transaction<Tables>) =>
  tx.selectFrom('account').select('id').where('is_first', '=', 1).executeTakeFirst()
