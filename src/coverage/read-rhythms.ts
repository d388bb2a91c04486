import { fillSlots, sqlFile } from '../ports/warehouse/sql-file.ts'
import type { Parameters } from '../ports/warehouse/warehouse.ts'
import { groupedBy, namedSpansSql } from './coverage-question.ts'
import { type DayOfName, dayOfName } from './day-of-name.ts'
import { keyOfSource, type Source } from './expected-sources.ts'
import { type Facts, type Gap, gapReader, type Judgement, judge, type Series } from './rhythm.ts'
import type { Span } from './runs.ts'

const filesSql = fillSlots(sqlFile(import.meta.url, './delivered-files.sql'), {
  named_spans: fillSlots(namedSpansSql, { spans: sqlFile(import.meta.url, './spans-about-range.sql') }),
})
const [turnsSql, factsSql] = ['./delivered-turns.sql', './delivered-facts.sql'].map((name) =>
  fillSlots(sqlFile(import.meta.url, name), { files: filesSql }),
) as [string, string]

/**
 * A source's rhythm, and the evidence. `gaps` tells where a domain's files did not keep it. `highAgeSeconds`: nearly all
 * files came at most this long after their last request.
 */
export type SourceRhythm = Source &
  Judgement & {
    series: Series[]
    gaps: (fileDomain: string) => Gap[]
    dayOfName: DayOfName
    usualAgeSeconds: number
    highAgeSeconds: number
  }

type Rows = <Row>(sql: string, parameters: Parameters) => Promise<Row[]>
type FactsRow = Source & Facts & { middleOfDay: number; usualAge: number; highAge: number }
type TurnsRow = Source & Series

/** A rhythm is read of this time before a range, and of some days after it: a gap at its end is between two files. */
export const rhythmMs = 62 * 86_400_000
const afterMs = 7 * 86_400_000

/** Zones of daily files: those of the question, then those in which machines and Chinese clouds count days. */
export const likelyZones = (...zones: string[]): string[] => [...new Set([...zones, 'UTC', 'Asia/Shanghai'])]

/** Most domains of a source that its rhythm is read of: those with the most files. */
const seriesMax = 1_000

/** The files to judge. `seenSql` is a condition with its `parameters`; `domains` null means those of every domain. */
export type Deliveries = {
  rows: Rows
  seenSql: string
  parameters: Parameters
  accountIds: readonly string[]
  domains: readonly string[] | null
  range: Span
  /** Only this time before a source's last file is looked at; omit to look at all of the range. */
  spanMs?: number
  /** Zones that a day of files may be of, the likeliest first. */
  zones: readonly string[]
}

/** Reads the rhythms of all sources with files about a range, by `keyOfSource`. */
export async function readRhythms(of: Deliveries): Promise<Map<string, SourceRhythm>> {
  const seen = (sql: string) => fillSlots(sql, { seen: of.seenSql })
  const parameters = {
    ...of.parameters,
    accountIds: [...of.accountIds],
    domains: [...(of.domains ?? [])],
    everyDomain: of.domains === null ? 1 : 0,
    from: Math.max(0, Math.floor((of.range.startMs - rhythmMs) / 1000)),
    to: Math.ceil((of.range.endMs + afterMs) / 1000),
    spanSeconds: Math.floor((of.spanMs ?? Number.MAX_SAFE_INTEGER) / 1000),
    seriesMax,
  }
  const [facts, turnsRows] = await Promise.all([
    of.rows<FactsRow>(seen(factsSql), parameters),
    of.rows<TurnsRow>(seen(turnsSql), parameters),
  ])
  const turns = groupedBy(turnsRows, keyOfSource)
  return new Map(
    facts.map((row) => {
      const key = keyOfSource(row)
      const series = turns.get(key) ?? []
      const judged = judge(row, series)
      const found = {
        ...{ accountId: row.accountId, source: row.source, series, ...judged },
        gaps: judged.rhythm === null ? () => [] : gapReader(judged.rhythm, series),
        dayOfName: dayOfName(row.middleOfDay, of.range.endMs, of.zones),
        ...{ usualAgeSeconds: row.usualAge, highAgeSeconds: row.highAge },
      }
      return [key, found]
    }),
  )
}
