import { readLostLines, reasonsText } from '../../coverage/lost-lines.ts'
import { type Surplus, surplusOf } from '../../coverage/month/month-files.ts'
import type { Coverage, DomainCoverage } from '../../coverage/read-coverage.ts'
import { likelyZones } from '../../coverage/read-rhythms.ts'
import { type RefusedFile, refusedWithin } from '../../coverage/refused-files.ts'
import type { Span } from '../../coverage/runs.ts'
import type { SeenQuestion } from '../../coverage/seen-coverage.ts'
import type { Silence } from '../../coverage/silences.ts'
import type { SeenData } from '../../ledger/seen-by-account.ts'
import { calendarDays } from '../../statistics/time-range.ts'
import type { ExportRequest } from '../request/export-request.ts'

/** Deliveries of a bill's range that were refused or did not come, where buckets may look whole. */
export type FaultyDeliveries = {
  refused: { name: string; source: string; errorCode: string }[]
  silences: { source: string; startMs: number; endMs: number; domains: string[] }[]
  /** Days with more files of a domain than its sources state. */
  surplus: Surplus<Span>[]
  /** Rejected lines of loaded files by source; null: a source of the operator's, for its customer. */
  lost: { source: string | null; files: number; reasons: string }[]
}

/** A bill alone tells silences. */
export const silencesAsked = ({ action, timeZone }: ExportRequest) =>
  action === 'bill' ? { silencesIn: likelyZones(timeZone) } : {}

/**
 * The refused files of a bill's range, as the accounts of the domains see them: an account sees its own alone.
 * @param accountNames names of all accounts if the bill is of all, else null
 */
export function refusedOfBill(
  files: readonly RefusedFile[],
  request: ExportRequest,
  { owners, accountNames }: Pick<SeenData, 'owners' | 'accountNames'>,
): FaultyDeliveries['refused'] {
  if (request.action !== 'bill') return []
  const owning = new Set(owners.values())
  return refusedWithin(files, { startMs: request.startTimeMs, endMs: request.endTimeMs }, request.timeZone)
    .filter(({ accountId }) => accountNames !== null || owning.has(accountId))
    .map(({ name, source, errorCode, accountId }) => ({
      ...{ name, errorCode },
      source: nameIn(accountNames, accountId, source),
    }))
}

/** A source's name, with its account's where a bill is of all. */
const nameIn = (accountNames: SeenData['accountNames'], accountId: string, source: string): string =>
  accountNames === null ? source : `${accountNames.get(accountId) ?? accountId}: ${source}`

/** The rejected lines of the files of a bill's range, as the accounts of the domains see them. */
export async function lostOfBill(question: SeenQuestion, { action }: ExportRequest): Promise<FaultyDeliveries['lost']> {
  if (action !== 'bill') return []
  const { accountNames, owners } = question
  const [owner = '', ...others] = new Set(owners.values())
  const found = await readLostLines(question, accountNames !== null || others.length > 0 ? null : owner)
  return found.map((lost) => ({
    source: lost.source === null ? null : nameIn(accountNames, lost.accountId, lost.source),
    files: lost.files,
    reasons: reasonsText(lost),
  }))
}

/** Collects the days of a bill with too many files, domain by domain. */
export function surplusCollector(
  { action, timeZone, ...range }: ExportRequest,
  { sources, judgedAtMs }: Pick<Coverage, 'sources' | 'judgedAtMs'>,
) {
  const bySource = new Map(sources.map((source) => [source.source, source]))
  const days = action === 'bill' ? calendarDays(range, timeZone) : []
  const spans = days.map(({ startTimeMs, endTimeMs }) => ({ startMs: startTimeMs, endMs: endTimeMs }))
  const found: FaultyDeliveries['surplus'] = []
  return {
    add: (domain: DomainCoverage) => {
      found.push(...surplusOf(domain, spans, bySource, judgedAtMs))
    },
    surplus: () => found,
  }
}

/** Collects silences domain by domain; one of many domains is told once. */
export function silenceCollector() {
  const found = new Map<string, FaultyDeliveries['silences'][number]>()
  return {
    add({ domain, silences }: DomainCoverage): void {
      for (const silence of silences) {
        const known = found.get(keyOf(silence))
        const { source, startMs, endMs } = silence
        if (known) known.domains.push(domain)
        else found.set(keyOf(silence), { source, startMs, endMs, domains: [domain] })
      }
    },
    silences: () => [...found.values()].sort((a, b) => a.startMs - b.startMs),
  }
}

const keyOf = ({ source, startMs, endMs }: Silence) => `${startMs} ${endMs} ${source}`
