import { type Static, Type } from 'typebox'
import { errorAnswers, Nullable, Text, UnixMs, UnixMsText } from '../http/schemas.ts'
import type { Routes } from '../http/server.ts'
import type { Database } from '../ports/database/database.ts'
import type { AuditEventRow } from '../ports/database/security-rows.ts'
import { listEvents, verifyChain } from './audit-log.ts'
import type { RefusalLog } from './refusal-log.ts'

const url = '/api/v1/audit'
const tags = ['Audit']
const config = { access: { roles: ['operator'] as const } }

const Event = Type.Object({
  event_id: Type.Integer(),
  time: UnixMs('When'),
  action: Type.String({ description: 'access_key.created, …, or a route’s operation' }),
  object: Type.String({ description: 'Object of the action' }),
  outcome: Type.String({ description: 'done, refused or failed' }),
  actor: Nullable(Type.String({ description: 'The key that asked; offline: a command on the data directory' })),
  account_id: Nullable(Type.String()),
  account_name: Nullable(Type.String({ description: 'The account’s name now; null: it has none' })),
  address: Nullable(Type.String({ description: 'Address that the request came from' })),
  before: Type.Unsafe<unknown>({ description: 'The object before, without secrets' }),
  after: Type.Unsafe<unknown>({ description: 'The object afterwards, or what was asked for; without secrets' }),
  digest: Type.String({ description: 'SHA-256 over the digest of the event before and this one' }),
})

const Page = Type.Object({
  events: Type.Array(Event),
  next_cursor: Nullable(Type.Integer({ description: 'Cursor of the next page; null: there is none' })),
})

const Chain = Type.Object({
  intact: Type.Boolean({ description: 'true: every event is as it was written, and none is missing' }),
  events: Type.Integer(),
  first_event_id: Nullable(Type.Integer({ description: 'The oldest event that is kept' })),
  broken_event_id: Nullable(Type.Integer({ description: 'The first event that was altered, or is missing' })),
  head: Nullable(
    Type.String({ description: 'The newest digest. A copy kept elsewhere shows whether the whole log was replaced' }),
  ),
})

/** Lists the actions of operators and commands, and refusals. No route changes the log. */
export function auditRoutes(server: Routes, deps: { database: Database; refusals: Pick<RefusalLog, 'flush'> }): void {
  const list = {
    operationId: 'listAudit',
    tags,
    summary: 'Lists audit events, the newest first',
    querystring: Type.Object({
      from: UnixMsText('Events at or after this time'),
      to: UnixMsText('Events before this time'),
      actor: Type.Optional(Text('Events of this key', 200)),
      action: Type.Optional(Text('Events of this action', 200)),
      cursor: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'next_cursor' })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, description: 'Default 100' })),
    }),
    response: { 200: Page, ...errorAnswers },
  }
  server.get(url, { config, schema: list }, async ({ query }) => {
    await deps.refusals.flush()
    const { limit = 100, from, to, actor, action, cursor } = query
    const rows = await listEvents(deps.database, { limit, fromMs: from, toMs: to, actor, action, beforeId: cursor })
    const accounts = await deps.database.queries.selectFrom('account').select(['id', 'name']).execute()
    const names = new Map(accounts.map(({ id, name }) => [id, name]))
    const events = rows.map((row) => eventView(row, names))
    return { events, next_cursor: rows.length === limit ? (rows.at(-1)?.id ?? null) : null }
  })
  const chain = {
    operationId: 'verifyAudit',
    tags,
    summary: 'Checks that no event was altered or removed. Reads the whole log',
    response: { 200: Chain, ...errorAnswers },
  }
  server.get(`${url}/chain`, { config, schema: chain }, async () => {
    const { events, firstId, brokenId, head } = await verifyChain(deps.database)
    return { intact: brokenId === null, events, first_event_id: firstId, broken_event_id: brokenId, head }
  })
}

const eventView = (row: AuditEventRow, names: ReadonlyMap<string, string>): Static<typeof Event> => ({
  event_id: row.id,
  time: row.time_ms,
  action: row.action,
  object: row.object,
  outcome: row.outcome,
  actor: row.actor,
  account_id: row.account_id,
  account_name: names.get(row.account_id ?? '') ?? null,
  address: row.address,
  before: row.before_json === null ? null : (JSON.parse(row.before_json) as unknown),
  after: row.after_json === null ? null : (JSON.parse(row.after_json) as unknown),
  digest: row.digest,
})
