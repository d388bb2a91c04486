import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { actorOf } from '../audit/audit-hook.ts'
import { AppError, parameterError } from '../errors.ts'
import { errorAnswers, Nullable, Text, UnixMs } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import type { Database } from '../ports/database/database.ts'
import type { AccountRow } from '../ports/database/schema.ts'
import { askedZone } from '../statistics/asked-range.ts'
import { compressions, csvDecimals, csvDelimiterNames, formats } from '../statistics/format-names.ts'
import { languages } from '../statistics/languages.ts'
import { serviceAreas } from '../statistics/service-areas.ts'
import { changeSettings, type GivenSettings, givenSettings, ownSettings } from './account-settings.ts'
import { findAccount, listAccounts } from './accounts.ts'
import { addAccount, setLocked } from './change-keys.ts'

const operator = { config: { access: { roles: ['operator'] as const } } }
const anyone = { config: { access: { roles: ['operator', 'account', 'ingest'] as const } } }
const tags = ['Accounts']

const limit = (description: string) =>
  Type.Optional(Type.Integer({ description, minimum: 1, maximum: Number.MAX_SAFE_INTEGER }))
const ofPeople = ' of people’s requests that name none, not of creates under /v1/cdn'
const Settings = Type.Object({
  tasks_waiting_max: limit('At most this many tasks wait; without it the server’s limit'),
  tasks_running_max: limit('At most this many tasks are worked on at once; without it the server’s limit'),
  stored_bytes_max: limit('At most this many bytes of files; without it the server’s limit'),
  rows_max: limit('At most this many rows in a file; without it the server’s limit'),
  commit_traffic_bytes: limit('Committed billed traffic of a month, bytes; without it the account has no such commit'),
  commit_bandwidth_bps: limit('Committed percentile bandwidth of a month, bit/s; without it there is no such commit'),
  default_format: Type.Optional(Type.Enum([...formats], { description: 'Default of a create that names none' })),
  default_compression: Type.Optional(
    Type.Enum([...compressions], { description: 'Default of a create that names none' }),
  ),
  default_service_area: Type.Optional(
    Type.Enum([...serviceAreas], { description: `Service area${ofPeople}; else global` }),
  ),
  default_language: Type.Optional(
    Type.Enum([...languages], { description: `Language${ofPeople}; else that of the locale` }),
  ),
  default_time_zone: Type.Optional(
    Type.String({
      maxLength: 100,
      description: `Time zone${ofPeople}; else the server’s`,
      examples: ['Europe/Berlin'],
    }),
  ),
  default_csv_delimiter: Type.Optional(
    Type.Enum(csvDelimiterNames, { description: `Delimiter of CSV files${ofPeople}; else a comma` }),
  ),
  default_csv_decimal: Type.Optional(
    Type.Enum([...csvDecimals], { description: `Decimal sign of CSV files${ofPeople}; else a point` }),
  ),
  default_csv_bom: Type.Optional(
    Type.Enum(['true', 'false'] as const, {
      description: `Byte order mark of CSV files${ofPeople}; else for Chinese alone`,
    }),
  ),
})

const Account = Type.Object({
  account_id: Type.String(),
  name: Type.String(),
  created_at: UnixMs('Created'),
  locked_at: Nullable(UnixMs('Locked at this time; null: not locked')),
  settings: Type.Object(Settings.properties, {
    description: 'The account’s own limits and defaults; all others are the server’s',
  }),
})
const accountView = (row: AccountRow) => ({
  account_id: row.id,
  name: row.name,
  created_at: row.created_at_ms,
  locked_at: row.locked_at_ms,
  settings: givenSettings(row),
})
const own = { config: { ...operator.config, audit: 'own' as const } }

/** Routes for operators' work on accounts, and the look-up that region-style SDKs begin with. */
export function accountRoutes(server: Routes, deps: { database: Database }): void {
  lookUpRoute(server, deps.database)
  accountsRoutes(server, deps.database)
  lockRoutes(server, deps.database)
  settingsRoute(server, deps.database)
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
    summary: 'Shows the account of a key, as SDKs ask for it',
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
    summary: 'Lists every account',
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
    summary: 'Creates an account',
    body,
    response: { 200: Account, ...errorAnswers },
  }
  server.post(url, { ...own, schema: create }, async (request) => {
    const account = await addAccount(database, request.body.name, actorOf(request))
    if (!account) throw new AppError('FLUXPORT.0202', 'There is an account of this name')
    return accountView(account)
  })
}

/** A lock ends all use of an account at once; none of its data is lost. */
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
  route('lock', 'Locks an account: its keys and links end at once, its tasks and webhooks wait')
  route('unlock', 'Unlocks an account: its keys and links are good again, its tasks and webhooks go on')
}

/** A setting that is left out becomes the server's again: the body holds all of an account's own settings. */
function settingsRoute(server: Routes, database: Database) {
  const schema = {
    operationId: 'setAccountSettings',
    tags,
    summary: 'Sets an account’s own limits and defaults; one that is left out is the server’s',
    params: Type.Object({ accountId: Text('An account’s id') }),
    body: Settings,
    response: { 200: Settings, ...errorAnswers },
  }
  const auditBefore = async (request: FastifyRequest) => {
    const { accountId } = request.params as { accountId: string }
    const settings = await ownSettings(database, accountId)
    return settings ?? null
  }
  const config = { ...operator.config, auditBefore }
  server.put('/api/v1/accounts/:accountId/settings', { config, schema }, async (request) => {
    assertOneComma(request.body)
    const given = { ...request.body, ...zoneOf(request.body.default_time_zone) }
    if (!(await changeSettings(database, request.params.accountId, given)))
      throw new AppError('CDN.0003', 'There is no such account')
    return given
  })
}

const zoneOf = (text: string | undefined): GivenSettings =>
  text === undefined ? {} : { default_time_zone: askedZone('default_time_zone', text) }

/** @throws AppError CDN.0001 for a comma that would be both */
function assertOneComma({ default_csv_delimiter: delimiter = ',', default_csv_decimal: decimal }: GivenSettings): void {
  if (decimal === ',' && delimiter === ',')
    throw parameterError(
      'default_csv_decimal',
      'a comma cannot be the decimal sign and the delimiter: set default_csv_delimiter to ; or tab',
    )
}
