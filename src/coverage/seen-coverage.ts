import {
  type Coverage,
  type CoverageQuestion,
  type DomainCoverage,
  readCoverage,
  type SourceCoverage,
} from './read-coverage.ts'

/**
 * Coverage as an account sees it. Files say what they say of many domains at once, so that domains which are seen from
 * different loads on are asked for apart: what came before a domain was its owner's is no report to that owner.
 */
export async function readSeenCoverage(question: CoverageQuestion): Promise<Coverage> {
  const { fromLoad } = question.version.seen
  if (fromLoad.size === 0) return await readCoverage(question)
  const groups = new Map<number, string[]>()
  const firstSeenOf = (domain: string) => fromLoad.get(domain) ?? 0
  for (const domain of question.domains) {
    const group = groups.get(firstSeenOf(domain))
    if (group) group.push(domain)
    else groups.set(firstSeenOf(domain), [domain])
  }
  const found = new Map<number, Coverage>()
  for (const [firstSeen, domains] of groups)
    found.set(firstSeen, await readCoverage({ ...question, domains, firstSeen }))
  return {
    judgedAtMs: question.version.changedAtMs ?? 0,
    sources: together([...found.values()].flatMap((coverage) => coverage.sources)),
    domains: () => inOrder(question.domains, firstSeenOf, found),
  }
}

/** Each group tells its own domains in their order. */
async function* inOrder(
  domains: readonly string[],
  groupOf: (domain: string) => number,
  found: ReadonlyMap<number, Coverage>,
): AsyncGenerator<DomainCoverage> {
  const reading = new Map([...found].map(([group, coverage]) => [group, coverage.domains()]))
  for (const domain of domains) {
    const next = await reading.get(groupOf(domain))?.next()
    if (next === undefined || next.done) throw new Error(`no coverage of ${domain}`)
    yield next.value
  }
}

/** A source that reports domains of several groups is one source. */
function together(sources: readonly SourceCoverage[]): SourceCoverage[] {
  const byName = new Map<string, SourceCoverage>()
  for (const source of sources) {
    const known = byName.get(source.source)
    byName.set(source.source, known ? joined(known, source) : source)
  }
  return [...byName.values()].sort((a, b) => (a.source < b.source ? -1 : 1))
}

const joined = (one: SourceCoverage, other: SourceCoverage): SourceCoverage => ({
  ...one,
  watermarkMs: ofBoth(Math.max, one.watermarkMs ?? other.watermarkMs, other.watermarkMs ?? one.watermarkMs),
  watermarkLeastMs: ofBoth(Math.min, one.watermarkLeastMs, other.watermarkLeastMs),
  rejectedLines: one.rejectedLines + other.rejectedLines,
})

/** Null when either is. */
const ofBoth = (choose: typeof Math.max, one: number | null, other: number | null): number | null =>
  one === null || other === null ? null : choose(one, other)
