import type { DataVersion } from '../../ledger/data-version.ts'
import { visibleParameters } from '../../ledger/visible.ts'
import type { Parameters } from '../../ports/warehouse/warehouse.ts'
import type { ServiceArea } from '../../statistics/service-areas.ts'

/** The data that a question is about: domains of a service area, in a data version limited to what their owners see. */
export type AskedData = { request: { serviceArea: ServiceArea }; domains: string[]; version: DataVersion }

/** Parameters that every statement on usage or requests has. */
export const commonParameters = ({ request, domains, version }: AskedData): Parameters => ({
  domains,
  serviceArea: request.serviceArea,
  ...visibleParameters(version, domains),
})

/** Reads a small result of the engine. */
export type ReadRows = <Row>(sql: string, parameters: Parameters, settings?: Record<string, number>) => Promise<Row[]>
