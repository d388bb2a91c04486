import { Type } from 'typebox'
import { errorAnswers } from '../../http/schemas.ts'
import type { Routes } from '../../http/server.ts'
import type { KeepDays } from '../../ledger/kept-data.ts'
import type { Database } from '../../ports/database/database.ts'
import type { Warehouse } from '../../ports/warehouse/warehouse.ts'
import { KeptTable, readRetention } from './retention-view.ts'

export type RetentionRouteDeps = { database: Database; warehouse: Warehouse; keepDays: KeepDays }

const Days = (of: string) =>
  Type.Optional(
    Type.Integer({ minimum: 0, maximum: 36_500, description: `As if ${of} were kept for this many days; 0: for ever` }),
  )

/** Route that shows kept data, the next drop, and the drop that other settings would cause. */
export function retentionRoutes(server: Routes, deps: RetentionRouteDeps): void {
  const schema = {
    operationId: 'showRetention',
    tags: ['Retention'],
    summary: 'Says what is kept of each table, and what is dropped next. Changes nothing',
    querystring: Type.Object({
      keep_requests_days: Days('requests'),
      keep_usage_days: Days('the 5-minute sums'),
      keep_url_days: Days('the daily URL totals'),
      keep_geography_days: Days('the hourly sums by place'),
    }),
    response: { 200: Type.Object({ tables: Type.Array(KeptTable) }), ...errorAnswers },
  }
  const config = { access: { roles: ['operator'] as const } }
  server.get('/api/v1/retention', { config, schema }, async ({ query }) => {
    const or = (asked: number | undefined, configured: number | null) =>
      asked === undefined ? configured : asked || null
    const keepDays: KeepDays = {
      request: or(query.keep_requests_days, deps.keepDays.request),
      usage: or(query.keep_usage_days, deps.keepDays.usage),
      url_daily: or(query.keep_url_days, deps.keepDays.url_daily),
      geography_hourly: or(query.keep_geography_days, deps.keepDays.geography_hourly),
    }
    return { tables: await readRetention(deps, keepDays) }
  })
}
