import type { RefusedBatch } from '../ledger/refused-batches.ts'
import { bucketMs } from '../statistics/bucket-length.ts'
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
export type RefusedFile = RefusedBatch & {
  key: string
  domain: string
  hours: Span | null
  day: number | null
  /** True if a file of its name was loaded before: a log that grew, of which the rest was refused. */
  isRest: boolean
}

/** Requests of such a file are loaded from another one: if it has no others, nothing is missing for want of it. */
const overlapCode = 'FLUXPORT.0106'

/** The question's refused files, the latest first; of two with one name, the later. */
export async function readRefusedFiles(question: Question): Promise<RefusedFile[]> {
  const { refused = [], rows, accountIds } = question
  const theirs = refused.filter((one) => accountIds.includes(one.accountId))
  const own = theirs.map(toldBy).filter((one) => mayTouch(one, question.range))
  if (own.length === 0) return []
  const names = [...new Set(own.map(({ batch }) => batch.name))]
  const parameters = { ...sharedParameters(question), names }
  const replaced = await rows<Source & { name: string; writtenAt: number }>(replacedFilesSql, parameters)
  const writtenAt = new Map(replaced.map((row) => [`${keyOfSource(row)}/${row.name}`, row.writtenAt]))
  const found = new Map<string, RefusedFile>()
  for (const one of own) {
    const { batch } = one
    const key = keyOfSource(batch)
    const file = `${key}/${batch.name}`
    const loadedAt = writtenAt.get(file)
    const isReplaced = (loadedAt ?? 0) >= Math.floor(batch.refusedAtMs / 1000)
    // Pushes share one name, which tells nothing.
    const id = batch.name === pushName ? `${file}/${batch.batchId}` : file
    if (!found.has(id) && (!isReplaced || batch.name === pushName))
      found.set(id, { ...refusedFile(one, key, question), isRest: loadedAt !== undefined && batch.name !== pushName })
  }
  return [...found.values()]
}

const pushName = '(push)'

const dayMs = 86_400_000

/** A refused batch, and the time that its name tells. */
type Told = { batch: RefusedBatch; named: ReturnType<typeof fileSpanOf>; day: number | null }

function toldBy(batch: RefusedBatch): Told {
  const named = fileSpanOf(batch.name)
  return { batch, named, day: named ? null : dayInName(batch.name) }
}

/** False for a file whose name tells a time far from the range, or that tells none and came at another time. */
function mayTouch({ batch, named, day }: Told, { startMs, endMs }: Span): boolean {
  const ofDay = day === null ? null : { startMs: day * dayMs, endMs: (day + 1) * dayMs }
  const span = named ?? ofDay ?? { startMs: batch.refusedAtMs, endMs: batch.refusedAtMs }
  // A name may mean the day before its date, and zones differ by a day.
  return span.startMs - 2 * dayMs <= endMs && span.endMs + 2 * dayMs >= startMs
}

function refusedFile({ batch, named, day }: Told, key: string, { domains }: Question): Omit<RefusedFile, 'isRest'> {
  const domain = named?.domain ?? batch.defaultDomain ?? domainInName(batch.name.toLowerCase(), domains)
  return { ...batch, key, domain, hours: named, day }
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
  return mentioned[0] ?? hostIn(undated.replaceAll(extensions, asSeparator)) ?? ''
}

/** A run of endings at once: looking behind each for a further sign would take the square of a name of them. */
const extensions = /(?:\.(?:log|txt|json|csv|gz|zst|bz2|xz))+/g

/** Endings are none where a word goes on, as in `.logs`: then the last of the run stays. */
function asSeparator(run: string, at: number, name: string): string {
  if (!/[a-z0-9]/.test(name[at + run.length] ?? '')) return '/'
  const last = run.slice(run.lastIndexOf('.'))
  return last === run ? run : `/${last}`
}

/** The first host in a name; undefined without. An expression for it takes the square of a name of dots. */
function hostIn(name: string): string | undefined {
  for (const word of name.split(/[^a-z0-9.-]+/)) {
    for (const run of word.split(/\.{2,}/)) {
      const labels = run.split('.').filter((label) => label !== '')
      const top = labels.findLastIndex((label, n) => n > 0 && /^[a-z]{2,}(?![a-z0-9])/.test(label))
      const [letters] = /^[a-z]+/.exec(labels[top] ?? '') ?? []
      if (letters) return [...labels.slice(0, top), letters].join('.')
    }
  }
  return undefined
}

/** Refused files of a range: by the time in their names, a date being a day of the zone, else by when they came. */
export function refusedWithin(files: readonly RefusedFile[], range: Span, timeZone: string): RefusedFile[] {
  return files.filter(({ hours, day, refusedAtMs }) => {
    const came = { startMs: refusedAtMs, endMs: refusedAtMs + 1 }
    const span = hours ?? (day === null ? came : spanOfDay(day, timeZone))
    return span.startMs < range.endMs && span.endMs > range.startMs
  })
}

/** Spans of refused files by source and domain; each file's time is worked out once, not for each domain. */
export type RefusedSpans = (of: Pick<Reporting, 'key'>, domain: string) => Span[]

/**
 * The times for which files were refused, in whole buckets, in order and without overlaps.
 * @param namedDayAfter keys of the sources whose names mean the day before
 */
export function refusedSpans(
  files: readonly RefusedFile[],
  sources: readonly Pick<Reporting, 'key' | 'cadence'>[],
  namedDayAfter: ReadonlySet<string>,
): RefusedSpans {
  const zones = new Map(sources.map(({ key, cadence }) => [key, cadence.dayZone]))
  const days = new Map<string, Span>()
  const found = new Map<string, Span[]>()
  for (const file of files) {
    const span = spanOf(file, zones.get(file.key) ?? null, namedDayAfter.has(file.key), days)
    const own = found.get(`${file.key}/${file.domain}`)
    if (span && own) own.push(span)
    else if (span) found.set(`${file.key}/${file.domain}`, [span])
  }
  const merged = new Map([...found].map(([key, spans]) => [key, together(spans)]))
  return ({ key }, domain) => {
    const [any, own] = [merged.get(`${key}/`) ?? [], merged.get(`${key}/${domain}`) ?? []]
    return any.length === 0 || own.length === 0 ? [...any, ...own] : together([...any, ...own])
  }
}

function together(spans: readonly Span[]): Span[] {
  const result: Span[] = []
  for (const { startMs, endMs } of [...spans].sort((a, b) => a.startMs - b.startMs)) {
    const last = result.at(-1)
    if (last && startMs <= last.endMs) last.endMs = Math.max(last.endMs, endMs)
    else result.push({ startMs, endMs })
  }
  return result
}

/** The time that a refused file is of, in whole buckets; a date tells it only with the zone of a stated day. */
function spanOf(
  { hours, day, errorCode, newRequests }: RefusedFile,
  dayZone: string | null,
  namesDayAfter: boolean,
  days: Map<string, Span>,
): Span | null {
  if (errorCode === overlapCode && (newRequests ?? 0) === 0) return null
  if (hours)
    return {
      startMs: Math.floor(hours.startMs / bucketMs) * bucketMs,
      endMs: Math.ceil(hours.endMs / bucketMs) * bucketMs,
    }
  if (day === null || dayZone === null) return null
  const number = day - (namesDayAfter ? 1 : 0)
  const span = days.get(`${number} ${dayZone}`) ?? spanOfDay(number, dayZone)
  days.set(`${number} ${dayZone}`, span)
  return span
}
