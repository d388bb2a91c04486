import type { BucketState } from '../../coverage/bucket-states.ts'
import { type BucketCounts, countBuckets, rangesOf } from '../../coverage/coverage-ranges.ts'
import { addLateLines } from '../../coverage/read-coverage.ts'
import type { SourceCoverage } from '../../coverage/reporting-sources.ts'
import { joined, type Run } from '../../coverage/runs.ts'
import { readSeenCoverage } from '../../coverage/seen-coverage.ts'
import type { SeenData } from '../../ledger/seen-by-account.ts'
import type { Parameters } from '../../ports/warehouse/warehouse.ts'
import type { ExportRequest } from '../request/export-request.ts'

/** States of buckets in order, without gaps between the first and the last. */
export type StateRun = Run<BucketState>

/** Coverage of a task's range and domains, in its own buckets. */
export type TaskCoverage = {
  judgedAtMs: number
  /** Sums over all domains. */
  buckets: BucketCounts
  /** States of all domains as one: final or missing where all are. */
  runs: StateRun[]
  /** States of each domain, in the task's order, if the rows need them; else empty. */
  domainRuns: StateRun[][]
  sources: (SourceCoverage & { lateLines: number })[]
  /** True if a source of the domains has a stated cadence: then exactly the missing buckets are empty in the file. */
  isStated: boolean
  /** The first bucket that is not final. */
  firstNotFinal: { domain: string; startMs: number; state: BucketState } | null
}

/** The question: request, domains with their owners, and state of the data. */
type Seen = Pick<SeenData, 'domains' | 'owners' | 'accountNames' | 'version'> & {
  rows: <Row>(sql: string, parameters: Parameters, settings?: Record<string, number>) => Promise<Row[]>
  request: ExportRequest
}

/** Reads the coverage of a request's range and domains, in a data version. */
export async function readTaskCoverage({ rows, request, ...seen }: Seen): Promise<TaskCoverage> {
  const range = { startMs: request.startTimeMs, endMs: request.endTimeMs }
  const stepMs = request.intervalSeconds * 1000
  // An operator who asks for all may know the rejected lines of every file; another account's answer is as its own.
  const seesAllFiles = seen.accountNames !== null
  const coverage = await readSeenCoverage({ ...seen, rows, range, seesAllFiles })
  const isStated = coverage.sources.some((source) => source.isStated)
  const keepsDomains = request.groupBy !== null && usesStates(request, isStated)
  const buckets: BucketCounts = { final: 0, provisional: 0, missing: 0 }
  const changes = new Map<number, StateCounts>()
  const lateLines = new Map<string, number>()
  const domainRuns: StateRun[][] = []
  let firstNotFinal: TaskCoverage['firstNotFinal'] = null
  for await (const domain of coverage.domains()) {
    const ranges = rangesOf(domain, range.startMs, stepMs)
    countBuckets(buckets, ranges, stepMs)
    const runs = joined(
      ranges.map(({ startMs, endMs, state }) => ({ startMs, endMs, value: state })),
      Object.is,
    )
    if (keepsDomains) domainRuns.push(runs)
    addChanges(changes, runs)
    addLateLines(lateLines, domain.late)
    const open = runs.find(({ value }) => value !== 'final')
    if (open && open.startMs < (firstNotFinal?.startMs ?? Number.POSITIVE_INFINITY))
      firstNotFinal = { domain: domain.domain, startMs: open.startMs, state: open.value }
  }
  return {
    judgedAtMs: coverage.judgedAtMs,
    buckets,
    runs: runsOfAll(changes, seen.domains.length),
    domainRuns,
    sources: coverage.sources.map((source) => ({ ...source, lateLines: lateLines.get(source.source) ?? 0 })),
    isStated,
    firstNotFinal,
  }
}

/** True if a file's cells follow the states of its buckets, and not the domains' last requests; or it lists them. */
export const usesStates = (request: ExportRequest, isStated: boolean): boolean =>
  request.coverageColumn === true || isStated || request.action === 'bill'

/** Names a bucket that is not final; null when all are. */
export const notFinalText = ({ firstNotFinal: first }: TaskCoverage): string | null =>
  first && `The bucket of ${first.domain} at ${new Date(first.startMs).toISOString()} is ${first.state}`

type StateCounts = Record<'final' | 'missing', number>

/** Adds the times at which domains begin, or cease, to be final or missing, with their numbers. */
function addChanges(changes: Map<number, StateCounts>, runs: StateRun[]): void {
  const at = (timeMs: number) => {
    const known = changes.get(timeMs) ?? { final: 0, missing: 0 }
    changes.set(timeMs, known)
    return known
  }
  for (const { startMs, endMs, value } of runs) {
    const [from, to] = [at(startMs), at(endMs)]
    if (value === 'provisional') continue
    from[value]++
    to[value]--
  }
}

function runsOfAll(changes: Map<number, StateCounts>, domainCount: number): StateRun[] {
  const edges = [...changes.keys()].sort((a, b) => a - b)
  const now: StateCounts = { final: 0, missing: 0 }
  const runs = edges.slice(0, -1).map((startMs, n): StateRun => {
    const change = changes.get(startMs)
    now.final += change?.final ?? 0
    now.missing += change?.missing ?? 0
    const value = now.final === domainCount ? 'final' : now.missing === domainCount ? 'missing' : 'provisional'
    return { startMs, endMs: edges[n + 1] as number, value }
  })
  return joined(runs, Object.is)
}
