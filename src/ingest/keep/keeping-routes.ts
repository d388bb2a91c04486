import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { AccountName, withAccountNames } from '../../accounts/account-names.ts'
import { allAccounts, askedWhose } from '../../accounts/whose.ts'
import { AppError, parameterError } from '../../errors.ts'
import type { Caller } from '../../http/caller.ts'
import { errorAnswers, Text, UnixMs } from '../../http/schemas.ts'
import { callerOf, type Routes } from '../../http/server.ts'
import { figuresOfKept } from '../../ledger/kept-figures.ts'
import { keepDaysMax, keptSourcesMax, readKeeping, removeKeeping, setKeeping } from '../../ledger/log-keeping.ts'
import type { Database } from '../../ports/database/database.ts'
import { dropsAnything, type PrivacyProfile } from '../../privacy/profile.ts'

const url = '/api/v1/kept-logs'
const tags = ['Log batches']
const roles = ['operator', 'account'] as const
const params = Type.Object({ source: Text('Name of a source', 200) })
const querystring = Type.Object({
  account: Type.Optional(Text('For operators: account of the source. Default: the key’s own', 100)),
})
const Days = Type.Integer({
  minimum: 1,
  maximum: keepDaysMax,
  description: 'Days from the end of a file’s last hour on',
})
const Setting = Type.Object({ account_id: Type.String(), source: Type.String(), keep_logs_days: Days })

const Kept = Type.Object({
  ...Setting.properties,
  account_name: AccountName,
  files: Type.Integer({ description: 'Files that are kept now' }),
  size: Type.Integer({ description: 'Their bytes, which count among those that the account may store' }),
  missed: Type.Integer({ description: 'Files of the time that could not be kept, for want of room' }),
  update_time: UnixMs('Last change of the setting'),
})

export type KeepingRouteDeps = {
  database: Database
  privacyProfile: PrivacyProfile
  loadLoop: { wake(): void }
}

/** Routes for the sources of which log files are kept. Accounts set their own. */
export function keepingRoutes(server: Routes, deps: KeepingRouteDeps): void {
  listRoute(server, deps)
  setRoute(server, deps)
  removeRoute(server, deps)
}

function listRoute(server: Routes, { database }: KeepingRouteDeps) {
  const schema = {
    operationId: 'listKeptLogs',
    tags,
    summary: 'Lists the sources of which log files are kept: an account’s own, for operators all',
    response: { 200: Type.Object({ sources: Type.Array(Kept) }), ...errorAnswers },
  }
  server.get(url, { config: { access: { roles } }, schema }, async (request) => {
    const { role, accountId } = callerOf(request)
    const settings = await readKeeping(database.queries, role === 'operator' ? null : accountId)
    const rows = []
    for (const { account_id, source, keep_days, updated_at_ms } of settings) {
      const figures = await figuresOfKept(database.queries, { accountId: account_id, source })
      rows.push({ account_id, source, keep_logs_days: keep_days, ...figures, update_time: updated_at_ms })
    }
    return { sources: role === 'operator' ? await withAccountNames(database, rows) : rows }
  })
}

function setRoute(server: Routes, { database, privacyProfile }: KeepingRouteDeps) {
  const schema = {
    operationId: 'setKeptLogs',
    tags,
    summary: 'Keeps the log files of a source for days, and hands them out by the contract’s logs',
    params,
    querystring,
    body: Type.Object({ keep_logs_days: Days }),
    response: { 200: Setting, ...errorAnswers },
  }
  server.put(`${url}/:source`, { config: configOf(database), schema }, async (request) => {
    const of = await keptSourceOf(database, callerOf(request), request)
    if (dropsAnything(privacyProfile))
      throw parameterError('keep_logs_days', 'this server drops parts of requests, which log files have whole')
    const { keep_logs_days: keepDays } = request.body
    if (!(await setKeeping(database, of, keepDays)))
      throw new AppError('CDN.0005', `The account keeps log files of ${keptSourcesMax} sources, the most that it may`)
    return { account_id: of.accountId, source: of.source, keep_logs_days: keepDays }
  })
}

function removeRoute(server: Routes, { database, loadLoop }: KeepingRouteDeps) {
  const schema = {
    operationId: 'removeKeptLogs',
    tags,
    summary: 'Keeps no more log files of a source, and removes those that are kept',
    params,
    querystring,
    response: { 200: Type.Object({ source: Type.String() }), ...errorAnswers },
  }
  server.delete(`${url}/:source`, { config: configOf(database), schema }, async (request) => {
    const of = await keptSourceOf(database, callerOf(request), request)
    if (!(await removeKeeping(database, of))) throw new AppError('CDN.0003', 'No log files of this source are kept')
    loadLoop.wake()
    return { source: of.source }
  })
}

const configOf = (database: Database) => ({
  access: { roles },
  audit: 'all' as const,
  auditBefore: async (request: FastifyRequest) => {
    const { accountId, source } = await keptSourceOf(database, callerOf(request), request)
    const before = (await readKeeping(database.queries, accountId)).find((row) => row.source === source)
    return before ? { account_id: accountId, keep_logs_days: before.keep_days } : null
  },
})

/** @throws AppError CDN.0001 or CDN.0004 for an account that the caller may not name; CDN.0001 for an empty source */
async function keptSourceOf(database: Database, caller: Caller, request: FastifyRequest) {
  const { source } = request.params as { source: string }
  const { account } = request.query as { account?: string }
  const whose = await askedWhose(database, caller, account)
  if (whose === allAccounts) throw parameterError('account', 'it is not one account')
  if (source === '') throw parameterError('source', 'it is not a name of 1 to 200 characters')
  return { accountId: whose ?? caller.accountId, source }
}
