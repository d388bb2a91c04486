import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import { carriers, provinces } from '../../statistics/places.ts'
import { carrierCodeSql, placeParameters, provinceOrOtherSql } from '../../usage/rows/places-sql.ts'
import { geographySql } from '../../usage/rows/rows.ts'
import type { ExportRequest } from '../request/export-request.ts'
import { bucketCount, bucketSlices, domainIndexSql, placeSql } from './bucket-slices.ts'
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

const statement = sqlFile(import.meta.url, './isp-detail.sql')

/** Traffic by bucket and carrier; with `province` requested, by carrier and province. */
export const ispDetail: Report = {
  tables: (request) => [
    {
      name: 'carriers',
      title: { en: 'Carriers', zh: '运营商' },
      rowIs: 'one bucket and carrier; also one domain with `group_by=domain`, one province with `province`',
      columns: [
        ...(request.groupBy ? [domainColumn] : []),
        timeColumn,
        ...carrierColumns,
        ...(request.byProvince ? provinceColumns : []),
        fluxColumn,
        bandwidthColumn,
        requestsColumn,
        ...coverageColumns(request),
      ],
      summed: [fluxColumn.name, requestsColumn.name],
      slices: (input) => {
        const carrierCodes = carriersOf(request)
        const provinceCodes = provincesOf(request)
        return bucketSlices(input, {
          sql: fillSlots(sqlOf(request), coverageSlots(input)),
          itemsPerDomain: itemsPerDomain(request),
          parameters: {
            ...placeParameters(request),
            carriers: carrierCodes,
            carrierNames: carrierCodes.map((code) => carriers[code]?.[request.language] ?? code),
            provinces: request.byProvince ? provinceCodes : [''],
            provinceNames: provinceCodes.map((code) => provinces[code]?.[request.language] ?? code),
            provincesPerCarrier: request.byProvince ? provinceCodes.length : 1,
            loadIdsToRollUp: input.version.loadIdsToRollUp,
          },
        })
      },
    },
  ],
  rowsMax: (request, domainCount) =>
    bucketCount(request) * (request.groupBy ? domainCount : 1) * itemsPerDomain(request),
  needs: (request) => needsFrom(request, isHourly(request) ? 'geography_hourly' : 'request'),
}

const text = (name: string, en: string, zh: string, meaning: string): ReportColumn => ({
  name,
  title: { en, zh },
  type: 'text',
  unit: null,
  meaning,
})
const carrierColumns = [
  text('carrier', 'Carrier', '运营商', 'Name of the clients’ carrier, in the file’s language'),
  text('carrier_code', 'Carrier code', '运营商编码', 'Code of the carrier; `qita` where it is not known or not listed'),
]
const provinceColumns = [
  text('province', 'Province', '省份', 'Name of the clients’ province, in the file’s language'),
  text('province_code', 'Province code', '省份编码', 'Code of the province; `qita` abroad and where it is not known'),
]

const carriersOf = (request: ExportRequest) => request.carriers ?? Object.keys(carriers)
const provincesOf = (request: ExportRequest) => request.provinces ?? Object.keys(provinces)
const itemsPerDomain = (request: ExportRequest) =>
  carriersOf(request).length * (request.byProvince ? provincesOf(request).length : 1)

/** True if the rollup can be used: its hours are UTC's, from which some zones' hours differ. */
const isHourly = (request: ExportRequest) => request.intervalSeconds === 3600 && request.startTimeMs % 3_600_000 === 0

/** Slots are filled only with these constants. */
function sqlOf(request: ExportRequest): string {
  return fillSlots(statement, {
    geography: geographySql(isHourly(request)),
    domain_index: domainIndexSql(request),
    carrier_code: carrierCodeSql,
    carrier_index: placeSql('carrier_code', 'carriers'),
    province_code: request.byProvince ? provinceOrOtherSql : `''`,
    province_index: request.byProvince ? placeSql('province_code', 'provinces') : '0',
  })
}
