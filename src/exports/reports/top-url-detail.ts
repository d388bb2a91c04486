import { fillSlots, sqlFile } from '../../sql-file.ts'
import { type Column, commonParameters, type Report, visibleSql } from './report.ts'

const statement = sqlFile(import.meta.url, './top-url-detail.sql')

/** Rows of a query, or of each of its domains when grouped. */
export const topRows = 100

/** The URLs, with their query strings, that cost most. */
export const topUrlDetail: Report = {
  columns: () => columns,
  rowsMax: (request, domainCount) => topRows * (request.groupBy ? domainCount : 1),
  async *slices(input) {
    const { request } = input
    if (input.domains.length === 0) return
    const byRequests = request.statType === 'req_num'
    yield {
      // Slots come from these constants alone.
      sql: fillSlots(statement, {
        visible: visibleSql,
        rank_domain: request.groupBy ? 'toString(domain)' : `''`,
        value: byRequests ? 'requests' : 'flux',
        total: byRequests ? 'sum(requests)' : 'sum(flux_bytes)',
      }),
      parameters: {
        ...commonParameters(input),
        from: request.startTimeMs / 1000,
        to: request.endTimeMs / 1000,
        limit: topRows,
      },
      rows: null,
      settings: {},
    }
  },
}

const columns: Column[] = [
  { name: 'rank', title: { en: 'Rank', zh: '排名' }, type: 'integer', unit: null },
  { name: 'domain', title: { en: 'Domain', zh: '域名' }, type: 'text', unit: null },
  { name: 'url', title: { en: 'URL', zh: 'URL' }, type: 'text', unit: null },
  { name: 'flux', title: { en: 'Traffic (byte)', zh: '流量(Byte)' }, type: 'integer', unit: 'byte' },
  { name: 'requests', title: { en: 'Requests', zh: '请求数' }, type: 'integer', unit: 'request' },
  { name: 'share', title: { en: 'Ratio (%)', zh: '占比(%)' }, type: 'decimal', unit: 'percent' },
]
