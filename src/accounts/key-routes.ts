import { type Static, Type } from 'typebox'
import { actorOf } from '../audit/audit-hook.ts'
import type { Actor } from '../audit/audit-log.ts'
import type { SecretBox } from '../auth/secret-box.ts'
import { AppError, parameterError } from '../errors.ts'
import { errorAnswers, Nullable, Role, Text, UnixMs } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import type { Database } from '../ports/database/database.ts'
import { domainNamesMax, domainPattern } from '../statistics/domain-name.ts'
import { AccountName, withAccountNames } from './account-names.ts'
import { type CreatedKey as Created, findAccount, type ListedKey, listKeys } from './accounts.ts'
import { ingestToken } from './authenticate.ts'
import { addKey, revokeKey, rotateKey } from './change-keys.ts'
import type { KeyUse } from './key-use.ts'

const url = '/api/v1/access-keys'
const tags = ['Accounts']
const operator = { config: { access: { roles: ['operator'] as const } } }

const own = { audit: 'own' as const }

/** The start of the year 2100, unix ms. */
const timeMsMax = 4_102_444_800_000

const Key = Type.Object({
  access_key: Type.String(),
  account_id: Type.String(),
  account_name: AccountName,
  role: Role,
  source: Nullable(Type.String()),
  domains: Nullable(Type.Array(Type.String())),
  description: Type.String(),
  created_at: UnixMs('Created'),
  revoked_at: Nullable(UnixMs('Revoked')),
  expires_at: Nullable(UnixMs('End of the key, which is then like an unknown one; null: it does not expire')),
  last_used_at: Nullable(UnixMs('Last use, to the minute; null: never, or not since it is recorded')),
  replaces: Nullable(Type.String({ description: 'The key that it replaces' })),
})

const NewKeyBody = Type.Object({
  role: Role,
  account_id: Type.Optional(Text('Default: the caller’s account')),
  source: Type.Optional(Text('Ingest keys: the source of pushed logs')),
  domains: Type.Optional(
    Type.Array(Type.String({ pattern: domainPattern.source, maxLength: 253 }), {
      maxItems: domainNamesMax,
      description: 'Ingest keys: the domains that lines may name; other lines are rejected',
    }),
  ),
  description: Type.Optional(Text('A note for people')),
  expires_at: Type.Optional(
    Type.Integer({ minimum: 0, maximum: timeMsMax, description: 'Unix ms in the future. Default: it does not expire' }),
  ),
})

const CreatedKey = Type.Object({
  access_key: Type.String(),
  secret_key: Type.String(),
  ingest_token: Nullable(Type.String()),
  account_id: Type.String(),
  role: Role,
  expires_at: Nullable(UnixMs('Expires; null: never')),
})

/** Routes to make, list, rotate and revoke access keys. Lists hold no secrets. */
export function keyRoutes(server: Routes, deps: KeyRouteDeps): void {
  listRoute(server, deps)
  createRoute(server, deps)
  rotateRoute(server, deps)
  revokeRoute(server, deps.database)
}

export type KeyRouteDeps = { database: Database; box: SecretBox; keyUse: Pick<KeyUse, 'flush'> }

const pageMax = 1_000

function listRoute(server: Routes, { database, keyUse }: KeyRouteDeps) {
  const list = {
    operationId: 'listAccessKeys',
    tags,
    summary: 'Lists keys without secrets, the oldest first, a page at a time',
    querystring: Type.Object({
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: pageMax, description: `Default ${pageMax}` })),
      cursor: Type.Optional(Text('next_cursor of the page before')),
    }),
    response: {
      200: Type.Object({
        access_keys: Type.Array(Key),
        next_cursor: Nullable(Type.String({ description: 'Cursor of the next page; null: there is none' })),
      }),
      ...errorAnswers,
    },
  }
  server.get(url, { ...operator, schema: list }, async (request) => {
    const { limit = pageMax, cursor } = request.query
    await keyUse.flush()
    const keys = await listKeys(database, { limit, after: cursor ?? null })
    if (keys === null) throw parameterError('cursor', 'it is not the next_cursor of a page')
    return {
      access_keys: await withAccountNames(database, keys.map(keyView)),
      next_cursor: keys.length === limit ? (keys.at(-1)?.access_key ?? null) : null,
    }
  })
}

const keyView = (row: ListedKey) => ({
  access_key: row.access_key,
  account_id: row.account_id,
  role: row.role,
  source: row.source,
  domains: row.domains_json === null ? null : (JSON.parse(row.domains_json) as string[]),
  description: row.description,
  created_at: row.created_at_ms,
  revoked_at: row.revoked_at_ms,
  expires_at: row.expires_at_ms,
  last_used_at: row.last_used_at_ms,
  replaces: row.replaces,
})

function createRoute(server: Routes, deps: KeyRouteDeps) {
  const schema = {
    operationId: 'createAccessKey',
    tags,
    summary: 'Creates a key; its secret is shown this once',
    body: NewKeyBody,
    response: { 200: CreatedKey, ...errorAnswers },
  }
  const config = { ...operator.config, ...own }
  server.post(url, { config, schema }, (request) => create(deps, request.body, actorOf(request)))
}

