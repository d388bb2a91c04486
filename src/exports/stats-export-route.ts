import { Type } from 'typebox'
import { parameterError, quoted } from '../errors.ts'
import { errorAnswers, Text } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import { createExport, type ExportRouteDeps } from './export-routes.ts'
import type { CreateExportTaskBody } from './request/export-request.ts'

/** The contract's older export: it makes an export task, and says nothing of it. */

const contractZone = 'Etc/GMT-8'
const optional = (description: string) => Type.Optional(Text(description, 100_000))

/** Actions of the older export that Fluxport has, as bodies of a create. */
const asked: Record<string, (nowMs: number) => CreateExportTaskBody> = {
  export_m5: () => ({ action: 'reports_detail', group_by: 'domain', interval: 300 }),
  export_month_user_charge: (nowMs) => ({ action: 'billing_summary', ...lastMonth(nowMs) }),
}
const words = Object.keys(asked)

/** From 1970 to 2100. */
const times = { minimum: 0, maximum: 4_102_444_800_000 }

const Body = Type.Object({
  action: optional(`${words.join(' or ')}. Default ${words[0]}`),
  domain_name: optional('Domains with commas between them, or all (default)'),
  start_time: Type.Optional(
    Type.Integer({ ...times, description: 'Unix ms. Default: a day ago; of a month’s charges the last month' }),
  ),
  end_time: Type.Optional(
    Type.Integer({ ...times, description: 'Unix ms, exclusive. Default: now; of a month’s charges its end' }),
  ),
  group_by: optional('Ignored: it is of export_country_summary, which is not there'),
  service_area: optional('mainland_china (default), outside_mainland_china or global'),
  stat_type: optional('flux (default) or req_num'),
  country: optional('Country codes with commas between them, or all; of export_m5'),
})

/** The last whole month of UTC+8. */
function lastMonth(nowMs: number) {
  const now = new Date(nowMs + 8 * 3_600_000)
  const firstDay = (back: number) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).toISOString().slice(0, 10)
  return { start_date: firstDay(1), end_date: firstDay(0) }
}

/** Route of ExportStatsOpen, under both prefixes. */
export function statsExportRoute(server: Routes, deps: ExportRouteDeps): void {
  const schema = {
    operationId: 'exportStatsOpen',
    tags: ['Export tasks (contract)'],
    summary: 'Creates an export task, older form: the answer is empty, and the task is in the list',
    body: Body,
    response: { 200: Type.String({ description: 'Empty' }), ...errorAnswers },
  }
  for (const prefix of ['/v1.0', '/v1'])
    server.post(
      `${prefix}/cdn/statistics/stats/export`,
      { config: { access: { roles: ['operator', 'account'] } }, schema: { ...schema, hide: prefix === '/v1' } },
      async (request, reply) => {
        const { action = words[0], group_by: _ignored, ...given } = request.body
        const make = Object.hasOwn(asked, action ?? '') ? asked[action ?? ''] : undefined
        if (!make) throw parameterError('action', `${quoted(action ?? '')} is not one of ${words.join(', ')}`)
        const { start_date, end_date, ...made } = make(deps.nowMs())
        const hasTimes = given.start_time !== undefined || given.end_time !== undefined
        const days = hasTimes || start_date === undefined || end_date === undefined ? {} : { start_date, end_date }
        await createExport(deps, callerOf(request), { ...made, ...days, ...given, time_zone: contractZone }, undefined)
        return await reply.code(200).type('text/plain').send('')
      },
    )
}
