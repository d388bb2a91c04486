import { visibleSql } from '../../ledger/visible.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import { figuresSql, sumsSql } from '../../usage/figures/figures.ts'
import { isFiltered } from '../../usage/rows/place-filter.ts'
import { placeParameters, placeSql } from '../../usage/rows/places-sql.ts'
import { locatedUsageSql } from '../../usage/rows/rows.ts'
import { bucketCount, bucketSlices, domainIndexSql } from './bucket-slices.ts'
import { coverageColumns, coverageSlots } from './coverage-column.ts'
import {
  bandwidthColumn,
  domainColumn,
  fluxColumn,
  needsFrom,
  type Report,
  type ReportColumn,
  requestsColumn,
  timeColumn,
} from './report.ts'

const statement = sqlFile(import.meta.url, './reports-detail.sql')

/** Usage by bucket, of each domain or of all together. Every bucket of the range has a row. */
export const reportsDetail: Report = {
  tables: (request) => [
    {
      name: 'usage',
      title: { en: 'Usage', zh: '用量' },
      rowIs: 'one bucket; with `group_by=domain` one bucket and domain',
      columns: [...(request.groupBy ? [domainColumn] : []), timeColumn, ...figures, ...coverageColumns(request)],
      summed: figures.filter(({ unit }) => unit !== 'bit/s').map(({ name }) => name),
      slices: (input) =>
        bucketSlices(input, {
          sql: fillSlots(statement, {
            visible: visibleSql,
            // The rollup has no places of clients, so requests are counted one by one.
            usage: isFiltered(request) ? `(${locatedUsageSql(placeSql(request))})` : 'usage',
            sums: sumsSql,
            figures: figuresSql('{interval:UInt32}'),
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

type Unit = ReportColumn['unit']

const count = (name: string, en: string, zh: string, unit: Unit, meaning: string): ReportColumn => ({
  name,
  title: { en, zh },
  type: 'integer',
  unit,
  meaning,
})

const ofStatus = (hundreds: number): ReportColumn =>
  count(
    `status_${hundreds}xx`,
    `${hundreds}xx`,
    `${hundreds}xx`,
    'request',
    `Requests answered with ${hundreds}00 to ${hundreds}99`,
  )

/** The columns stand for the contract's sake. */
const originMeaning = 'Always empty: no log format names the origin yet'

const figures: ReportColumn[] = [
  fluxColumn,
  bandwidthColumn,
  requestsColumn,
  count('hits', 'Hits', '命中请求数', 'request', 'Requests answered from a cache; empty when a log does not say'),
  count('hit_flux', 'Hit traffic (byte)', '命中流量(Byte)', 'byte', 'Traffic of the hits; empty as they are'),
  count('origin_flux', 'Origin traffic (byte)', '回源流量(Byte)', 'byte', originMeaning),
  count('origin_bandwidth', 'Origin bandwidth (bit/s)', '回源带宽(bit/s)', 'bit/s', originMeaning),
  count('origin_requests', 'Origin requests', '回源请求数', 'request', originMeaning),
  ...[2, 3, 4, 5].map(ofStatus),
]
