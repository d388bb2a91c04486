import {
  type Coverage,
  type CoverageQuestion,
  type DomainCoverage,
  readCoverage,
  type SourceCoverage,
} from './read-coverage.ts'

/**
 * Coverage as an account sees it. A file reports on many domains at once, so domains that are seen from different loads
 * on are queried separately: loads from before a domain's ownership are no report to its owner.
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

/** Yields the domains in their order; each group yields its own in that order. */
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

/** Merges the entries of a source that reports domains of several groups. */
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

/** Null when either value is null. */
const ofBoth = (choose: typeof Math.max, one: number | null, other: number | null): number | null =>
  one === null || other === null ? null : choose(one, other)
