import { type Static, Type } from 'typebox'
import type { WholeNumber } from '../exact-json.ts'
import { Whole } from '../http/schemas.ts'
import type { Asked } from '../ports/warehouse/questions.ts'
import { fillSlots, sqlFile } from '../ports/warehouse/sql-file.ts'
import { type Parameters, spillSettings } from '../ports/warehouse/warehouse.ts'
import { comparedInRange } from './compared-usage.ts'

const domainChangesSql = fillSlots(sqlFile(import.meta.url, './domain-changes.sql'), { compared: comparedInRange })

/** Most domains of an answer. */
const domainsMax = 1_000

/** Changed sums of domains, in the answer on a task's changes. */
export const DomainChanges = Type.Object({
  domains_total: Type.Integer({ description: 'Domains whose sums over the range have changed' }),
  domains: Type.Array(
    Type.Object({
      domain_name: Type.String(),
      requests_before: Type.Integer(),
      requests_after: Type.Integer(),
      flux_before: Whole('Bytes'),
      flux_after: Whole('Bytes'),
    }),
    {
      description: `Sums over the task's range and service area, the largest difference of bytes first; at most ${domainsMax}`,
    },
  ),
})

type DomainRow = {
  domain: string
  requestsBefore: number
  requestsAfter: number
  fluxBefore: WholeNumber
  fluxAfter: WholeNumber
  total: number
}

/** Reads the domains whose sums have changed. `parameters` are those of compared-usage.sql. */
export async function changedDomains(engine: Asked, parameters: Parameters): Promise<Static<typeof DomainChanges>> {
  const rows = await engine.rows<DomainRow>(domainChangesSql, { ...parameters, limit: domainsMax }, spillSettings)
  return {
    domains_total: rows[0]?.total ?? 0,
    domains: rows.map((row) => ({
      domain_name: row.domain,
      requests_before: row.requestsBefore,
      requests_after: row.requestsAfter,
      flux_before: row.fluxBefore,
      flux_after: row.fluxAfter,
    })),
  }
}
