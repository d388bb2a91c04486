import type { Need } from '../../ledger/assert-kept.ts'
import { spillSettings } from '../../ports/warehouse/warehouse.ts'
import { wholeDays } from '../../statistics/url-days.ts'
import { commonParameters } from '../../usage/rows/data.ts'
import { placeParameters } from '../../usage/rows/places-sql.ts'
import { type Ranked, rankings, topItemsSql, topParameters, usesDays } from '../../usage/top/top-items.ts'
import type { ExportRequest } from '../request/export-request.ts'
import {
  domainColumn,
  fluxColumn,
  needsFrom,
  type Report,
  type ReportColumn,
  type ReportInput,
  requestsColumn,
  type Slice,
} from './report.ts'

/** Most rows of a slice: three slices are in memory at once. */
const sliceRows = 50_000

/**
 * Domains of a slice: their URLs are what the engine groups at once. Tables are sorted by domain, so each slice reads
 * only its own. Each slice costs about 25 ms more, so their number is bounded.
 */
const sliceDomainsMin = 8
const slicesMax = 64

/** A list's ranking, and the column of its items. */
type RankedColumn = Ranked & { name: string; title: { en: string; zh: string }; meaning: string }

const url: RankedColumn = {
  ...rankings.url,
  name: 'url',
  title: { en: 'URL', zh: 'URL' },
  meaning: 'Domain, path and query string as requested',
}
const path: RankedColumn = {
  ...rankings.path,
  name: 'path',
  title: { en: 'Path', zh: '路径' },
  meaning: 'Domain and path without the query string',
}
const userAgent: RankedColumn = {
  ...rankings.ua,
  name: 'ua',
  title: { en: 'User agent', zh: 'UA' },
  meaning: 'User agent as the client named it; `-` where the request has none',
}
const referrer: RankedColumn = {
  ...rankings.referer,
  name: 'referer',
  title: { en: 'Referer', zh: 'Referer' },
  meaning: 'Referrer as the client named it; `-` where the request has none',
}
const client: RankedColumn = {
  ...rankings.ip,
  name: 'ip',
  title: { en: 'IP', zh: 'IP' },
  meaning: 'Client address as kept; `-` where the line has none',
}

/** URLs with their query strings. */
export const topUrlDetail = topList(url)

/** URLs without query strings. */
export const topPathDetail = topList(path)
export const topUaDetail = topList(userAgent)
export const topRefererDetail = topList(referrer)
export const topIpDetail = topList(client)

/** The items that rank highest in the whole range: of each domain, or of all together. */
function topList(ranked: RankedColumn): Report {
  const namesDomain = (request: ExportRequest) => ranked.ofOneDomain || request.groupBy !== null
  return {
    tables: (request) => [
      {
        name: 'top',
        title: ranked.title,
        rowIs: 'one item of the whole range; with `group_by=domain` one item of a domain’s own list',
        columns: [
          rank,
          ...(namesDomain(request) ? [domainColumn] : []),
          { name: ranked.name, title: ranked.title, type: 'text', unit: null, from: 'item', meaning: ranked.meaning },
          fluxColumn,
          requestsColumn,
          share,
        ],
        slices: (input) => slices(ranked, input),
      },
    ],
    rowsMax: (request, domainCount) => request.topRows * (request.groupBy ? domainCount : 1),
    needs: (request) => (usesDays(ranked, request) ? needsOfDays(request) : needsFrom(request, 'request')),
  }
}

const rank: ReportColumn = {
  name: 'rank',
  title: { en: 'Rank', zh: '排名' },
  type: 'integer',
  unit: null,
  meaning: 'Place in the list; 1 has the most traffic, or the most requests with stat_type=req_num',
}
const share: ReportColumn = {
  name: 'share',
  title: { en: 'Ratio (%)', zh: '占比(%)' },
  type: 'decimal',
  unit: 'percent',
  meaning: 'Share of all traffic, or of all requests with stat_type=req_num, listed or not',
}

/** Requests are needed only if the range begins or ends within a day of the totals. */
function needsOfDays(request: ExportRequest): Need[] {
  const days = wholeDays(request)
  if (days === null) throw new Error('a range without a whole day has no daily totals')
  const needs: Need[] = [...needsFrom(request), { source: 'url_daily', startTimeMs: days.startTimeMs }]
  const partDayMs = request.startTimeMs < days.startTimeMs ? request.startTimeMs : days.endTimeMs
  if (partDayMs === request.endTimeMs) return needs
  return [...needs, { source: 'request', startTimeMs: partDayMs, hint: 'whole days of UTC+8 need none' }]
}

async function* slices(ranked: RankedColumn, input: ReportInput): AsyncGenerator<Slice> {
  const { request, domains } = input
  const parameters = {
    ...commonParameters(input),
    ...placeParameters(request),
    ...topParameters(request, input.version.loadIdsToRollUp),
  }
  const sql = topItemsSql(ranked, request)
  // Each domain has its own list, so a slice holds the lists of some domains.
  const step = request.groupBy ? domainsPerSlice(request, domains.length) : Math.max(1, domains.length)
  for (let first = 0; first === 0 || first < domains.length; first += step) {
    const slice = { ...parameters, domains: domains.slice(first, first + step) }
    yield { sql, parameters: slice, rows: null, settings: spillSettings }
  }
}

function domainsPerSlice(request: ExportRequest, domainCount: number): number {
  const wanted = Math.max(sliceDomainsMin, Math.ceil(domainCount / slicesMax))
  return Math.max(1, Math.min(wanted, Math.floor(sliceRows / request.topRows)))
}
