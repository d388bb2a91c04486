import { Type } from 'typebox'
import { actorOf } from '../audit/audit-hook.ts'
import { AppError } from '../errors.ts'
import { errorAnswers, Nullable, Text, UnixMs } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import type { Database } from '../ports/database/database.ts'
import type { AccountRow } from '../ports/database/schema.ts'
import { findAccount, listAccounts } from './accounts.ts'
import { addAccount, setLocked } from './change-keys.ts'

export const operator = { config: { access: { roles: ['operator'] as const } } }
const anyone = { config: { access: { roles: ['operator', 'account', 'ingest'] as const } } }
const tags = ['Accounts']

const Account = Type.Object({
  account_id: Type.String(),
  name: Type.String(),
  created_at: UnixMs('Created'),
  locked_at: Nullable(UnixMs('Since when its keys are good for nothing; null: they are good')),
})
const accountView = (row: AccountRow) => ({
  account_id: row.id,
  name: row.name,
  created_at: row.created_at_ms,
  locked_at: row.locked_at_ms,
})
const own = { config: { ...operator.config, audit: 'own' as const } }

/** Accounts, for operators; and the look-up that region-style SDKs begin with. */
export function accountRoutes(server: Routes, deps: { database: Database }): void {
  lookUpRoute(server, deps.database)
  accountsRoutes(server, deps.database)
  lockRoutes(server, deps.database)
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
    accounts: (await listAccounts(database)).map(accountView),
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
  server.post(url, { ...own, schema: create }, async (request) => {
    const account = await addAccount(database, request.body.name, actorOf(request))
    if (!account) throw new AppError('FLUXPORT.0202', 'There is an account of this name')
    return accountView(account)
  })
}

/** Locking ends what an account can do, at once; nothing of it is lost. */
function lockRoutes(server: Routes, database: Database) {
  const route = (word: 'lock' | 'unlock', summary: string) => {
    const schema = {
      operationId: `${word}Account`,
      tags,
      summary,
      params: Type.Object({ accountId: Text('An account’s id') }),
      response: { 200: Account, ...errorAnswers },
    }
    server.post(`/api/v1/accounts/:accountId/${word}`, { ...own, schema }, async (request) => {
      const account = await setLocked(database, request.params.accountId, word === 'lock', actorOf(request))
      if (!account) throw new AppError('CDN.0003', 'There is no such account')
      return accountView(account)
    })
  }
  route('lock', 'Ends the use of all of an account’s keys and links, at once; its tasks and webhooks wait')
  route('unlock', 'Makes a locked account’s keys good again; what waited goes on')
}
