import { createHash } from 'node:crypto'
import type { Transaction } from 'kysely'
import { type Database, nextValue } from '../ports/database/database.ts'
import type { Tables } from '../ports/database/schema.ts'
import type { AuditEventRow } from '../ports/database/security-rows.ts'

/**
 * The author of an event: an account's key and its address. A command names itself and has neither account nor address.
 */
export type Actor = {
  actor: string | null
  accountId: string | null
  address: string | null
  /** The way of the request, kept in `after`; omitted: it was signed, or had a token. */
  via?: 'console'
}

/** An event to record. `before` and `after` hold no secrets: the recorder leaves those out. */
export type AuditEvent = Actor & {
  /** A word of a closed set: `access_key.created`, or a route's operation. */
  action: string
  /** The object of the action: a key, an account's id, a domain. */
  object: string
  outcome: 'done' | 'refused' | 'failed'
  before?: object | null
  after?: object | null
}

/** A command on the data directory, which has no key. */
export const offlineActor: Actor = { actor: 'offline', accountId: null, address: null }

const objectLengthMax = 500
const jsonLengthMax = 4_096

/**
 * Adds an event. Pass the transaction of the action, so that both are recorded or neither. Events are added one at a
 * time, so this must be the last lock that the transaction takes.
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
    after_json: jsonOf(event.via ? { ...event.after, via: event.via } : event.after),
  }
  const whole = { ...row, digest: digestOf(last?.digest ?? '', row) }
  await tx.insertInto('audit_event').values(whole).execute()
  return whole
}

/** As `recordEvent`, in a transaction of its own. */
export const recordAlone = (database: Database, event: AuditEvent): Promise<AuditEventRow> =>
  database.write((tx) => recordEvent(tx, event))

function jsonOf(value: object | null | undefined): string | null {
  if (value === null || value === undefined) return null
  const text = JSON.stringify(value).replaceAll('\\u0000', '')
  return text.length <= jsonLengthMax ? text : JSON.stringify({ cut: text.slice(0, jsonLengthMax / 2) })
}

/** @param before the digest of the preceding row; '' for the first */
export function digestOf(before: string, row: Omit<AuditEventRow, 'digest'>): string {
  const { id, time_ms, action, object, outcome, actor, account_id, address, before_json, after_json } = row
  const fields = [id, time_ms, action, object, outcome, actor, account_id, address, before_json, after_json]
  return createHash('sha256')
    .update(JSON.stringify([before, ...fields]))
    .digest('hex')
}

/** Given members must all match. Times are unix ms, [from, to). */
type AuditFilter = {
  fromMs?: number | undefined
  toMs?: number | undefined
  actor?: string | undefined
  action?: string | undefined
  /** Only events with a lower id. */
  beforeId?: number | undefined
  limit: number
}

/** A page of events, newest first. */
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

/** State of the log's chain: number of events, first id, id of the first altered or missing event, last digest. */
type ChainReport = { events: number; firstId: number | null; brokenId: number | null; head: string | null }

/** Reads the whole log, oldest first, and recomputes each digest. */
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
      // The oldest kept row follows a removed one, so its digest cannot be recomputed and is trusted.
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

/** The counter knows the last id, so removed newest events are detected. */
async function missingAtEnd(database: Database, lastId: number): Promise<number | null> {
  const counted = await counterOf(database, 'audit')
  if (counted <= lastId) return null
  // An event may have been added since the last page.
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
