import { visibleSql } from '../../ledger/visible.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import type { Column } from '../files/columns.ts'
import { isFiltered } from '../request/place-filter.ts'
import { bucketCount, bucketSlices, domainIndexSql } from './bucket-slices.ts'
import { coverageColumns, coverageSlots } from './coverage-column.ts'
import { placeParameters, placeSql } from './places-sql.ts'
import {
  bandwidthColumn,
  domainColumn,
  fluxColumn,
  needsFrom,
  type Report,
  requestsColumn,
  timeColumn,
} from './report.ts'

const statement = sqlFile(import.meta.url, './reports-detail.sql')

/** The rollup does not know where clients are: their requests are counted one by one. */
const locatedUsage = sqlFile(import.meta.url, './located-usage.sql')

/** Usage per bucket, of each domain or of all together. Every bucket of the range has its row. */
export const reportsDetail: Report = {
  tables: (request) => [
    {
      name: 'usage',
      title: { en: 'Usage', zh: '用量' },
      columns: [...(request.groupBy ? [domainColumn] : []), timeColumn, ...figures, ...coverageColumns(request)],
      slices: (input) =>
        bucketSlices(input, {
          sql: fillSlots(statement, {
            visible: visibleSql,
            usage: isFiltered(request)
              ? `(${fillSlots(locatedUsage, { visible: visibleSql, place: placeSql(request) })})`
              : 'usage',
            domain_index: domainIndexSql(request),
            ...coverageSlots(input),
          }),
          itemsPerDomain: 1,
          parameters: placeParameters(request),
        }),
    },
  ],
  rowsMax: (request, domainCount) => bucketCount(request) * (request.groupBy ? domainCount : 1),
  needs: (request) => needsFrom(request, isFiltered(request) ? 'request' : undefined),
}

const count = (name: string, en: string, zh: string, unit: Column['unit'] = 'request'): Column => ({
  name,
  title: { en, zh },
  type: 'integer',
  unit,
})

const figures: Column[] = [
  fluxColumn,
  bandwidthColumn,
  requestsColumn,
  count('hits', 'Hits', '命中请求数'),
  count('hit_flux', 'Hit traffic (byte)', '命中流量(Byte)', 'byte'),
  count('origin_flux', 'Origin traffic (byte)', '回源流量(Byte)', 'byte'),
  count('origin_bandwidth', 'Origin bandwidth (bit/s)', '回源带宽(bit/s)', 'bit/s'),
  count('origin_requests', 'Origin requests', '回源请求数'),
  count('status_2xx', '2xx', '2xx'),
  count('status_3xx', '3xx', '3xx'),
  count('status_4xx', '4xx', '4xx'),
  count('status_5xx', '5xx', '5xx'),
]
