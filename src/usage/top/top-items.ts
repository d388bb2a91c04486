import { visibleSql } from '../../ledger/visible.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import type { Parameters } from '../../ports/warehouse/warehouse.ts'
import type { TimeRange } from '../../statistics/time-range.ts'
import { wholeDays } from '../../statistics/url-days.ts'
import { isFiltered, type PlaceFilter } from '../rows/place-filter.ts'
import { placeSql } from '../rows/places-sql.ts'
import { requestsSql, usageInRangeSql } from '../rows/rows.ts'

const statement = sqlFile(import.meta.url, './top-list.sql')
const itemsFromRequests = sqlFile(import.meta.url, './items-from-requests.sql')
const itemsFromUsage = fillSlots(sqlFile(import.meta.url, './items-from-usage.sql'), { usage: usageInRangeSql })
const itemsFromDays = sqlFile(import.meta.url, './items-from-days.sql')

/**
 * A list's ranking. `keys` are columns of a request, `item` the text made of them, both the program's SQL.
 * `ofOneDomain` is set when an item belongs to a domain, as a URL does.
 */
export type Ranked = { keys: string; item: string; ofOneDomain: boolean }

const orDash = (column: string) => `if(${column} = '', '-', toString(${column}))`

/** Text of a request's address; - for one that has none. */
export const addressSql = `if(client_ip = toIPv6('::'), '-', replaceRegexpOne(toString(client_ip), '^::ffff:([0-9]+[.][0-9.]+)$', '\\\\1'))`

/** Kinds of items that are ranked: those of requests. */
export const rankings = {
  url: {
    keys: 'domain, path, query',
    item: `concat(domain, path, if(query = '', '', concat('?', query)))`,
    ofOneDomain: true,
  },
  path: { keys: 'domain, path', item: 'concat(domain, path)', ofOneDomain: true },
  ua: { keys: 'user_agent', item: orDash('user_agent'), ofOneDomain: false },
  referer: { keys: 'referrer', item: orDash('referrer'), ofOneDomain: false },
  ip: {
    keys: 'client_ip',
    item: addressSql,
    ofOneDomain: false,
  },
} as const satisfies Record<string, Ranked>
export type Ranking = keyof typeof rankings

/** A question for the items that rank highest in a range. `groupBy`: each domain has its own list. */
export type TopQuestion = TimeRange &
  PlaceFilter & { statType: 'flux' | 'req_num'; groupBy: 'domain' | null; topRows: number }

/** True if the daily totals answer: they have URLs, and no clients' places. */
export const usesDays = (ranked: Ranked, asked: TimeRange & PlaceFilter): boolean =>
  ranked.ofOneDomain && !isFiltered(asked) && wholeDays(asked) !== null

/** SQL of a list, with the slot `cells` for the columns. Slots are filled only with these constants. */
export function topItemsSql(ranked: Ranked, asked: TopQuestion): string {
  const byRequests = asked.statType === 'req_num'
  const requests = requestsSql(placeSql(asked))
  const items = usesDays(ranked, asked)
    ? fillSlots(itemsFromDays, { visible: visibleSql, requests })
    : fillSlots(itemsFromRequests, { requests })
  const isGrouped = asked.groupBy !== null
  const groupsByDomain = ranked.ofOneDomain || isGrouped
  return fillSlots(statement, {
    items,
    all_items: isFiltered(asked) ? fillSlots(itemsFromRequests, { requests }) : itemsFromUsage,
    keys: ranked.ofOneDomain || !isGrouped ? ranked.keys : `domain, ${ranked.keys}`,
    item: ranked.item,
    row_domain: groupsByDomain ? 'toString(domain)' : `''`,
    rank_domain: isGrouped ? 'toString(domain)' : `''`,
    value: byRequests ? 'requests' : 'flux',
    total: byRequests ? 'sum(item_requests)' : 'sum(toUInt128(item_flux))',
  })
}

/** Parameters of `topItemsSql`, beside those of the data and the places. */
export function topParameters(asked: TopQuestion, loadIdsToRollUp: readonly number[]): Parameters {
  const days = wholeDays(asked) ?? { startTimeMs: asked.endTimeMs, endTimeMs: asked.endTimeMs }
  return {
    from: asked.startTimeMs / 1000,
    to: asked.endTimeMs / 1000,
    daysFrom: days.startTimeMs / 1000,
    daysTo: days.endTimeMs / 1000,
    loadIdsToRollUp,
    limit: asked.topRows,
  }
}
