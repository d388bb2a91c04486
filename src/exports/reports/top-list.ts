import type { Need } from '../../ledger/assert-kept.ts'
import { visibleSql } from '../../ledger/visible.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import { spillSettings } from '../../ports/warehouse/warehouse.ts'
import { wholeDays } from '../../statistics/url-days.ts'
import type { ExportRequest } from '../request/export-request.ts'
import { isFiltered } from '../request/place-filter.ts'
import { placeParameters, placeSql } from './places-sql.ts'
import {
  commonParameters,
  domainColumn,
  fluxColumn,
  needsFrom,
  type Report,
  type ReportColumn,
  type ReportInput,
  requestsColumn,
  type Slice,
} from './report.ts'

const statement = sqlFile(import.meta.url, './top-list.sql')
const itemsFromRequests = sqlFile(import.meta.url, './items-from-requests.sql')
const itemsFromUsage = sqlFile(import.meta.url, './items-from-usage.sql')
const itemsFromDays = sqlFile(import.meta.url, './items-from-days.sql')
const requestsInRange = sqlFile(import.meta.url, './requests-in-range.sql')

/** Most rows of a slice: three slices are in memory at once. */
const sliceRows = 50_000

/**
 * Domains of a slice: their URLs are what the engine groups at once. Tables are sorted by domain, so each slice reads
 * only its own. Each slice costs about 25 ms more, so their number is bounded.
 */
const sliceDomainsMin = 8
const slicesMax = 64

/**
 * A list's ranking. `keys` are columns of a request, `item` the text made of them, both the program's SQL.
 * `ofOneDomain` is set when an item belongs to a domain, as a URL does, and its row names the domain.
 */
type Ranked = {
  name: string
  title: { en: string; zh: string }
  meaning: string
  keys: string
  item: string
  ofOneDomain: boolean
}

const orDash = (column: string) => `if(${column} = '', '-', toString(${column}))`

const url: Ranked = {
  name: 'url',
  title: { en: 'URL', zh: 'URL' },
  meaning: 'Domain, path and query string as requested',
  keys: 'domain, path, query',
  item: `concat(domain, path, if(query = '', '', concat('?', query)))`,
  ofOneDomain: true,
}
const path: Ranked = {
  name: 'path',
  title: { en: 'Path', zh: '路径' },
  meaning: 'Domain and path without the query string',
  keys: 'domain, path',
  item: 'concat(domain, path)',
  ofOneDomain: true,
}
const userAgent: Ranked = {
  name: 'ua',
  title: { en: 'User agent', zh: 'UA' },
  meaning: 'User agent as the client named it; `-` where the request has none',
  keys: 'user_agent',
  item: orDash('user_agent'),
  ofOneDomain: false,
}
const referrer: Ranked = {
  name: 'referer',
  title: { en: 'Referer', zh: 'Referer' },
  meaning: 'Referrer as the client named it; `-` where the request has none',
  keys: 'referrer',
  item: orDash('referrer'),
  ofOneDomain: false,
}
const client: Ranked = {
  name: 'ip',
  title: { en: 'IP', zh: 'IP' },
  meaning: 'Client address as kept; `-` where the line has none',
  keys: 'client_ip',
  item: `if(client_ip = toIPv6('::'), '-', replaceRegexpOne(toString(client_ip), '^::ffff:([0-9]+[.][0-9.]+)$', '\\\\1'))`,
  ofOneDomain: false,
}

/** URLs with their query strings. */
export const topUrlDetail = topList(url)

/** URLs without query strings. */
export const topPathDetail = topList(path)
export const topUaDetail = topList(userAgent)
export const topRefererDetail = topList(referrer)
export const topIpDetail = topList(client)

/** The items that rank highest in the whole range: of each domain, or of all together. */
function topList(ranked: Ranked): Report {
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

/** The daily totals have URLs, and no clients' places. */
const usesDays = (ranked: Ranked, request: ExportRequest) =>
  ranked.ofOneDomain && !isFiltered(request) && wholeDays(request) !== null

/** Requests are needed only if the range begins or ends within a day of the totals. */
function needsOfDays(request: ExportRequest): Need[] {
  const days = wholeDays(request)
  if (days === null) throw new Error('a range without a whole day has no daily totals')
  const needs: Need[] = [...needsFrom(request), { source: 'url_daily', startTimeMs: days.startTimeMs }]
  const partDayMs = request.startTimeMs < days.startTimeMs ? request.startTimeMs : days.endTimeMs
  if (partDayMs === request.endTimeMs) return needs
  return [...needs, { source: 'request', startTimeMs: partDayMs, hint: 'whole days of UTC+8 need none' }]
}

async function* slices(ranked: Ranked, input: ReportInput): AsyncGenerator<Slice> {
  const { request, domains } = input
  const days = wholeDays(request) ?? { startTimeMs: request.endTimeMs, endTimeMs: request.endTimeMs }
  const parameters = {
    ...commonParameters(input),
    ...placeParameters(request),
    from: request.startTimeMs / 1000,
    to: request.endTimeMs / 1000,
    daysFrom: days.startTimeMs / 1000,
    daysTo: days.endTimeMs / 1000,
    loadIdsToRollUp: input.version.loadIdsToRollUp,
    limit: request.topRows,
  }
  const sql = sqlOf(ranked, request)
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

/** Slots are filled only with these constants. */
function sqlOf(ranked: Ranked, request: ExportRequest): string {
  const byRequests = request.statType === 'req_num'
  const requests = fillSlots(requestsInRange, { visible: visibleSql, place: placeSql(request) })
  const items = usesDays(ranked, request)
    ? fillSlots(itemsFromDays, { visible: visibleSql, requests })
    : fillSlots(itemsFromRequests, { requests })
  const isGrouped = request.groupBy !== null
  const groupsByDomain = ranked.ofOneDomain || isGrouped
  return fillSlots(statement, {
    items,
    all_items: isFiltered(request)
      ? fillSlots(itemsFromRequests, { requests })
      : fillSlots(itemsFromUsage, { visible: visibleSql }),
    keys: ranked.ofOneDomain || !isGrouped ? ranked.keys : `domain, ${ranked.keys}`,
    item: ranked.item,
    row_domain: groupsByDomain ? 'toString(domain)' : `''`,
    rank_domain: isGrouped ? 'toString(domain)' : `''`,
    value: byRequests ? 'requests' : 'flux',
    total: byRequests ? 'sum(item_requests)' : 'sum(toUInt128(item_flux))',
  })
}
