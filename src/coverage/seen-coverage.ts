import type { RefusedBatch } from '../ledger/refused-batches.ts'
import { countingParameters, countingSql } from '../ledger/visible.ts'
import { fillSlots, sqlFile } from '../ports/warehouse/sql-file.ts'
import type { CoverageQuestion } from './coverage-question.ts'
import { namesWithAccounts, type Source } from './expected-sources.ts'
import { type Coverage, type DomainCoverage, readCoverage } from './read-coverage.ts'
import type { RefusedFile } from './refused-files.ts'
import type { SourceCoverage } from './reporting-sources.ts'

const deliveringAccountsSql = sqlFile(import.meta.url, './delivering-accounts.sql')
const rejectedLinesSql = fillSlots(sqlFile(import.meta.url, './rejected-lines.sql'), { counting: countingSql })

/** A question about domains of one account, or of several. */
export type SeenQuestion = Omit<CoverageQuestion, 'accountId' | 'firstSeen' | 'nameOf' | 'refused'> & {
  /** Reads the refused batches of the reporting accounts; omit for none. */
  refused?: () => Promise<readonly RefusedBatch[]>
  /** The account id of each domain's owner. */
  owners: ReadonlyMap<string, string>
  /**
   * Names of accounts, by which each source is then named beside its own name; null: as the one account sees them.
   */
  accountNames: ReadonlyMap<string, string> | null
}

/** Domains whose coverage is read at once. */
type Group = { accountId: string; firstSeen: number; domains: string[] }

/**
 * Coverage as the domains' owners see it. Each domain is judged by its own account's sources. A file reports on many
 * domains at once, so domains that are seen from different loads on are queried separately: loads from before a
 * domain's ownership are no report to its owner.
 */
export async function readSeenCoverage(asked: SeenQuestion): Promise<Coverage> {
  const { owners, accountNames, refused, ...others } = asked
  const question = { ...others, refused: (await refused?.()) ?? [] }
  const groups = await groupsOf(asked)
  const named = accountNames === null ? {} : { nameOf: namesWithAccounts(accountNames) }
  const [only] = groups.values()
  if (only && groups.size === 1 && accountNames === null) return await readCoverage({ ...question, ...only })
  const found = new Map<string, Coverage>()
  for (const [key, group] of groups) found.set(key, await readCoverage({ ...question, ...group, ...named }))
  const groupOf = new Map([...groups].flatMap(([key, { domains }]) => domains.map((domain) => [domain, key] as const)))
  const sources = together([...found.values()].flatMap((coverage) => coverage.sources))
  const counted = named.nameOf ? await withRejectedLines(asked, sources, named.nameOf) : sources
  return {
    judgedAtMs: question.version.changedAtMs ?? 0,
    sources: counted,
    refused: distinct([...found.values()].flatMap(({ refused }) => refused)),
    domains: () => inOrder(question.domains, groupOf, found),
  }
}

/** Accounts that deliver nothing have their domains judged together, by the first account's sources alone. */
async function groupsOf({ rows, version, domains, owners }: SeenQuestion): Promise<Map<string, Group>> {
  const owning = new Set(owners.values())
  const delivering = owning.size > 1 ? await deliveringAccounts({ rows, version }, owning) : owning
  const groups = new Map<string, Group>()
  for (const domain of domains) {
    const owner = owners.get(domain) ?? ''
    const accountId = delivering.has(owner) ? owner : version.firstAccountId
    const firstSeen = version.seen.fromLoad.get(domain) ?? 0
    const key = `${accountId} ${firstSeen}`
    const group = groups.get(key)
    if (group) group.domains.push(domain)
    else groups.set(key, { accountId, firstSeen, domains: [domain] })
  }
  return groups
}

/** Accounts with a load or a stated cadence of their own. */
async function deliveringAccounts(
  { rows, version }: Pick<SeenQuestion, 'rows' | 'version'>,
  accountIds: ReadonlySet<string>,
): Promise<Set<string>> {
  const found = await rows<{ accountId: string }>(deliveringAccountsSql, { accountIds: [...accountIds] })
  const stated = [...version.cadences.values()].map(({ accountId }) => accountId)
  return new Set([...found.map(({ accountId }) => accountId), ...stated])
}

/** Counts the rejected lines of each file once, even of a file with domains of several groups. */
async function withRejectedLines(
  { rows, version, domains, owners, range }: SeenQuestion,
  sources: readonly SourceCoverage[],
  nameOf: (source: Source) => string,
): Promise<SourceCoverage[]> {
  const found = await rows<Source & { lines: number }>(rejectedLinesSql, {
    ...countingParameters(version),
    accountIds: [...new Set([...owners.values(), version.firstAccountId])],
    domains,
    from: range.startMs / 1000,
    to: range.endMs / 1000,
  })
  const lines = new Map(found.map((row) => [nameOf(row), row.lines]))
  return sources.map((source) => ({ ...source, rejectedLines: lines.get(source.source) ?? 0 }))
}

/** Yields the domains in their order; each group yields its own in that order. */
async function* inOrder(
  domains: readonly string[],
  groupOf: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, Coverage>,
): AsyncGenerator<DomainCoverage> {
  const reading = new Map([...found].map(([group, coverage]) => [group, coverage.domains()]))
  for (const domain of domains) {
    const next = await reading.get(groupOf.get(domain) ?? '')?.next()
    if (next === undefined || next.done) throw new Error(`no coverage of ${domain}`)
    yield next.value
  }
}

/** A batch may be of domains of several groups. */
const distinct = (files: readonly RefusedFile[]): RefusedFile[] => [
  ...new Map(files.map((file) => [file.batchId, file])).values(),
]

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
