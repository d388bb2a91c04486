import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { AppError, parameterError } from '../errors.ts'
import { errorAnswers, Nullable, Text } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import type { Database } from '../ports/database/database.ts'
import type { Warehouse } from '../ports/warehouse/warehouse.ts'
import { domainPattern } from '../statistics/domain-name.ts'
import { AccountName, withAccountNames } from './account-names.ts'
import { findAccount } from './accounts.ts'
import { allDomains, domainsOfAccount, isKnown, seenFrom } from './domains.ts'
import { claimDomain, releaseDomain } from './ownership.ts'
import { removeUnusedDomain } from './unused-domain.ts'

const url = '/api/v1/domains'
const tags = ['Accounts']
const operator = { config: { access: { roles: ['operator'] as const } } }
const owners = { config: { access: { roles: ['operator', 'account'] as const } } }

const Owned = Type.Object({
  domain_name: Type.String(),
  account_id: Nullable(Type.String({ description: 'Account that owns it; null: the first account' })),
  account_name: AccountName,
  with_history: Type.Optional(
    Nullable(
      Type.Boolean({
        description: 'For operators: whether the owner sees requests that counted before it had the domain',
      }),
    ),
  ),
})
export type OwnedDomain = Static<typeof Owned>

const params = Type.Object({ domainName: Text('A host name, lower case') })

/** Each move of a domain is audited with its previous owner. */
const moves = (database: Database) => ({
  config: {
    ...operator.config,
    auditBefore: async (request: FastifyRequest) => {
      const name = (request.params as { domainName: string }).domainName.toLowerCase()
      const row = await database.queries
        .selectFrom('domain')
        .select('account_id')
        .where('name', '=', name)
        .executeTakeFirst()
      return row ?? null
    },
  },
})

export type DomainRouteDeps = { database: Database; warehouse: Pick<Warehouse, 'rows'> }

/** Routes for domains and their owners. */
export function domainRoutes(server: Routes, deps: DomainRouteDeps): void {
  listRoute(server, deps.database)
  claimRoute(server, deps.database)
  releaseRoute(server, deps)
}

function listRoute(server: Routes, database: Database) {
  const list = {
    operationId: 'listDomains',
    tags,
    summary: 'Lists domains: every domain to an operator, its own to an account',
    response: { 200: Type.Object({ domains: Type.Array(Owned) }), ...errorAnswers },
  }
  server.get(url, { ...owners, schema: list }, async (request) => {
    const { accountId, role } = callerOf(request)
    if (role === 'account') {
      const names = await domainsOfAccount(database.queries, accountId)
      return { domains: names.map((name) => ({ domain_name: name, account_id: accountId })) }
    }
    return { domains: await withAccountNames(database, (await allDomains(database)).map(owned)) }
  })
}

type OwnedRow = { name: string; account_id: string | null; seen_from_load: number | null }

const owned = ({ name, account_id, seen_from_load }: OwnedRow) => ({
  domain_name: name,
  account_id,
  with_history: seen_from_load === null ? null : seen_from_load === 0,
})

function claimRoute(server: Routes, database: Database) {
  const put = {
    operationId: 'claimDomain',
    tags,
    summary: 'Gives a domain to an account',
    params,
    description:
      'The new owner of a domain that another customer had before sees requests that come to count from now on. The new owner of a domain that only the operator had sees its whole history. To change that, give the domain to its owner again.',
    body: Type.Object({
      account_id: Text('Account of the new owner'),
      with_history: Type.Optional(
        Type.Boolean({ description: 'true: the owner sees requests that counted before, too; false: it does not' }),
      ),
      must_exist: Type.Optional(
        Type.Boolean({
          description: 'true: refuses a domain that no log has named and nobody was given. Default: it is registered',
        }),
      ),
    }),
    response: { 200: Owned, ...errorAnswers },
  }
  server.put(`${url}/:domainName`, { ...moves(database), schema: put }, async (request) => {
    const name = request.params.domainName.toLowerCase()
    const { account_id: accountId, with_history: withHistory } = request.body
    if (!domainPattern.test(name)) throw parameterError('domain_name', 'it is not a domain name')
    if (request.body.must_exist && !(await isKnown(database, name)))
      throw new AppError('CDN.0105', `No log has named the domain ${name}, and nobody was given it`)
    if (!(await findAccount(database, accountId))) throw parameterError('account_id', 'there is no such account')
    if (!(await claimDomain(database, accountId, name, withHistory)))
      throw new AppError('FLUXPORT.0202', `The domain ${name} has another owner; release it first`)
    return owned({ name, account_id: accountId, seen_from_load: await seenFrom(database, name) })
  })
}

function releaseRoute(server: Routes, { database, warehouse }: DomainRouteDeps) {
  const release = {
    operationId: 'releaseDomain',
    tags,
    summary: 'Takes a domain from its owner, and removes it when it has no traffic',
    params,
    response: {
      200: Type.Object({
        ...Owned.properties,
        removed: Type.Boolean({ description: 'true: the domain had no stored traffic, and is unknown now' }),
      }),
      ...errorAnswers,
    },
  }
  server.delete(`${url}/:domainName`, { ...moves(database), schema: release }, async (request) => {
    const name = request.params.domainName.toLowerCase()
    if (!(await releaseDomain(database, name))) throw new AppError('CDN.0105', 'There is no such domain')
    return { domain_name: name, account_id: null, removed: await removeUnusedDomain(database, warehouse, name) }
  })
}
