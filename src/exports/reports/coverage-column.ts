import { reader } from '../../coverage/runs.ts'
import type { ExportRequest } from '../request/export-request.ts'
import type { ReportColumn, ReportInput } from './report.ts'
import { namesInOrder, worstFirst } from './state-names.ts'
import { type StateRun, usesStates } from './task-coverage.ts'

/** The column with each bucket's state, in files that were asked for it. */
export const coverageColumns = (request: ExportRequest): ReportColumn[] => (request.coverageColumn ? [coverage] : [])

const coverage: ReportColumn = {
  name: 'coverage',
  title: { en: 'Coverage', zh: '数据完整性' },
  type: 'text',
  unit: null,
  meaning: 'Whether the bucket is final, reported, provisional, missing or refused',
}

const stateSql = 'arrayElement({states:Array(UInt8)}, intDiv(place, {itemsPerDomain:UInt32}) + 1)'

/**
 * SQL for the slot `known`: true if a row's figures are known, by `place` and the `watermark` of its series. And SQL of
 * the column's text, for the slot `coverage`.
 */
export const coverageSlots = (input: ReportInput) => ({
  known: follows(input) ? `${stateSql} > 1` : 'toUnixTimestamp(bucket_start) <= watermark',
  coverage: input.request.coverageColumn ? `arrayElement({stateNames:Array(String)}, ${stateSql} + 1)` : `''`,
})

const follows = ({ request, coverage }: ReportInput) => usesStates(request, coverage.isStated)

/** Reads the states of a slice's buckets, series by series; slices must be requested in order. */
export function sliceStates(input: ReportInput): (fromMs: number, toMs: number) => Record<string, unknown> {
  const { request, coverage } = input
  if (!follows(input)) return () => ({})
  const series: readonly StateRun[][] = request.groupBy ? coverage.domainRuns : [coverage.runs]
  const stepMs = request.intervalSeconds * 1000
  const readers = series.map((runs) => reader(runs))
  return (fromMs, toMs) => {
    const found: number[] = []
    for (let timeMs = fromMs; timeMs < toMs; timeMs += stepMs)
      for (const stateAt of readers) found.push(worstFirst.indexOf(stateAt(timeMs) ?? 'missing'))
    return { states: found, stateNames: namesInOrder(request.language) }
  }
}
