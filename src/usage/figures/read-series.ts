import type { WholeNumber } from '../../exact-json.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import { type Parameters, spillSettings } from '../../ports/warehouse/warehouse.ts'
import { type AskedData, commonParameters, type ReadRows } from '../rows/data.ts'
import { areAllDomains } from '../rows/of-all.ts'
import { placeParameters } from '../rows/places-sql.ts'
import { hourSql, type Sums } from '../rows/rows.ts'
import { figuresSql, sumsSql } from './figures.ts'
import type { Metric } from './metrics.ts'
import { endsOf } from './usage-buckets.ts'
import { areHours, keyNames, keysSql, rowsSqlOf, sourceOf, type UsageQuery } from './usage-query.ts'

const seriesStatement = sqlFile(import.meta.url, './series.sql')
const peaksStatement = sqlFile(import.meta.url, './peaks.sql')
const hourlyPeaksStatement = sqlFile(import.meta.url, './peaks-by-hour.sql')

/** Figures of one bucket and key. Those of a key without a request are not there. */
export type Point = { startMs: number; keys: string[]; figures: Partial<Record<Metric, WholeNumber | null>> }

/** The data of a question. `removedLoadIds`: loads that counted in its version, and were removed since. */
export type UsageData = Pick<AskedData, 'domains' | 'version'> & { removedLoadIds: readonly number[]; rows: ReadRows }

type Row = Record<string, WholeNumber | null> & { start: number }
/** SQL for the slots that the statements share. */
type Slots = Record<'start' | 'keys' | 'key_names' | 'rows', string>

/**
 * Reads the points of a question in a data version, by time and key.
 * @param pointsMax reads one more at most, so that the caller knows of too many
 * @throws AppError FLUXPORT.0303 for a sum that 64 bits do not hold; FLUXPORT.0301 for figures of removed loads
 */
export async function readPoints(data: UsageData, query: UsageQuery, pointsMax: number): Promise<Point[]> {
  const { metrics, buckets } = query
  const parameters = { ...parametersOf(data, query), limit: pointsMax + 1 }
  const names = keyNames(query)
  const slotsOf = (one: Sums): Slots => ({
    start: startSql(query, one),
    keys: keysSql(query),
    key_names: names.join(', '),
    rows: rowsSqlOf(query, data.removedLoadIds.length > 0, one),
  })
  const sums = await sumsOf(data, query)
  // The only 5-minute point of a bucket is its highest one.
  const isPoint = buckets.interval === 300
  const plain = isPoint ? [...new Set(metrics.map(pointOf))] : metrics.filter((metric) => metric !== 'peak_bandwidth')
  const series = fillSlots(seriesStatement, {
    ...slotsOf(sums),
    sums: sumsSql,
    figures: figuresSql(secondsSql(query)),
    cells: [...names, ...plain].join(', '),
  })
  const hasPeaks = !isPoint && metrics.includes('peak_bandwidth')
  const [rows, peaks] = await Promise.all([
    data.rows<Row>(series, parameters, spillSettings),
    hasPeaks ? data.rows<Row>(peaksSql(query, slotsOf, sums), parameters, spillSettings) : [],
  ])
  return rows.map((row, n): Point => {
    const keys = query.dimensions.map((_, place) => String(row[`k${place}`]))
    const figures: Point['figures'] = Object.fromEntries(plain.map((metric) => [metric, row[metric] ?? null]))
    if (metrics.includes('peak_bandwidth'))
      figures.peak_bandwidth = (hasPeaks ? peaks[n]?.['peak_bandwidth'] : figures.bandwidth) ?? null
    return { startMs: row.start * 1000, keys, figures }
  })
}

/** The engine has sums of all domains by 5 minutes. Of others, those of an hour are grouped together. */
function peaksSql(query: UsageQuery, slotsOf: (sums: Sums) => Slots, { ofAll }: Sums): string {
  if (ofAll || !areHours(query.buckets)) return fillSlots(peaksStatement, slotsOf({ byHour: false, ofAll }))
  const inHours = slotsOf({ byHour: true, ofAll })
  return fillSlots(hourlyPeaksStatement, { ...inHours, rows: slotsOf({ byHour: false, ofAll }).rows })
}

/** The fewest sums that answer a question on usage; others, and those of a past version, have no choice. */
async function sumsOf(data: UsageData, query: UsageQuery): Promise<Sums> {
  if (sourceOf(query) !== 'usage' || data.removedLoadIds.length > 0) return { byHour: false, ofAll: false }
  const isOfNone = query.dimensions.length === 0
  return { byHour: areHours(query.buckets), ofAll: isOfNone && (await areAllDomains(data, query.buckets)) }
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
function startSql({ buckets }: UsageQuery, { byHour }: Sums): string {
  const second = `toInt64(toUnixTimestamp(${byHour ? hourSql : 'bucket'}))`
  return isRegular(buckets)
    ? `{from:Int64} + intDiv(${second} - {from:Int64}, {interval:Int64}) * {interval:Int64}`
    : `roundDown(${second}, {starts:Array(Int64)})`
}

/** SQL of the length of that bucket, s. */
const secondsSql = ({ buckets }: UsageQuery): string =>
  isRegular(buckets)
    ? '{interval:UInt32}'
    : 'toUInt32(transform(start, {starts:Array(Int64)}, {ends:Array(Int64)}, toInt64(0)) - start)'
