import type { Secrets } from '../../ports/warehouse/secrets.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import { type Parameters, spillSettings } from '../../ports/warehouse/warehouse.ts'
import type { ServiceArea } from '../../statistics/service-areas.ts'
import type { UsageBuckets } from '../figures/usage-buckets.ts'
import { type AskedData, commonParameters } from '../rows/data.ts'
import { requestsSql } from '../rows/rows.ts'
import { hashedClients, wholeClients } from './client-sql.ts'

const statement = sqlFile(import.meta.url, './clients.sql')

/** Distinct clients of a domain in a bucket. Those of a bucket without one are not there. */
export type ClientCount = { domain: string; startMs: number; clients: number }

/** @property secrets the key of client hashes, where some addresses are truncated */
export type ReadWithSecrets = <Row>(
  sql: string,
  parameters: Parameters,
  settings: Record<string, number>,
  secrets: Secrets | null,
) => Promise<Row[]>

type Question = {
  /** Of equal length: 5 minutes, an hour, or days of a zone whose clocks never change. */
  buckets: UsageBuckets & { interval: 300 | 3600 | 86_400 }
  serviceArea: ServiceArea
  /** The key of client hashes; null: every address is whole. */
  clientKey: Secrets | null
}

/** Counts distinct clients by domain and bucket. @param countsMax reads one more at most */
export async function readClients(
  data: Pick<AskedData, 'domains' | 'version'> & { rows: ReadWithSecrets },
  { buckets, serviceArea, clientKey }: Question,
  countsMax: number,
): Promise<ClientCount[]> {
  const { hasClient, client } = clientKey === null ? wholeClients : hashedClients
  const parameters = {
    ...commonParameters({ ...data, request: { serviceArea } }),
    ...{ from: buckets.startTimeMs / 1000, to: buckets.endTimeMs / 1000, interval: buckets.interval },
    limit: countsMax + 1,
  }
  const sql = fillSlots(statement, { client, requests: requestsSql(hasClient) })
  const rows = await data.rows<{ name: string; start: number; clients: number }>(
    sql,
    parameters,
    spillSettings,
    clientKey,
  )
  return rows.map(({ name, start, clients }) => ({ domain: name, startMs: start * 1000, clients }))
}
