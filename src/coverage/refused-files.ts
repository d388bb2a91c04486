import type { RefusedBatch } from '../ledger/refused-batches.ts'
import { spanOfDay } from '../statistics/time-range.ts'
import { coverageSql, type Question, sharedParameters } from './coverage-question.ts'
import { dayInName } from './date-in-name.ts'
import { keyOfSource, type Source } from './expected-sources.ts'
import { fileSpanOf } from './file-span.ts'
import type { Reporting } from './reporting-sources.ts'
import type { Span } from './runs.ts'

/** Refused files, and the buckets that their names tell. */

const replacedFilesSql = coverageSql('./replaced-files.sql')

/**
 * A file that was refused, and that no file of its name has replaced. `domain` is the one that its name or its delivery
 * tells; empty: any. `hours` is the time that its name tells, `day` the date: null without one.
 */
export type RefusedFile = RefusedBatch & { key: string; domain: string; hours: Span | null; day: number | null }

/** Requests of such a file are loaded from another one: nothing is missing for want of it. */
const overlapCode = 'FLUXPORT.0106'

/** The question's refused files, the latest first; of two with one name, the later. */
export async function readRefusedFiles(question: Question): Promise<RefusedFile[]> {
  const { refused = [], rows, accountIds } = question
  const own = refused.filter((one) => accountIds.includes(one.accountId))
  if (own.length === 0) return []
  const names = [...new Set(own.map(({ name }) => name))]
  const parameters = { ...sharedParameters(question), names }
  const replaced = await rows<Source & { name: string; writtenAt: number }>(replacedFilesSql, parameters)
  const writtenAt = new Map(replaced.map((row) => [`${keyOfSource(row)}/${row.name}`, row.writtenAt]))
  const found = new Map<string, RefusedFile>()
  for (const batch of own) {
    const key = keyOfSource(batch)
    const file = `${key}/${batch.name}`
    const isReplaced = (writtenAt.get(file) ?? 0) >= Math.floor(batch.refusedAtMs / 1000)
    // Pushes share one name, which tells nothing.
    const id = batch.name === pushName ? `${file}/${batch.batchId}` : file
    if (!found.has(id) && (!isReplaced || batch.name === pushName)) found.set(id, refusedFile(batch, key, question))
  }
  return [...found.values()]
}

const pushName = '(push)'

function refusedFile(batch: RefusedBatch, key: string, { domains }: Question): RefusedFile {
  const named = fileSpanOf(batch.name)
  const domain = named?.domain ?? batch.defaultDomain ?? domainInName(batch.name.toLowerCase(), domains)
  return { ...batch, key, domain, hours: named, day: named ? null : dayInName(batch.name) }
}

/** The longest of the domains that a name mentions, else a host in the name; empty without. As in file-days.sql. */
function domainInName(name: string, domains: readonly string[]): string {
  const isMentioned = (domain: string) => {
    const at = name.indexOf(domain)
    if (at < 0) return false
    return !/[a-z0-9.]/.test(name[at - 1] ?? '-') && !/[a-z0-9]/.test(name[at + domain.length] ?? '-')
  }
  const mentioned = domains.filter(isMentioned).sort((a, b) => b.length - a.length)
  const undated = name.replaceAll(/20\d\d[-_.]?\d\d[-_.]?\d\d/g, '/')
  const plain = undated.replaceAll(/(?:\.(?:log|txt|json|csv|gz|zst|bz2|xz))+(?![a-z0-9])/g, '/')
  return mentioned[0] ?? /(?:[a-z0-9-]+\.)+[a-z]{2,}(?![a-z0-9])/.exec(plain)?.[0] ?? ''
}

/** The times of a source and a domain for which a file was refused, in order, without overlaps. */
export function refusedSpans(
  files: readonly RefusedFile[],
  { key, cadence }: Pick<Reporting, 'key' | 'cadence'>,
  domain: string,
  namesDayAfter: boolean,
): Span[] {
  const own = files.filter((file) => file.key === key && (file.domain === '' || file.domain === domain))
  const spans = own.flatMap((file) => spanOf(file, cadence.dayZone, namesDayAfter) ?? [])
  const result: Span[] = []
  for (const { startMs, endMs } of spans.sort((a, b) => a.startMs - b.startMs)) {
    const last = result.at(-1)
    if (last && startMs <= last.endMs) last.endMs = Math.max(last.endMs, endMs)
    else result.push({ startMs, endMs })
  }
  return result
}

/** The time that a refused file is of; a date tells it only with the zone of a stated day. */
function spanOf({ hours, day, errorCode }: RefusedFile, dayZone: string | null, namesDayAfter: boolean): Span | null {
  if (errorCode === overlapCode) return null
  if (hours) return { startMs: hours.startMs, endMs: hours.endMs }
  return day === null || dayZone === null ? null : spanOfDay(day - (namesDayAfter ? 1 : 0), dayZone)
}
