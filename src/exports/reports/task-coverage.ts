import { countBuckets, rangesOf } from '../../coverage/coverage-ranges.ts'
import { addLateLines } from '../../coverage/read-coverage.ts'
import type { SourceCoverage } from '../../coverage/reporting-sources.ts'
import { joined, type Run } from '../../coverage/runs.ts'
import { readSeenCoverage } from '../../coverage/seen-coverage.ts'
import { type BucketCounts, type BucketState, isSettled, noBuckets } from '../../coverage/state-words.ts'
import { statesOfAll } from '../../coverage/states-of-all.ts'
import type { SeenData } from '../../ledger/seen-by-account.ts'
import type { Parameters } from '../../ports/warehouse/warehouse.ts'
import type { ExportRequest } from '../request/export-request.ts'
import {
  type FaultyDeliveries,
  lostOfBill,
  refusedOfBill,
  silenceCollector,
  silencesAsked,
  surplusCollector,
} from './faulty-deliveries.ts'

/** States of buckets in order, without gaps between the first and the last. */
export type StateRun = Run<BucketState>

/** Coverage of a task's range and domains, in its own buckets. */
export type TaskCoverage = {
  judgedAtMs: number
  /** Sums over all domains. */
  buckets: BucketCounts
  /** States of all domains as one. */
  runs: StateRun[]
  /** States of each domain, in the task's order, if the rows need them; else empty. */
  domainRuns: StateRun[][]
  sources: (SourceCoverage & { lateLines: number })[]
  /** True if a source of the domains has a stated cadence: then missing and refused buckets alone are empty in the file. */
  isStated: boolean
  /** The first bucket whose figures may grow or that is not there, and the first that is not final. */
  firstOpen: FirstBucket | null
  firstNotFinal: FirstBucket | null
  /** Of a bill; of another report none. */
  deliveries: FaultyDeliveries
}

export type FirstBucket = { domain: string; startMs: number; state: BucketState }

/** The question: request, domains with their owners, and state of the data. */
type Seen = Pick<SeenData, 'domains' | 'owners' | 'accountNames' | 'version' | 'refused'> & {
  rows: <Row>(sql: string, parameters: Parameters, settings?: Record<string, number>) => Promise<Row[]>
  request: ExportRequest
}

/** Reads the coverage of a request's range and domains, in a data version. */
export async function readTaskCoverage({ rows, request, ...seen }: Seen): Promise<TaskCoverage> {
  const range = { startMs: request.startTimeMs, endMs: request.endTimeMs }
  const stepMs = request.intervalSeconds * 1000
  // An operator who asks for all may know the rejected lines of every file; another account's answer is as its own.
  const seesAllFiles = seen.accountNames !== null
  const question = { ...seen, ...silencesAsked(request), rows, range, seesAllFiles }
  const coverage = await readSeenCoverage(question)
  const isStated = coverage.sources.some((source) => source.isStated)
  const keepsDomains = request.groupBy !== null && usesStates(request, isStated)
  const buckets = noBuckets()
  const all = statesOfAll()
  const lateLines = new Map<string, number>()
  const domainRuns: StateRun[][] = []
  const silences = silenceCollector()
  const surplus = surplusCollector(request, coverage)
  let firstOpen: FirstBucket | null = null
  let firstNotFinal: FirstBucket | null = null
  for await (const domain of coverage.domains()) {
    const ranges = rangesOf(domain, range.startMs, stepMs)
    countBuckets(buckets, ranges, stepMs)
    const runs = joined(
      ranges.map(({ startMs, endMs, state }) => ({ startMs, endMs, value: state })),
      Object.is,
    )
    if (keepsDomains) domainRuns.push(runs)
    all.add(runs)
    addLateLines(lateLines, domain.late)
    silences.add(domain)
    surplus.add(domain)
    const firstIn = (isOne: (state: BucketState) => boolean) => runs.find(({ value }) => isOne(value))
    firstOpen = earlier(firstOpen, domain.domain, firstIn(isNotSettled))
    firstNotFinal = earlier(firstNotFinal, domain.domain, firstIn(isNotFinal))
  }
  return {
    judgedAtMs: coverage.judgedAtMs,
    buckets,
    runs: all.runs(),
    domainRuns,
    sources: coverage.sources.map((source) => ({ ...source, lateLines: lateLines.get(source.source) ?? 0 })),
    isStated,
    firstOpen,
    firstNotFinal,
    deliveries: {
      refused: refusedOfBill(coverage.refused, request, seen),
      silences: silences.silences(),
      surplus: surplus.surplus(),
      lost: await lostOfBill(question, request),
    },
  }
}

const isNotSettled = (state: BucketState) => !isSettled(state)
const isNotFinal = (state: BucketState) => state !== 'final'

const earlier = (first: FirstBucket | null, domain: string, run: StateRun | undefined): FirstBucket | null =>
  run && run.startMs < (first?.startMs ?? Number.POSITIVE_INFINITY)
    ? { domain, startMs: run.startMs, state: run.value }
    : first

/** True if a file's cells follow the states of its buckets, and not the domains' last requests; or it lists them. */
export const usesStates = (request: ExportRequest, isStated: boolean): boolean =>
  request.coverageColumn === true || isStated || request.action === 'bill'

/** Names a bucket that is neither final nor reported, or if strictly asked, that is not final; null without one. */
export function notFinalText(
  { firstOpen, firstNotFinal }: TaskCoverage,
  { requireFinal }: ExportRequest,
): string | null {
  const first = requireFinal?.isStrict ? firstNotFinal : firstOpen
  return first && `The bucket of ${first.domain} at ${new Date(first.startMs).toISOString()} is ${first.state}`
}
