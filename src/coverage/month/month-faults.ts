import type { DomainCoverage } from '../read-coverage.ts'
import type { SourceCoverage } from '../reporting-sources.ts'
import { joined, type Run, type Span } from '../runs.ts'
import type { BucketState } from '../state-words.ts'

/**
 * A thing that is wrong with what came. `source` is null where no source reports the domain. Unix ms; domains are the
 * first few of `domainCount`.
 */
export type Fault = Span & {
  kind: 'missing' | 'provisional' | 'silent' | 'unexpected_silence'
  source: string | null
  domains: string[]
  domainCount: number
  /** Of a silence: the files that came, and how many usually do; else null. */
  files: { come: number; usual: number } | null
}

const domainsShown = 3

/** Collects faults domain by domain, so that one fault of many domains is told once. */
export function faultCollector(sources: readonly SourceCoverage[], range: Span, judgedAtMs: number) {
  const found = new Map<string, Fault>()
  const bySource = new Map(sources.map((source) => [source.source, source]))
  const add = (
    fault: Omit<Fault, 'domains' | 'domainCount' | 'files'> & Partial<Pick<Fault, 'files'>>,
    domain: string,
  ) => {
    const key = `${fault.kind} ${fault.source ?? ''} ${fault.startMs} ${fault.endMs}`
    const known = found.get(key) ?? { ...{ files: null, ...fault }, domains: [], domainCount: 0 }
    if (known.domains.length < domainsShown) known.domains.push(domain)
    known.domainCount++
    found.set(key, known)
  }
  return {
    /** Adds one domain's faults. */
    add(coverage: DomainCoverage): void {
      const names = new Set(coverage.runs.flatMap(({ value }) => value.sources.map(({ source }) => source)))
      for (const name of names) {
        const source = bySource.get(name)
        if (!source) continue
        for (const { startMs, endMs, value } of openRuns(coverage, name)) {
          const untilMs = Math.min(endMs, range.endMs, judgedAtMs - source.delaySeconds * 1000)
          if (untilMs > startMs)
            add({ kind: kindOf(value, source), source: name, startMs, endMs: untilMs }, coverage.domain)
        }
      }
      for (const { startMs, endMs, value } of coverage.runs)
        if (value.sources.length === 0 && Math.min(endMs, judgedAtMs) > startMs)
          add({ kind: 'missing', source: null, startMs, endMs: Math.min(endMs, judgedAtMs) }, coverage.domain)
      for (const { startMs, endMs, source, files, filesUsual } of coverage.silences) {
        const counts = { come: files, usual: filesUsual }
        add({ kind: 'unexpected_silence', source, startMs, endMs, files: counts }, coverage.domain)
      }
    },
    /** All faults by time. */
    faults: (): Fault[] => [...found.values()].sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs),
  }
}

/** A source that goes on and has nothing after its last report is silent; another one lacks files. */
const kindOf = (state: BucketState, { filesPerHour, filesPerDay }: SourceCoverage): Fault['kind'] => {
  if (state === 'provisional') return 'provisional'
  return filesPerHour === null && filesPerDay === null ? 'silent' : 'missing'
}

/** The runs in which a source has a domain's buckets missing or provisional. Refused ones are told by their batches. */
function openRuns({ runs }: DomainCoverage, name: string): Run<BucketState>[] {
  const states = runs.flatMap(({ startMs, endMs, value }): Run<BucketState>[] => {
    const state = value.sources.find(({ source }) => source === name)?.state
    return state === 'missing' || state === 'provisional' ? [{ startMs, endMs, value: state }] : []
  })
  return joined(states, Object.is)
}
