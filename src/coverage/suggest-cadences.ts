import { accountNames } from '../accounts/account-names.ts'
import { allAccounts } from '../accounts/whose.ts'
import { statedOf } from '../ledger/cadences.ts'
import { type DataVersion, pinDataVersion } from '../ledger/data-version.ts'
import { countingParameters, countingSql } from '../ledger/visible.ts'
import type { Database } from '../ports/database/database.ts'
import type { Asked } from '../ports/warehouse/questions.ts'
import { farSeconds } from './day-of-name.ts'
import { readRhythms, rhythmMs, type SourceRhythm } from './read-rhythms.ts'

/** A proposed cadence of a source. A null delay is not known: its files came long after their time. */
export type ProposedCadence = {
  filesPerHour: number | null
  filesPerDay: number | null
  dayZone: string | null
  delaySeconds: number | null
  skipsEmptyHours: boolean
}

/** A source with deliveries, its proposal or null, and the reason for either. */
export type CadenceSuggestion = {
  accountId: string
  accountName: string
  source: string
  isStated: boolean
  proposal: ProposedCadence | null
  reason: string
}

/**
 * Proposes a cadence for each source with a rhythm that nobody stated, from its last files.
 * @param whose an account, or all
 * @param deps.zones zones that a day of files may be of, the likeliest first
 */
export async function suggestCadences(
  { database, engine, nowMs, zones }: { database: Database; engine: Asked; nowMs: number; zones: readonly string[] },
  whose: string,
): Promise<CadenceSuggestion[]> {
  const version = await database.write((tx) => pinDataVersion(database, tx))
  const names = await accountNames(database)
  const rhythms = await readRhythms({
    rows: (sql, parameters) => engine.rows(sql, parameters),
    ...{ seenSql: countingSql, parameters: countingParameters(version), domains: null },
    accountIds: whose === allAccounts ? [...names.keys()] : [whose],
    range: { startMs: 0, endMs: nowMs },
    ...{ spanMs: rhythmMs, zones },
  })
  return [...rhythms.values()].map((one) => suggestionOf(one, names.get(one.accountId) ?? one.accountId, version))
}

function suggestionOf(found: SourceRhythm, accountName: string, version: DataVersion): CadenceSuggestion {
  const { accountId, source, rhythm, why } = found
  const isStated = statedOf(version.cadences, accountId, source) !== undefined
  const of = { accountId, accountName, source, isStated }
  if (isStated) return { ...of, proposal: null, reason: 'a cadence is stated' }
  if (rhythm === null) return { ...of, proposal: null, reason: why }
  const delaySeconds = delayOf(found)
  const proposal = {
    filesPerHour: rhythm.kind === 'hourly' ? rhythm.files : null,
    filesPerDay: rhythm.kind === 'daily' ? rhythm.files : null,
    dayZone: rhythm.kind === 'daily' ? found.dayOfName.zone : null,
    delaySeconds,
    skipsEmptyHours: rhythm.kind === 'hourly' && rhythm.skipsEmptyHours,
  }
  const unknown =
    delaySeconds === null ? '; its delay is not known, as its files were loaded long after their time' : ''
  return { ...of, proposal, reason: `${why}${unknown}${rhythm.kind === 'daily' ? zoneText(found) : ''}` }
}

/**
 * Says how sure the zone is. The middle of a day's requests is some hours from noon where evenings are busy, so that a
 * zone that is hours apart may be right.
 */
function zoneText({ dayOfName: { zone, apartSeconds, endsAtUtc } }: SourceRhythm): string {
  if (apartSeconds <= hourSeconds / 2) return ''
  const about = `its requests look like days that end at about ${endsAtUtc} UTC`
  return apartSeconds <= farSeconds
    ? `; ${about}, and of the zones that were tried ${zone} is the nearest: name another by --time-zone if its days are of one`
    : `; ${about}, which fits no zone that was tried: ${zone} is a guess, so name theirs by --time-zone`
}

const hourSeconds = 3_600
const daySeconds = 86_400

/** Whole hours within which nearly all files came; null where they came so late that they were a backlog. */
function delayOf({ rhythm, usualAgeSeconds, highAgeSeconds }: SourceRhythm): number | null {
  const backlogSeconds = rhythm?.kind === 'daily' ? 2 * daySeconds : daySeconds
  if (usualAgeSeconds > backlogSeconds) return null
  return Math.max(1, Math.ceil(Math.min(highAgeSeconds, 2 * backlogSeconds) / hourSeconds)) * hourSeconds
}