/** An operator key in a customer's account would look like the customer's, yet could do everything. */
export const operatorsAlone = 'operator keys are of the first account alone, as they may do everything'

async function create(deps: KeyRouteDeps, body: Static<typeof NewKeyBody>, actor: Actor) {
  const { role, source, domains, description = '' } = body
  const accountId = body.account_id ?? actor.accountId ?? ''
  const account = await findAccount(deps.database, accountId)
  if (!account) throw parameterError('account_id', 'there is no such account')
  if (role === 'operator' && account.is_first !== 1) throw parameterError('role', operatorsAlone)
  if (role !== 'ingest' && (source ?? domains) !== undefined)
    throw parameterError('role', 'source and domains limit ingest keys alone')
  const expiresAtMs = expiryOf(body.expires_at)
  const asked = { accountId, role, source: source ?? null, domains: domains ?? null, description, expiresAtMs }
  return createdView(await addKey(deps.database, deps.box, asked, actor), expiresAtMs)
}

/** @throws AppError CDN.0001 */
function expiryOf(expiresAtMs: number | undefined): number | null {
  if (expiresAtMs !== undefined && expiresAtMs <= Date.now())
    throw parameterError('expires_at', 'it is not in the future')
  return expiresAtMs ?? null
}

const createdView = (key: Created, expiresAtMs: number | null) => ({
  access_key: key.accessKey,
  secret_key: key.secretKey,
  ingest_token: key.role === 'ingest' ? ingestToken(key) : null,
  account_id: key.accountId,
  role: key.role,
  expires_at: expiresAtMs,
})

const overlapSecondsMax = 30 * 86_400

const RotationBody = Type.Object({
  overlap_seconds: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: overlapSecondsMax,
      description: 'How long the old key stays good; 0: it ends at once. Default 86400',
    }),
  ),
  expires_at: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: timeMsMax,
      description:
        'Unix ms in the future, for operators alone. Default: an operator’s rotation gives the lifetime of the old key; a key that rotates itself keeps its end',
    }),
  ),
})

/** Any holder may rotate its own key, an ingest key by its token too; an operator may rotate any key. */
function rotateRoute(server: Routes, deps: KeyRouteDeps) {
  const schema = {
    operationId: 'rotateAccessKey',
    tags,
    summary: 'Creates a key in place of another; both are good for an overlap. Its secret is shown this once',
    params: Type.Object({ accessKey: Text('The key. Without the operator role: the key that signs') }),
    body: RotationBody,
    response: {
      200: Type.Object({
        ...CreatedKey.properties,
        replaces: Type.String(),
        old_until: UnixMs('End of the old key'),
      }),
      ...errorAnswers,
    },
  }
  const access = { roles: ['operator', 'account', 'ingest'] as const, token: true }
  server.post(`${url}/:accessKey/rotate`, { config: { access, ...own }, schema }, async (request) => {
    const caller = callerOf(request)
    const { accessKey } = request.params
    const { overlap_seconds: overlapSeconds = 86_400, expires_at: asked } = request.body
    const isAllowed = caller.role === 'operator' || caller.accessKey === accessKey
    // A holder that is no operator must not prolong the life of its key.
    if (caller.role !== 'operator' && asked !== undefined)
      throw new AppError('CDN.0004', 'An operator alone says when a key expires')
    const rotation = {
      overlapMs: overlapSeconds * 1000,
      expiresAtMs: asked === undefined ? undefined : expiryOf(asked),
      isOwn: caller.role !== 'operator',
    }
    const how = { rotation, actor: actorOf(request) }
    const rotated = isAllowed ? await rotateKey(deps.database, deps.box, accessKey, how) : null
    if (!rotated) throw noSuchKey()
    const { key, oldUntilMs, expiresAtMs } = rotated
    return { ...createdView(key, expiresAtMs), replaces: accessKey, old_until: oldUntilMs }
  })
}

const noSuchKey = () => new AppError('CDN.0003', 'There is no such access key, or it is good no more')

function revokeRoute(server: Routes, database: Database) {
  const revoke = {
    operationId: 'revokeAccessKey',
    tags,
    summary: 'Revokes a key at once, and the keys that replaced it',
    params: Type.Object({ accessKey: Text('The key') }),
    querystring: Type.Object({
      keep_successors: Type.Optional(
        Type.Boolean({ description: 'true: ends this key alone, for instance during an overlap. Default: false' }),
      ),
    }),
    response: {
      200: Type.Object({
        access_key: Type.String(),
        also_revoked: Type.Array(Type.String(), {
          description: 'Keys that replaced it, and their replacements, which end too',
        }),
      }),
      ...errorAnswers,
    },
  }
  const config = { ...operator.config, ...own }
  server.delete(`${url}/:accessKey`, { config, schema: revoke }, async (request) => {
    const { accessKey } = request.params
    const keepsSuccessors = request.query.keep_successors === true
    const ended = await revokeKey(database, accessKey, actorOf(request), { keepsSuccessors })
    if (ended.length === 0) throw new AppError('CDN.0003', 'There is no such access key, or it is revoked')
    return { access_key: accessKey, also_revoked: ended.filter((one) => one !== accessKey) }
  })
}
