import type { WholeNumber } from '../../exact-json.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import { type Parameters, spillSettings } from '../../ports/warehouse/warehouse.ts'
import { type AskedData, commonParameters, type ReadRows } from '../rows/data.ts'
import { placeParameters } from '../rows/places-sql.ts'
import { figuresSql, sumsSql } from './figures.ts'
import type { Metric } from './metrics.ts'
import { endsOf } from './usage-buckets.ts'
import { keyNames, keysSql, rowsSqlOf, type UsageQuery } from './usage-query.ts'

const seriesStatement = sqlFile(import.meta.url, './series.sql')
const peaksStatement = sqlFile(import.meta.url, './peaks.sql')

/** Figures of one bucket and key. Those of a key without a request are not there. */
export type Point = { startMs: number; keys: string[]; figures: Partial<Record<Metric, WholeNumber | null>> }

/** The data of a question. `removedLoadIds`: loads that counted in its version, and were removed since. */
export type UsageData = Pick<AskedData, 'domains' | 'version'> & { removedLoadIds: readonly number[]; rows: ReadRows }

type Row = Record<string, WholeNumber | null> & { start: number }

/**
 * Reads the points of a question in a data version, by time and key.
 * @param pointsMax reads one more at most, so that the caller knows of too many
 * @throws AppError FLUXPORT.0303 for a sum that 64 bits do not hold; FLUXPORT.0301 for figures of removed loads
 */
export async function readPoints(data: UsageData, query: UsageQuery, pointsMax: number): Promise<Point[]> {
  const { metrics, buckets } = query
  const parameters = { ...parametersOf(data, query), limit: pointsMax + 1 }
  const names = keyNames(query)
  const slots = {
    start: startSql(query),
    keys: keysSql(query),
    key_names: names.join(', '),
    rows: rowsSqlOf(query, data.removedLoadIds.length > 0),
  }
  // The only 5-minute point of a bucket is its highest one.
  const isPoint = buckets.interval === 300
  const plain = isPoint ? [...new Set(metrics.map(pointOf))] : metrics.filter((metric) => metric !== 'peak_bandwidth')
  const series = fillSlots(seriesStatement, {
    ...slots,
    sums: sumsSql,
    figures: figuresSql(secondsSql(query)),
    cells: [...names, ...plain].join(', '),
  })
  const rows = await data.rows<Row>(series, parameters, spillSettings)
  const points = rows.map((row): Point => {
    const keys = query.dimensions.map((_, n) => String(row[`k${n}`]))
    const figures = Object.fromEntries(plain.map((metric) => [metric, row[metric] ?? null]))
    return { startMs: row.start * 1000, keys, figures }
  })
  if (!metrics.includes('peak_bandwidth')) return points
  if (isPoint) {
    for (const { figures } of points) figures.peak_bandwidth = figures.bandwidth ?? null
    return points
  }
  const peaks = await data.rows<Row>(fillSlots(peaksStatement, slots), parameters, spillSettings)
  for (const [n, point] of points.entries()) point.figures.peak_bandwidth = peaks[n]?.['peak_bandwidth'] ?? null
  return points
}

const pointOf = (metric: Metric): Metric => (metric === 'peak_bandwidth' ? 'bandwidth' : metric)

/** Parameters of the rows of a question. */
export function parametersOf(data: UsageData, { buckets, serviceArea, places }: UsageQuery): Parameters {
  return {
    ...commonParameters({ ...data, request: { serviceArea } }),
    ...placeParameters(places),
    from: buckets.startTimeMs / 1000,
    to: buckets.endTimeMs / 1000,
    interval: typeof buckets.interval === 'number' ? buckets.interval : 0,
    starts: isRegular(buckets) ? [] : buckets.starts.map((startMs) => startMs / 1000),
    ends: isRegular(buckets) ? [] : endsOf(buckets).map((endMs) => endMs / 1000),
    loadIdsToRollUp: data.version.loadIdsToRollUp,
    removedLoadIds: data.removedLoadIds,
  }
}

/** Days and months differ in length. */
const isRegular = ({ interval }: UsageQuery['buckets']) => interval === 300 || interval === 3600

/** SQL of the start of a row's bucket, unix s. */
const startSql = ({ buckets }: UsageQuery): string =>
  isRegular(buckets)
    ? `{from:Int64} + intDiv(toInt64(toUnixTimestamp(bucket)) - {from:Int64}, {interval:Int64}) * {interval:Int64}`
    : `roundDown(toInt64(toUnixTimestamp(bucket)), {starts:Array(Int64)})`

/** SQL of the length of that bucket, s. */
const secondsSql = ({ buckets }: UsageQuery): string =>
  isRegular(buckets)
    ? '{interval:UInt32}'
    : 'toUInt32(transform(start, {starts:Array(Int64)}, {ends:Array(Int64)}, toInt64(0)) - start)'
