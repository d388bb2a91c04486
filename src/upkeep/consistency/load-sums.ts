import type { WholeNumber } from '../../exact-json.ts'
import type { Queries } from '../../ports/database/schema.ts'
import { sqlFile } from '../../ports/warehouse/sql-file.ts'
import type { Run, Warehouse } from '../../ports/warehouse/warehouse.ts'

/** The rollups, by their tables' names. */
export const rollUpTables = ['usage', 'url_daily', 'geography_hourly'] as const
export type RollUpTable = (typeof rollUpTables)[number]

const sumsSql = {
  request: sqlFile(import.meta.url, './request-sums.sql'),
  usage: sqlFile(import.meta.url, './usage-sums.sql'),
  url_daily: sqlFile(import.meta.url, './url-daily-sums.sql'),
  geography_hourly: sqlFile(import.meta.url, './geography-sums.sql'),
}

const rejectedSums = sqlFile(import.meta.url, './rejected-sums.sql')

/** Sums of a load's requests. Its rollups must have the same checksums, as far as both are kept. */
export type RequestSums = {
  loadId: number
  requests: number
  fluxBytes: WholeNumber
  firstTimeMs: number
  lastTimeMs: number
} & Record<'usageChecksum' | 'urlDailyChecksum' | 'geographyChecksum', string>

type RollUpSums = { loadId: number; requests: number; fluxBytes: WholeNumber; checksum: string }

/** Sums of everything in the warehouse, by load. */
export type WarehouseSums = {
  request: Map<number, RequestSums>
  rollUps: Record<RollUpTable, Map<number, RollUpSums>>
  rejectedLines: Map<number, number>
}

/** First kept time of each table, unix ms; 0: everything is kept. */
export type KeptFrom = Record<'request' | RollUpTable, number>

export async function readKeptFrom(queries: Queries): Promise<KeptFrom> {
  const rows = await queries.selectFrom('retention_floor').selectAll().execute()
  const of = (source: string) => rows.find((row) => row.source === source)?.first_kept_ms ?? 0
  return {
    request: of('request'),
    usage: of('usage'),
    url_daily: of('url_daily'),
    geography_hourly: of('geography_hourly'),
  }
}

/** @param loadIds an empty list means all */
export async function readSums(
  warehouse: Warehouse,
  kept: KeptFrom,
  loadIds: readonly number[],
  run: (name: string) => Run,
): Promise<WarehouseSums> {
  const from = (table: RollUpTable) => Math.ceil(Math.max(kept.request, kept[table]) / 1000)
  const parameters = {
    loadIds,
    usageFrom: from('usage'),
    urlDailyFrom: from('url_daily'),
    geographyFrom: from('geography_hourly'),
  }
  const sums = async <T extends { loadId: number }>(table: keyof typeof sumsSql) => {
    const rows = await warehouse.rows<T>(sumsSql[table], parameters, run(table))
    return new Map(rows.map((row) => [row.loadId, row]))
  }
  // One query after another: each reads a whole table with every core.
  const request = await sums<RequestSums>('request')
  const usage = await sums<RollUpSums>('usage')
  const urlDaily = await sums<RollUpSums>('url_daily')
  const geography = await sums<RollUpSums>('geography_hourly')
  const rejected = await warehouse.rows<{ loadId: number; lines: number }>(rejectedSums, { loadIds }, run('rejected'))
  return {
    request,
    rollUps: { usage, url_daily: urlDaily, geography_hourly: geography },
    rejectedLines: new Map(rejected.map((row) => [row.loadId, row.lines])),
  }
}

/** Loads that have a row in any table. */
export const loadIdsIn = (sums: WarehouseSums): number[] => {
  const ids = new Set([...sums.request.keys(), ...sums.rejectedLines.keys()])
  for (const table of rollUpTables) for (const id of sums.rollUps[table].keys()) ids.add(id)
  return [...ids].sort((a, b) => a - b)
}
