import { createHash } from 'node:crypto'
import type { Transaction } from 'kysely'
import { type Database, nextValue } from '../ports/database/database.ts'
import type { Tables } from '../ports/database/schema.ts'
import type { AuditEventRow } from '../ports/database/security-rows.ts'

/** Who did it: a key of an account from an address; a command names itself and has neither. */
export type Actor = { actor: string | null; accountId: string | null; address: string | null }

/** What is recorded. `before` and `after` hold no secrets: who records them leaves those out. */
export type AuditEvent = Actor & {
  /** A word of closed sets: `access_key.created`, or a route's operation. */
  action: string
  /** What it was done to: a key, an account's id, a domain. */
  object: string
  outcome: 'done' | 'refused' | 'failed'
  before?: object | null
  after?: object | null
}

/** A command on the data directory, which no key asked for. */
export const offlineActor: Actor = { actor: 'offline', accountId: null, address: null }

const objectLengthMax = 500
const jsonLengthMax = 4_096

/**
 * Adds an event, in the transaction of what it tells of where there is one: then either both are there or neither. One at a
 * time is added, after everything else that the transaction locks.
 */
export async function recordEvent(tx: Transaction<Tables>, event: AuditEvent): Promise<AuditEventRow> {
  const id = await nextValue(tx, 'audit')
  const last = await tx.selectFrom('audit_event').select('digest').orderBy('id', 'desc').limit(1).executeTakeFirst()
  const row = {
    id,
    time_ms: Date.now(),
    action: event.action,
    object: event.object.slice(0, objectLengthMax).replaceAll('\0', ''),
    outcome: event.outcome,
    actor: event.actor,
    account_id: event.accountId,
    address: event.address,
    before_json: jsonOf(event.before),
    after_json: jsonOf(event.after),
  }
  const whole = { ...row, digest: digestOf(last?.digest ?? '', row) }
  await tx.insertInto('audit_event').values(whole).execute()
  return whole
}

/** The same where there is no transaction to join. */
export const recordAlone = (database: Database, event: AuditEvent): Promise<AuditEventRow> =>
  database.write((tx) => recordEvent(tx, event))

function jsonOf(value: object | null | undefined): string | null {
  if (value === null || value === undefined) return null
  const text = JSON.stringify(value).replaceAll('\\u0000', '')
  return text.length <= jsonLengthMax ? text : JSON.stringify({ cut: text.slice(0, jsonLengthMax / 2) })
}

/** @param before the digest of the row before; '' of the first */
export function digestOf(before: string, row: Omit<AuditEventRow, 'digest'>): string {
  const { id, time_ms, action, object, outcome, actor, account_id, address, before_json, after_json } = row
  const fields = [id, time_ms, action, object, outcome, actor, account_id, address, before_json, after_json]
  return createHash('sha256')
    .update(JSON.stringify([before, ...fields]))
    .digest('hex')
}

/** Everything that is given must hold. Times are unix ms, [from, to). */
type AuditFilter = {
  fromMs?: number | undefined
  toMs?: number | undefined
  actor?: string | undefined
  action?: string | undefined
  /** Events before this one. */
  beforeId?: number | undefined
  limit: number
}

/** A page of events, the newest first. */
export const listEvents = (database: Database, filter: AuditFilter): Promise<AuditEventRow[]> => {
  const { fromMs, toMs, actor, action, beforeId, limit } = filter
  let query = database.queries.selectFrom('audit_event').selectAll().orderBy('id', 'desc').limit(limit)
  if (fromMs !== undefined) query = query.where('time_ms', '>=', fromMs)
  if (toMs !== undefined) query = query.where('time_ms', '<', toMs)
  if (actor !== undefined) query = query.where('actor', '=', actor)
  if (action !== undefined) query = query.where('action', '=', action)
  if (beforeId !== undefined) query = query.where('id', '<', beforeId)
  return query.execute()
}

const verifiedAtOnce = 1_000

/** How the log's chain holds: how many events there are, from which one on, and the first that is not as it was written. */
type ChainReport = { events: number; firstId: number | null; brokenId: number | null; head: string | null }

/** Reads the whole log, oldest first, and computes each digest anew. */
export async function verifyChain(database: Database): Promise<ChainReport> {
  const report: ChainReport = { events: 0, firstId: null, brokenId: null, head: null }
  let last: AuditEventRow | undefined
  const pruned = await counterOf(database, 'audit_pruned')
  for (;;) {
    const page = await database.queries
      .selectFrom('audit_event')
      .selectAll()
      .where('id', '>', last?.id ?? 0)
      .orderBy('id')
      .limit(verifiedAtOnce)
      .execute()
    for (const row of page) {
      // The oldest that is kept follows on one that is gone: its digest is taken as it is.
      const fits = last === undefined ? isOldest(row, pruned) : follows(last, row)
      if (!fits) return { ...report, brokenId: row.id }
      report.events += 1
      report.firstId ??= row.id
      report.head = row.digest
      last = row
    }
    if (page.length < verifiedAtOnce) break
  }
  return { ...report, brokenId: await missingAtEnd(database, last?.id ?? 0) }
}

const isOldest = (row: AuditEventRow, pruned: number) =>
  row.id === pruned + 1 && (row.id > 1 || row.digest === digestOf('', row))

const follows = (last: AuditEventRow, row: AuditEventRow) =>
  row.id === last.id + 1 && row.digest === digestOf(last.digest, row)

/** The counter knows how many there were: newest ones that were taken out show. */
async function missingAtEnd(database: Database, lastId: number): Promise<number | null> {
  const counted = await counterOf(database, 'audit')
  if (counted <= lastId) return null
  // One may have been added since the last look.
  const next = await database.queries
    .selectFrom('audit_event')
    .select('id')
    .where('id', '=', lastId + 1)
    .executeTakeFirst()
  return next ? null : lastId + 1
}

async function counterOf(database: Database, name: string): Promise<number> {
  const row = await database.queries.selectFrom('counter').select('value').where('name', '=', name).executeTakeFirst()
  return row?.value ?? 0
}
