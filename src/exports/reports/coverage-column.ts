import type { BucketState } from '../../coverage/state-words.ts'
import type { Language } from '../../statistics/languages.ts'
import type { ExportRequest } from '../request/export-request.ts'
import type { ReportColumn, ReportInput } from './report.ts'
import { type StateRun, usesStates } from './task-coverage.ts'

/** In the order of their numbers in a slice's `states`; of the first two nothing is known. */
const states: BucketState[] = ['missing', 'refused', 'provisional', 'reported', 'final']
const stateNames: Record<Language, string[]> = { en: states, zh: ['缺失', '拒收', '暂定', '已上报', '最终'] }

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
  const at = series.map(() => 0)
  const stateAt = (n: number, timeMs: number): number => {
    const runs = series[n] ?? []
    while ((runs[at[n] ?? 0]?.endMs ?? Number.POSITIVE_INFINITY) <= timeMs) at[n] = (at[n] ?? 0) + 1
    return states.indexOf(runs[at[n] ?? 0]?.value ?? 'missing')
  }
  return (fromMs, toMs) => {
    const found: number[] = []
    for (let timeMs = fromMs; timeMs < toMs; timeMs += stepMs)
      for (const n of series.keys()) found.push(stateAt(n, timeMs))
    return { states: found, stateNames: stateNames[request.language] }
  }
}
