import { Type } from 'typebox'
import { ingestToken } from '../auth/authenticate.ts'
import type { SecretBox } from '../auth/secret-box.ts'
import type { Database } from '../database/database.ts'
import { AppError, parameterError } from '../errors.ts'
import { domainPattern } from '../exports/export-request.ts'
import { errorAnswers, Nullable, Role, Text, UnixMs } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import { createAccount, createKey, findAccount, listAccounts, listKeys, revokeKey } from './accounts.ts'
import { allDomains, claimDomain, domainsOfAccount, releaseDomain } from './domains.ts'

const operator = { config: { access: { roles: ['operator'] as const } } }
const anyone = { config: { access: { roles: ['operator', 'account', 'ingest'] as const } } }
const tags = ['Accounts']

const Account = Type.Object({ account_id: Type.String(), name: Type.String(), created_at: UnixMs('Created') })
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

/** Accounts, what they own, and their keys: for operators; and the look-up that region-style SDKs begin with. */
export function accountRoutes(server: Routes, deps: { database: Database; box: SecretBox }): void {
  lookUpRoute(server, deps.database)
  accountsRoutes(server, deps.database)
  domainRoutes(server, deps.database)
  keyRoutes(server, deps)
}

function lookUpRoute(server: Routes, database: Database) {
  const Found = Type.Object({
    id: Type.String(),
    name: Type.String(),
    enabled: Type.Boolean(),
    links: Type.Object({ self: Type.String() }),
  })
  const response = {
    200: Type.Object({ domains: Type.Array(Found), links: Type.Object({ self: Type.String() }) }),
    ...errorAnswers,
  }
  const schema = {
    operationId: 'lookUpAccount',
    tags: ['Accounts (contract)'],
    summary: 'The account of a key, as SDKs ask',
    response,
  }
  server.get('/v3/auth/domains', { ...anyone, schema }, async (request) => {
    const account = await findAccount(database, callerOf(request).accountId)
    const found = account ? [account] : []
    return {
      domains: found.map(({ id, name }) => ({ id, name, enabled: true, links: { self: `/v3/domains/${id}` } })),
      links: { self: '/v3/auth/domains' },
    }
  })
}

function accountsRoutes(server: Routes, database: Database) {
  const url = '/api/v1/accounts'
  const list = {
    operationId: 'listAccounts',
    tags,
    summary: 'Every account',
    response: { 200: Type.Object({ accounts: Type.Array(Account) }), ...errorAnswers },
  }
  server.get(url, { ...operator, schema: list }, async () => ({
    accounts: (await listAccounts(database)).map((row) => ({
      account_id: row.id,
      name: row.name,
      created_at: row.created_at_ms,
    })),
  }))
  const body = Type.Object({
    name: Type.String({ minLength: 1, maxLength: 100, pattern: '^[^\\u0000]+$', description: 'Unique' }),
  })
  const create = {
    operationId: 'createAccount',
    tags,
    summary: 'Makes an account',
    body,
    response: { 200: Account, ...errorAnswers },
  }
  server.post(url, { ...operator, schema: create }, async (request) => {
    const account = await createAccount(database, request.body.name)
    if (!account) throw new AppError('FLUXPORT.0202', 'There is an account of this name')
    return { account_id: account.id, name: account.name, created_at: account.created_at_ms }
  })
}

function domainRoutes(server: Routes, database: Database) {
  const Owned = Type.Object({
    domain_name: Type.String(),
    account_id: Nullable(Type.String({ description: 'Null: the first account has it' })),
  })
  const list = {
    operationId: 'listDomains',
    tags,
    summary: 'An operator sees every domain, an account its own',
    response: { 200: Type.Object({ domains: Type.Array(Owned) }), ...errorAnswers },
  }
  server.get(
    '/api/v1/domains',
    { config: { access: { roles: ['operator', 'account'] as const } }, schema: list },
    async (request) => {
      const { accountId, role } = callerOf(request)
      if (role === 'account') {
        const names = await domainsOfAccount(database, accountId)
        return { domains: names.map((name) => ({ domain_name: name, account_id: accountId })) }
      }
      return {
        domains: (await allDomains(database)).map((row) => ({ domain_name: row.name, account_id: row.account_id })),
      }
    },
  )
  const one = '/api/v1/domains/:domainName'
  const params = Type.Object({ domainName: Text('A host name, lower case') })
  const put = {
    operationId: 'claimDomain',
    tags,
    summary: 'Gives a domain to an account',
    params,
    body: Type.Object({ account_id: Text('The owner') }),
    response: { 200: Owned, ...errorAnswers },
  }
  server.put(one, { ...operator, schema: put }, async (request) => {
    const name = request.params.domainName.toLowerCase()
    const accountId = request.body.account_id
    if (!domainPattern.test(name)) throw parameterError('domain_name', 'it is not a domain name')
    if (!(await findAccount(database, accountId))) throw parameterError('account_id', 'there is no such account')
    if (!(await claimDomain(database, accountId, name)))
      throw new AppError('FLUXPORT.0202', `The domain ${name} has another owner; release it first`)
    return { domain_name: name, account_id: accountId }
  })
  const release = {
    operationId: 'releaseDomain',
    tags,
    summary: 'Takes a domain from its owner',
    params,
    response: { 200: Owned, ...errorAnswers },
  }
  server.delete(one, { ...operator, schema: release }, async (request) => {
    const name = request.params.domainName.toLowerCase()
    if (!(await releaseDomain(database, name))) throw new AppError('CDN.0105', 'There is no such domain')
    return { domain_name: name, account_id: null }
  })
}

function keyRoutes(server: Routes, deps: { database: Database; box: SecretBox }) {
  const url = '/api/v1/access-keys'
  const list = {
    operationId: 'listAccessKeys',
    tags,
    summary: 'Every key, without secrets',
    response: { 200: Type.Object({ access_keys: Type.Array(Key) }), ...errorAnswers },
  }
  server.get(url, { ...operator, schema: list }, async () => ({
    access_keys: (await listKeys(deps.database)).map((row) => ({
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
  const create = {
    operationId: 'createAccessKey',
    tags,
    summary: 'Makes a key; its secret is shown this once',
    body: Type.Object({
      role: Role,
      account_id: Type.Optional(Text('Default: the caller’s account')),
      source: Type.Optional(Text('Ingest keys: the source that what they push is of')),
      domains: Type.Optional(
        Type.Array(Type.String({ pattern: domainPattern.source }), {
          description: 'Ingest keys: other domains’ lines are rejected',
        }),
      ),
      description: Type.Optional(Text('For people')),
    }),
    response: {
      200: Type.Object({
        access_key: Type.String(),
        secret_key: Type.String(),
        ingest_token: Nullable(Type.String()),
        account_id: Type.String(),
        role: Role,
      }),
      ...errorAnswers,
    },
  }
  server.post(url, { ...operator, schema: create }, async (request) => {
    const { role, source, domains, description = '' } = request.body
    const accountId = request.body.account_id ?? callerOf(request).accountId
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
  })
  const revoke = {
    operationId: 'revokeAccessKey',
    tags,
    summary: 'Ends a key’s use, at once',
    params: Type.Object({ accessKey: Text('The key') }),
    response: { 200: Type.Object({ access_key: Type.String() }), ...errorAnswers },
  }
  server.delete(`${url}/:accessKey`, { ...operator, schema: revoke }, async (request) => {
    const { accessKey } = request.params
    if (!(await revokeKey(deps.database, accessKey)))
      throw new AppError('CDN.0003', 'There is no such access key, or it is revoked')
    return { access_key: accessKey }
  })
}
