import type { WholeNumber } from '../../exact-json.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import { type Parameters, spillSettings } from '../../ports/warehouse/warehouse.ts'
import { cellParameters, cellSql, dimensionsOf } from '../figures/cell.ts'
import { figuresSql, sumsSql } from '../figures/figures.ts'
import { parametersOf, readPoints, type UsageData } from '../figures/read-series.ts'
import { wholeRange } from '../figures/usage-buckets.ts'
import { ofAllTraffic, rowsSqlOf, type UsageQuery } from '../figures/usage-query.ts'
import { carrierCodeSql, countryCodeSql, provinceOrOtherSql } from '../rows/places-sql.ts'
import { requestsSql } from '../rows/rows.ts'
import { addressSql } from '../top/top-items.ts'
import type { ExplainQuestion } from './asked-explain.ts'
import { explained, loadsMax } from './explain-schema.ts'

const loadsStatement = sqlFile(import.meta.url, './explained-loads.sql')
const linesStatement = sqlFile(import.meta.url, './explained-lines.sql')
const firstBuckets = sqlFile(import.meta.url, './first-buckets.sql')
const peakPoint = sqlFile(import.meta.url, './peak-point.sql')

/** The figure as a question on usage. Its one bucket, and its keys, are those of the cell. */
export const usageQueryOf = ({ buckets, serviceArea, metric, cell }: ExplainQuestion): UsageQuery => ({
  ...ofAllTraffic,
  buckets,
  serviceArea,
  metrics: [metric],
  dimensions: dimensionsOf(cell),
})

/** Most keys that a bucket is looked up in: all places times all statuses are fewer. */
const keysMax = 1_000_000

/** The figure as usage has it; undefined without a request. */
export async function readFigure(data: UsageData, question: ExplainQuestion): Promise<WholeNumber | null | undefined> {
  const query = usageQueryOf(question)
  const points = await readPoints(data, query, keysMax)
  const found = points.find(({ keys }) => query.dimensions.every((one, n) => keys[n] === question.cell[one]))
  return found && (found.figures[question.metric] ?? null)
}

/** The start of the highest 5 minutes, unix ms; null without a request. */
export async function readPeakPoint(data: UsageData, question: ExplainQuestion): Promise<number | null> {
  const slots = { rows: rowsOf(data, question), cell: cellSql(question.cell) }
  const [point] = await data.rows<{ start: number }>(fillSlots(peakPoint, slots), statementParameters(data, question))
  return point ? point.start * 1000 : null
}

/** The question of one 5-minute point. */
export const ofPoint = (question: ExplainQuestion, startTimeMs: number): ExplainQuestion => {
  const range = { startTimeMs, endTimeMs: startTimeMs + 300_000 }
  return { ...question, buckets: wholeRange(range, question.buckets.timeZone) }
}

/** A load's part of a figure; null: its log does not say it. */
export type ExplainedLoad = { loadId: number; part: WholeNumber | null; lines: WholeNumber }
type LoadRow = ExplainedLoad & { loads: number; allLines: WholeNumber }

/** The loads with the largest parts, the number of all of them, and of their lines. */
export async function readLoads(data: UsageData, question: ExplainQuestion) {
  const { measure, lines } = explained[question.metric]
  const sql = fillSlots(loadsStatement, {
    measure,
    lines,
    rows: rowsOf(data, question),
    cell: cellSql(question.cell),
    sums: sumsSql,
    figures: figuresSql('300'),
  })
  const rows = await data.rows<LoadRow>(sql, { ...statementParameters(data, question), limit: loadsMax }, spillSettings)
  const loads = rows.map(({ loadId, part, lines: ofLoad }): ExplainedLoad => ({ loadId, part, lines: ofLoad }))
  return { loads, loadsTotal: rows[0]?.loads ?? 0, linesTotal: rows[0]?.allLines ?? 0 }
}

/** A request as it is kept. */
export type KeptLine = {
  second: number
  loadId: number
  serviceArea: string
  client: string
  isTruncated: number
  countryCode: string
  provinceCode: string
  carrierCode: string
  method: string
  path: string
  query: string
  status: number
  bytes: WholeNumber
  referrer: string
  userAgent: string
  cacheState: string
  durationMs: number
}

/** The first lines of a figure by time. */
export async function readLines(data: UsageData, question: ExplainQuestion): Promise<KeptLine[]> {
  const { counts } = explained[question.metric]
  const parameters = { ...statementParameters(data, question), limit: question.limit }
  const sql = fillSlots(linesStatement, {
    address: addressSql,
    country: countryCodeSql,
    province: provinceOrOtherSql,
    carrier: carrierCodeSql,
    requests: requestsSql('true'),
    cell: cellSql(question.cell),
    counts,
  })
  const to = await endOfFirst(data, question, parameters)
  return await data.rows<KeptLine>(sql, { ...parameters, to })
}

/** The sums say which 5 minutes have the first lines: then a month's requests need not be read. Unix s. */
async function endOfFirst(data: UsageData, question: ExplainQuestion, parameters: Parameters): Promise<number> {
  const end = question.buckets.endTimeMs / 1000
  const isShort = question.buckets.endTimeMs - question.buckets.startTimeMs <= 300_000
  if (isShort || dimensionsOf(question.cell).length > 0) return end
  const slots = { lines: explained[question.metric].lines, sums: sumsSql, rows: rowsOf(data, question) }
  const [found] = await data.rows<{ end: number }>(fillSlots(firstBuckets, slots), parameters)
  return found?.end || end
}

const rowsOf = (data: UsageData, question: ExplainQuestion): string =>
  rowsSqlOf(usageQueryOf(question), data.removedLoadIds.length > 0)

const statementParameters = (data: UsageData, question: ExplainQuestion): Parameters => ({
  ...parametersOf(data, usageQueryOf(question)),
  ...cellParameters(question.cell),
})
