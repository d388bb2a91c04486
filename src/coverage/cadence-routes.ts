import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { AccountName, withAccountNames } from '../accounts/account-names.ts'
import { findAccount } from '../accounts/accounts.ts'
import { AppError, parameterError } from '../errors.ts'
import { errorAnswers, Nullable, Text, UnixMs } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import {
  anySource,
  type Cadence,
  delaySecondsMax,
  everyAccount,
  filesPerHourMax,
  readCadences,
  removeCadence,
  setCadence,
  sourceKey,
  timeMsMax,
} from '../ledger/cadences.ts'
import type { Database } from '../ports/database/database.ts'
import { askedZone } from '../statistics/asked-range.ts'
import { domainPattern } from '../statistics/domain-name.ts'

const url = '/api/v1/coverage/cadences'
const tags = ['Coverage']
const operator = { config: { access: { roles: ['operator'] as const } } }
const params = Type.Object({ source: Text('A source’s name; * states the delay of every source without its own') })

const Account = Type.Object({
  account: Type.Optional(
    Text(
      'Account of the source; * for every account without a cadence of its own. Default: the caller’s; for the source *: every account',
    ),
  ),
})

const domainsMax = 10_000

const Stated = Type.Object({
  files_per_hour: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: filesPerHourMax,
      description:
        'Files an hour of each domain in file names. Default: not stated; the source delivers in the order of time',
    }),
  ),
  files_per_day: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: filesPerHourMax,
      description: 'Files a day of each domain in file names; not together with files_per_hour',
    }),
  ),
  day_zone: Type.Optional(
    Text('Time zone of the day of files_per_day, such as Europe/Berlin. Default: the server’s zone'),
  ),
  delay_seconds: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: delaySecondsMax,
      description:
        'How long after a bucket, or an hour or a day of files, its lines may still come. Default: the delay of *, else 3600',
    }),
  ),
  skips_empty_hours: Type.Optional(
    Type.Boolean({ description: 'true: the source delivers no file for an hour without requests' }),
  ),
  domains: Type.Optional(
    Type.Array(Type.String({ maxLength: 253 }), {
      maxItems: domainsMax,
      description: 'Domains that the source is expected to report. Default: those that it has delivered',
    }),
  ),
  expected_from: Type.Optional(Type.Integer({ minimum: 0, maximum: timeMsMax, description: 'Unix ms' })),
  expected_until: Type.Optional(
    Type.Integer({ minimum: 0, maximum: timeMsMax, description: 'The source ended at this time, unix ms, exclusive' }),
  ),
})

const Shown = Type.Object({
  account_id: Nullable(Type.String({ description: 'Account of the source; null: every account' })),
  account_name: AccountName,
  source: Type.String(),
  files_per_hour: Nullable(Type.Integer()),
  files_per_day: Nullable(Type.Integer()),
  day_zone: Nullable(Type.String({ description: 'Time zone of the day of files_per_day' })),
  delay_seconds: Nullable(Type.Integer()),
  skips_empty_hours: Type.Boolean(),
  domains: Nullable(Type.Array(Type.String())),
  expected_from: Nullable(UnixMs('First bucket')),
  expected_until: Nullable(UnixMs('End')),
})

/** The cadence before the change, for the audit log. */
async function statedBefore(database: Database, request: FastifyRequest) {
  const { source } = request.params as { source: string }
  const { account } = request.query as { account?: string }
  const accountId = await accountOf(database, source, account, callerOf(request).accountId)
  const stated = (await readCadences(database.queries)).get(sourceKey(accountId, source))
  return stated ? shown(stated) : null
}

