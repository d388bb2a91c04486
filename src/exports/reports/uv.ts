import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import { spillSettings } from '../../ports/warehouse/warehouse.ts'
import { hashedClients, wholeClients } from '../../usage/clients/client-sql.ts'
import { commonParameters } from '../../usage/rows/data.ts'
import { placeParameters, placeSql } from '../../usage/rows/places-sql.ts'
import { requestsSql } from '../../usage/rows/rows.ts'
import { bucketCount, bucketSlices, domainIndexSql } from './bucket-slices.ts'
import { coverageColumns, coverageSlots } from './coverage-column.ts'
import {
  domainColumn,
  needsFrom,
  type Report,
  type ReportColumn,
  type ReportInput,
  type Slice,
  timeColumn,
} from './report.ts'

const statement = sqlFile(import.meta.url, './uv.sql')
const rangeStatement = sqlFile(import.meta.url, './uv-range.sql')

/** Distinct client addresses by bucket, and of the whole range (usage/clients/client-sql.ts says who is a client). */
export const uv: Report = {
  tables: (request) => [
    {
      name: 'clients',
      title: { en: 'Clients', zh: '独立访客' },
      rowIs: 'one bucket; with `group_by=domain` one bucket and domain',
      columns: [
        ...(request.groupBy ? [domainColumn] : []),
        timeColumn,
        clients,
        rangeClients,
        ...coverageColumns(request),
      ],
      slices,
    },
  ],
  rowsMax: (request, domainCount) => bucketCount(request) * (request.groupBy ? domainCount : 1),
  needs: (request) => needsFrom(request, 'request'),
  countsClients: true,
}

const clients: ReportColumn = {
  name: 'uv',
  title: { en: 'UV', zh: 'UV' },
  type: 'integer',
  unit: 'address',
  meaning: 'Distinct client addresses in the bucket',
}
const rangeClients: ReportColumn = {
  name: 'range_uv',
  title: { en: 'UV of the whole range', zh: '整个时段UV' },
  type: 'integer',
  unit: 'address',
  meaning: 'Distinct client addresses in the whole range; the same in each row of a domain',
}

async function* slices(input: ReportInput): AsyncGenerator<Slice> {
  const { request } = input
  const { hasClient, client } = input.hasHashedClients ? hashedClients : wholeClients
  const requests = requestsSql(`${placeSql(request)} AND ${hasClient}`)
  const slots = { requests, client, domain_index: domainIndexSql(request) }
  const parameters = placeParameters(request)
  const found = await input.rows<{ domain_index: number; clients: number }>(
    fillSlots(rangeStatement, slots),
    { ...commonParameters(input), ...parameters, from: request.startTimeMs / 1000, to: request.endTimeMs / 1000 },
    spillSettings,
  )
  const countOf = new Map(found.map((row) => [row.domain_index, row.clients]))
  const indexes = request.groupBy ? input.domains.keys() : [0].keys()
  yield* bucketSlices(input, {
    sql: fillSlots(statement, { ...slots, ...coverageSlots(input) }),
    itemsPerDomain: 1,
    parameters: { ...parameters, rangeClients: [...indexes].map((index) => countOf.get(index) ?? 0) },
    settings: spillSettings,
  })
}
