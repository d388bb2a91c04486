import type { Transaction } from 'kysely'
import { type Static, Type } from 'typebox'
import { findAccount } from '../../accounts/accounts.ts'
import { whileConnected } from '../../http/client-gone.ts'
import { errorAnswers, Text, UnixMs } from '../../http/schemas.ts'
import { callerOf, type Routes } from '../../http/server.ts'
import type { Database } from '../../ports/database/database.ts'
import type { ChargeModeRow } from '../../ports/database/ownership-rows.ts'
import type { Queries, Tables } from '../../ports/database/schema.ts'
import { dayNumberAt, spanOfDay } from '../../statistics/time-range.ts'
import type { LimitCounts } from '../../turns/limit-counts.ts'
import { createPace } from '../../turns/pace.ts'
import { asContract, askers, mountOperation, type Operation, prefixes, tags } from '../wire/operation.ts'
import { areaOf, contractZone, optionalOf, type Query, requiredOf } from '../wire/parameters.ts'

/**
 * The mode of billing that an account states: ShowChargeModes and SetChargeModes. It changes no figure: a bill has the
 * traffic and the bandwidth, whatever the mode.
 */

const areas = ['mainland_china', 'outside_mainland_china'] as const
type Area = (typeof areas)[number]
const settable = ['flux', 'bw'] as const
/** The mode of an account that never set one: Fluxport's bills are of the percentile. */
const modeAtFirst = 'bw_95'
const productType = 'base'

/** The contract's rate of changes: ten a minute. */
const changesPerSecond = 10 / 60

const path = 'charge/charge-modes'

const Body = Type.Object({
  charge_mode: Type.Enum([...settable]),
  product_type: Type.Enum([productType]),
  service_area: Text(areas.join(' or '), 100),
})

const Mode = Type.Object({
  charge_mode: Type.String(),
  product_type: Type.String(),
  service_area: Type.String(),
  status: Type.Enum(['active', 'upcoming']),
  create_time: UnixMs('Time at which it was set'),
  effective_time: UnixMs('Start'),
})

export type ChargeModeDeps = { database: Database; limitCounts: LimitCounts; nowMs: () => number }

/** Routes of the charge modes. */
export function chargeModeRoutes(server: Routes, deps: ChargeModeDeps): void {
  mountOperation(server, deps, shown, ({ accountId, query }) => showModes(deps, accountId, query))
  const pace = createPace(changesPerSecond, () => deps.limitCounts.reached('operations'))
  const schema = {
    operationId: 'setChargeModes',
    tags,
    summary: 'Keeps how the account says that it is billed, from the next day of UTC+8 on; no figure changes',
    body: Body,
    response: { 200: Mode, ...errorAnswers },
  }
  const config = { access: { roles: askers }, audit: 'all' as const }
  for (const prefix of prefixes)
    server.put(
      `${prefix}/cdn/${path}`,
      { config, schema: { ...schema, hide: prefix !== prefixes[0] } },
      async (request) => {
        const { accountId } = callerOf(request)
        return await whileConnected(request, async (gone) => {
          await pace.turn(accountId, gone)
          return await setMode(deps, accountId, request.body)
        }).catch(asContract)
      },
    )
}

const shown: Operation = {
  path,
  operationId: 'showChargeModes',
  perSecond: 5,
  summary: 'Says how the account is billed: as it has set, else by the percentile, bw_95, since it exists',
  parameters: {
    product_type: 'base. Mandatory',
    status: 'active (default) or upcoming: set today, and active from tomorrow on',
    service_area: 'mainland_china (default) or outside_mainland_china',
  },
  answers: Type.Object({ result: Type.Array(Mode) }),
}

async function showModes({ database, nowMs }: ChargeModeDeps, accountId: string, query: Query) {
  requiredOf(query, 'product_type', [productType])
  const status = optionalOf(query, 'status', ['active', 'upcoming']) ?? 'active'
  const area = areaOf(query, 'mainland_china', areas) as Area
  const now = nowMs()
  const rows = await modesOf(database.queries, accountId, area)
  if (status === 'upcoming')
    return { result: rows.filter((row) => row.effective_at_ms > now).map((row) => modeView(row, 'upcoming')) }
  const active = rows.findLast((row) => row.effective_at_ms <= now)
  if (active) return { result: [modeView(active, 'active')] }
  const account = await findAccount(database, accountId)
  const sinceMs = account?.created_at_ms ?? 0
  const first = { charge_mode: modeAtFirst, service_area: area, created_at_ms: sinceMs, effective_at_ms: sinceMs }
  return { result: [modeView(first, 'active')] }
}

/**
 * Sets the mode of the next day. It takes the place of one that was to begin then; of the modes of past days only the
 * last stays, so that an account has two rows of an area at most.
 */
async function setMode({ database, nowMs }: ChargeModeDeps, accountId: string, body: Static<typeof Body>) {
  const { charge_mode } = body
  const service_area = areaOf({ service_area: body.service_area }, 'mainland_china', areas) as Area
  const createdAtMs = nowMs()
  const key = {
    account_id: accountId,
    service_area,
    effective_at_ms: spanOfDay(dayNumberAt(createdAtMs, contractZone), contractZone).endMs,
  }
  const set = { charge_mode, created_at_ms: createdAtMs }
  await database.write(async (tx) => {
    await tx
      .insertInto('charge_mode')
      .values({ ...key, ...set })
      .onConflict((conflict) => conflict.columns(['account_id', 'service_area', 'effective_at_ms']).doUpdateSet(set))
      .execute()
    const past = (await modesOf(tx, accountId, service_area)).filter((row) => row.effective_at_ms <= createdAtMs)
    await tx
      .deleteFrom('charge_mode')
      .where('account_id', '=', accountId)
      .where('service_area', '=', service_area)
      .where('effective_at_ms', '<', past.at(-1)?.effective_at_ms ?? 0)
      .execute()
  })
  return modeView({ ...key, ...set }, 'upcoming')
}

/** Modes of an area, by their starts. */
const modesOf = (queries: Queries | Transaction<Tables>, accountId: string, area: Area): Promise<ChargeModeRow[]> =>
  queries
    .selectFrom('charge_mode')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('service_area', '=', area)
    .orderBy('effective_at_ms')
    .execute()

const modeView = (row: Omit<ChargeModeRow, 'account_id'>, status: 'active' | 'upcoming'): Static<typeof Mode> => ({
  charge_mode: row.charge_mode,
  product_type: productType,
  service_area: row.service_area,
  status,
  create_time: row.created_at_ms,
  effective_time: row.effective_at_ms,
})