/** Routes for cadences, for operators. @param deps.timeZone the zone of days for which none is stated */
export function cadenceRoutes(server: Routes, { database, timeZone }: { database: Database; timeZone: string }): void {
  const list = {
    operationId: 'listCadences',
    tags,
    summary: 'Lists the cadences of sources',
    response: { 200: Type.Object({ cadences: Type.Array(Shown) }), ...errorAnswers },
  }
  server.get(url, { ...operator, schema: list }, async () => ({
    cadences: await withAccountNames(database, [...(await readCadences(database.queries)).values()].map(shown)),
  }))
  const put = {
    operationId: 'setCadence',
    tags,
    summary: 'States when a source reports; replaces everything stated before',
    params,
    querystring: Account,
    body: Stated,
    response: { 200: Shown, ...errorAnswers },
  }
  const config = { ...operator.config, auditBefore: (request: FastifyRequest) => statedBefore(database, request) }
  server.put(`${url}/:source`, { config, schema: put }, async (request) => {
    const { source } = request.params
    const accountId = await accountOf(database, source, request.query.account, callerOf(request).accountId)
    const cadence = cadenceOf({ accountId, source }, request.body, timeZone)
    const answer = shown(cadence)
    await setCadence(database, cadence)
    return answer
  })
  const remove = {
    operationId: 'removeCadence',
    tags,
    summary: 'Removes the cadence of a source: of the named account, else the caller’s, else every account’s',
    params,
    querystring: Account,
    response: { 200: Type.Object({ source: Type.String() }), ...errorAnswers },
  }
  server.delete(`${url}/:source`, { config, schema: remove }, async (request) => {
    const { source } = request.params
    const { account } = request.query
    const accountId = await accountOf(database, source, account, callerOf(request).accountId)
    const isRemoved =
      (await removeCadence(database, accountId, source)) ||
      (account === undefined && (await removeCadence(database, everyAccount, source)))
    if (!isRemoved) throw new AppError('CDN.0003', 'Nothing is stated of this source')
    return { source }
  })
}

/** The account whose source the request names. @throws AppError CDN.0001 */
async function accountOf(database: Database, source: string, asked: string | undefined, own: string): Promise<string> {
  if (source === anySource && asked !== undefined && asked !== '*')
    throw parameterError('account', 'the delay of all sources is that of every account')
  if (asked === '*' || source === anySource) return everyAccount
  if (asked === undefined) return own
  if (!(await findAccount(database, asked))) throw parameterError('account', 'there is no such account')
  return asked
}

function cadenceOf(
  { accountId, source }: Pick<Cadence, 'accountId' | 'source'>,
  stated: Static<typeof Stated>,
  zoneDefault: string,
): Cadence {
  const domains = stated.domains?.map((name) => name.toLowerCase()) ?? null
  if (source === '' || source.length > 200) throw parameterError('source', 'it is not a name of 1 to 200 characters')
  const wrong = domains?.find((name) => !domainPattern.test(name))
  if (wrong !== undefined) throw parameterError('domains', `${JSON.stringify(wrong)} is not a domain name`)
  if (stated.skips_empty_hours && stated.files_per_hour === undefined)
    throw parameterError('skips_empty_hours', 'it goes with files_per_hour')
  const { expected_from: fromMs = null, expected_until: untilMs = null } = stated
  if (fromMs !== null && untilMs !== null && fromMs >= untilMs)
    throw parameterError('expected_from', 'it must be before expected_until')
  const other = Object.entries(stated).find(([name, value]) => name !== 'delay_seconds' && value !== undefined)
  if (source === anySource && other) throw parameterError(other[0], 'of all sources only delay_seconds can be stated')
  return {
    accountId,
    source,
    filesPerHour: stated.files_per_hour ?? null,
    ...dailyOf(stated, zoneDefault),
    delaySeconds: stated.delay_seconds ?? null,
    skipsEmptyHours: stated.skips_empty_hours ?? false,
    domains: domains && [...new Set(domains)].sort(),
    expectedFromMs: fromMs,
    expectedUntilMs: untilMs,
  }
}

/** The stated daily files, checked. @throws AppError CDN.0001 */
function dailyOf(stated: Static<typeof Stated>, zoneDefault: string): Pick<Cadence, 'filesPerDay' | 'dayZone'> {
  const { files_per_day: filesPerDay, day_zone: asked } = stated
  if (filesPerDay === undefined) {
    if (asked !== undefined) throw parameterError('day_zone', 'it goes with files_per_day')
    return { filesPerDay: null, dayZone: null }
  }
  if (stated.files_per_hour !== undefined)
    throw parameterError('files_per_day', 'it does not go together with files_per_hour')
  return { filesPerDay, dayZone: askedZone('day_zone', asked ?? zoneDefault) }
}

const shown = (cadence: Cadence): Static<typeof Shown> => ({
  account_id: cadence.accountId === everyAccount ? null : cadence.accountId,
  source: cadence.source,
  files_per_hour: cadence.filesPerHour,
  files_per_day: cadence.filesPerDay,
  day_zone: cadence.dayZone,
  delay_seconds: cadence.delaySeconds,
  skips_empty_hours: cadence.skipsEmptyHours,
  domains: cadence.domains,
  expected_from: cadence.expectedFromMs,
  expected_until: cadence.expectedUntilMs,
})
