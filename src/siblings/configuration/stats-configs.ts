import { type Static, Type } from 'typebox'
import { domainsNotOwned } from '../../accounts/domains.ts'
import { AppError, parameterError, quoted } from '../../errors.ts'
import { errorAnswers, Text } from '../../http/schemas.ts'
import { callerOf, type Routes } from '../../http/server.ts'
import type { Database } from '../../ports/database/database.ts'
import { domainPattern } from '../../statistics/domain-name.ts'
import type { LimitCounts } from '../../turns/limit-counts.ts'
import { asContract, askers, mountOperation, type Operation, prefixes, tags } from '../wire/operation.ts'
import { itemsOf, type Query, required, wholeNumberOf } from '../wire/parameters.ts'

/**
 * Configurations of hot statistics, which clients set and read back. Fluxport keeps them, and counts everything
 * whatever they say.
 */

const Switch = Type.Object({ enable: Type.Optional(Type.Boolean()) })
const ConfigInfo = Type.Object({
  url: Type.Optional(
    Type.Object({
      enable: Type.Optional(Type.Boolean()),
      limit: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_000, description: 'Kept; a list has 100 rows' })),
      sort_by_code: Type.Optional(Type.Boolean()),
    }),
  ),
  ua: Type.Optional(Switch),
  refer: Type.Optional(Switch),
  originurl: Type.Optional(Switch),
})

const namesMax = 1_000
const Body = Type.Object({
  config_type: Type.Optional(Type.Integer({ description: '0 (default): hot statistics; 1: reports to CES' })),
  resource_type: Type.Enum(['domain', 'account']),
  resource_name: Text(`Domains with commas between them, up to ${namesMax}; of an account any text`, 300_000),
  config_info: ConfigInfo,
})

const path = 'statistics/stats-configs'

export type StatsConfigDeps = { database: Database; limitCounts: LimitCounts }

/** Routes of the statistics' configuration: SetStatsConfig and ShowStatsConfigs. */
export function statsConfigRoutes(server: Routes, deps: StatsConfigDeps): void {
  const schema = {
    operationId: 'setStatsConfig',
    tags,
    summary: 'Keeps a configuration of hot statistics; everything is counted whatever it says',
    body: Body,
    response: { 204: Type.Null(), ...errorAnswers },
  }
  for (const prefix of prefixes)
    server.post(
      `${prefix}/cdn/${path}`,
      { config: { access: { roles: askers } }, schema: { ...schema, hide: prefix !== prefixes[0] } },
      async (request, reply) => {
        await setConfig(deps.database, callerOf(request).accountId, request.body).catch(asContract)
        return await reply.code(204).send(null)
      },
    )
  mountOperation(server, deps, listed, ({ accountId, query }) => listConfigs(deps.database, accountId, query))
}

function configTypeOf(value: number | undefined): number {
  if (value === undefined || value === 0 || value === 1) return value ?? 0
  throw parameterError('config_type', 'the config type is invalid: it is 0 or 1')
}

async function setConfig(database: Database, accountId: string, body: Static<typeof Body>): Promise<void> {
  const configType = configTypeOf(body.config_type)
  const { resource_type: resourceType, config_info: info } = body
  const names = resourceType === 'account' ? [accountId] : await domainsOf(database, accountId, body.resource_name)
  const configJson = JSON.stringify(info)
  await database.write(async (tx) => {
    for (const name of names) {
      const key = { account_id: accountId, config_type: configType, resource_type: resourceType, resource_name: name }
      await tx
        .insertInto('stats_config')
        .values({ ...key, config_json: configJson })
        .onConflict((conflict) =>
          conflict
            .columns(['account_id', 'config_type', 'resource_type', 'resource_name'])
            .doUpdateSet({ config_json: configJson }),
        )
        .execute()
    }
  })
}

/** The account's own domains alone, so that it keeps no more rows than it has domains. */
async function domainsOf(database: Database, accountId: string, text: string): Promise<string[]> {
  const query = { resource_name: text }
  const names = itemsOf(query, 'resource_name').map((name) => name.toLowerCase())
  const wrong = names.find((name) => !domainPattern.test(name))
  if (wrong !== undefined) throw parameterError('resource_name', `${quoted(wrong)} is not a domain name`)
  if (names.length === 0) throw parameterError('resource_name', 'it names no domain')
  const [missing] = await domainsNotOwned(database.queries, accountId, names)
  if (missing !== undefined) throw new AppError('CDN.0105', `The domain ${missing} does not exist`)
  return [...new Set(names)]
}

const listed: Operation = {
  path,
  operationId: 'showStatsConfigs',
  perSecond: 5,
  summary: 'Lists the kept configurations of hot statistics',
  parameters: {
    config_type: '0: hot statistics; 1: reports to CES. Mandatory',
    limit: '1 to 1000; default 10',
    offset: '0 to 65535; default 0',
  },
  answers: Type.Object({
    total: Type.Integer(),
    data: Type.Array(
      Type.Object({
        config_type: Type.Integer(),
        resource_type: Type.String(),
        resource_name: Type.String(),
        config_info: ConfigInfo,
      }),
    ),
  }),
}

async function listConfigs(database: Database, accountId: string, query: Query) {
  const text = required(query, 'config_type')
  const configType = configTypeOf(/^\d{1,3}$/.test(text) ? Number(text) : -1)
  const limit = wholeNumberOf(query, 'limit', { min: 1, max: 1_000, fallback: 10 })
  const offset = wholeNumberOf(query, 'offset', { min: 0, max: 65_535, fallback: 0 })
  const rows = await database.queries
    .selectFrom('stats_config')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('config_type', '=', configType)
    .execute()
  // A domain may have gone to another account since.
  const named = rows.filter((row) => row.resource_type !== 'account').map((row) => row.resource_name)
  const gone = new Set(await domainsNotOwned(database.queries, accountId, named))
  const kept = rows.filter((row) => row.resource_type === 'account' || !gone.has(row.resource_name))
  kept.sort((a, b) => (a.resource_type + a.resource_name < b.resource_type + b.resource_name ? -1 : 1))
  const data = kept.slice(offset, offset + limit).map((row) => ({
    config_type: row.config_type,
    resource_type: row.resource_type,
    resource_name: row.resource_name,
    config_info: JSON.parse(row.config_json) as Static<typeof ConfigInfo>,
  }))
  return { total: kept.length, data }
}
