import { type Static, Type } from 'typebox'
import { ingestToken } from '../auth/authenticate.ts'
import type { SecretBox } from '../auth/secret-box.ts'
import type { Database } from '../database/database.ts'
import { AppError, parameterError } from '../errors.ts'
import { domainPattern } from '../exports/export-request.ts'
import { errorAnswers, Nullable, Role, Text, UnixMs } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import { createKey, findAccount, listKeys, revokeKey } from './accounts.ts'
import { domainNamesMax } from './domains.ts'

const url = '/api/v1/access-keys'
const tags = ['Accounts']
const operator = { config: { access: { roles: ['operator'] as const } } }

const Key = Type.Object({
  access_key: Type.String(),
  account_id: Type.String(),
  role: Role,
  source: Nullable(Type.String()),
  domains: Nullable(Type.Array(Type.String())),
  description: Type.String(),
  created_at: UnixMs('Created'),
  revoked_at: Nullable(UnixMs('Revoked')),
})

const NewKeyBody = Type.Object({
  role: Role,
  account_id: Type.Optional(Text('Default: the caller’s account')),
  source: Type.Optional(Text('Ingest keys: the source that what they push is of')),
  domains: Type.Optional(
    Type.Array(Type.String({ pattern: domainPattern.source, maxLength: 253 }), {
      maxItems: domainNamesMax,
      description: 'Ingest keys: other domains’ lines are rejected',
    }),
  ),
  description: Type.Optional(Text('For people')),
})

const CreatedKey = Type.Object({
  access_key: Type.String(),
  secret_key: Type.String(),
  ingest_token: Nullable(Type.String()),
  account_id: Type.String(),
  role: Role,
})

/** Access keys: made, listed without secrets, revoked. */
export function keyRoutes(server: Routes, deps: KeyRouteDeps): void {
  listRoute(server, deps.database)
  createRoute(server, deps)
  revokeRoute(server, deps.database)
}

type KeyRouteDeps = { database: Database; box: SecretBox }

function listRoute(server: Routes, database: Database) {
  const list = {
    operationId: 'listAccessKeys',
    tags,
    summary: 'Every key, without secrets',
    response: { 200: Type.Object({ access_keys: Type.Array(Key) }), ...errorAnswers },
  }
  server.get(url, { ...operator, schema: list }, async () => ({
    access_keys: (await listKeys(database)).map((row) => ({
      access_key: row.access_key,
      account_id: row.account_id,
      role: row.role,
      source: row.source,
      domains: row.domains_json === null ? null : (JSON.parse(row.domains_json) as string[]),
      description: row.description,
      created_at: row.created_at_ms,
      revoked_at: row.revoked_at_ms,
    })),
  }))
}

function createRoute(server: Routes, deps: KeyRouteDeps) {
  const schema = {
    operationId: 'createAccessKey',
    tags,
    summary: 'Makes a key; its secret is shown this once',
    body: NewKeyBody,
    response: { 200: CreatedKey, ...errorAnswers },
  }
  server.post(url, { ...operator, schema }, (request) => create(deps, request.body, callerOf(request).accountId))
}

async function create(deps: KeyRouteDeps, body: Static<typeof NewKeyBody>, callerAccountId: string) {
  const { role, source, domains, description = '' } = body
  const accountId = body.account_id ?? callerAccountId
  if (!(await findAccount(deps.database, accountId))) throw parameterError('account_id', 'there is no such account')
  if (role !== 'ingest' && (source ?? domains) !== undefined)
    throw parameterError('role', 'source and domains limit ingest keys alone')
  const key = await createKey(deps.database.queries, deps.box, {
    accountId,
    role,
    source: source ?? null,
    domains: domains ?? null,
    description,
  })
  return {
    access_key: key.accessKey,
    secret_key: key.secretKey,
    ingest_token: role === 'ingest' ? ingestToken(key) : null,
    account_id: accountId,
    role,
  }
}

function revokeRoute(server: Routes, database: Database) {
  const revoke = {
    operationId: 'revokeAccessKey',
    tags,
    summary: 'Ends a key’s use, at once',
    params: Type.Object({ accessKey: Text('The key') }),
    response: { 200: Type.Object({ access_key: Type.String() }), ...errorAnswers },
  }
  server.delete(`${url}/:accessKey`, { ...operator, schema: revoke }, async (request) => {
    const { accessKey } = request.params
    if (!(await revokeKey(database, accessKey)))
      throw new AppError('CDN.0003', 'There is no such access key, or it is revoked')
    return { access_key: accessKey }
  })
}
