import { type Static, Type } from 'typebox'
import type { WholeNumber } from '../exact-json.ts'
import { Nullable, WholeOrNull } from '../http/schemas.ts'
import type { ThenAndNow } from '../ledger/then-and-now.ts'
import type { Asked } from '../ports/warehouse/questions.ts'
import { fillSlots, sqlFile } from '../ports/warehouse/sql-file.ts'
import { type Parameters, spillSettings } from '../ports/warehouse/warehouse.ts'
import { comparedInRange } from './compared-usage.ts'

const domainChangesSql = fillSlots(sqlFile(import.meta.url, './domain-changes.sql'), { compared: comparedInRange })

/** Most domains of an answer. */
const domainsMax = 1_000

/** Changed sums of domains, in the answer on a task's changes. */
export const DomainChanges = Type.Object({
  domains_gone: Type.Integer({
    description: 'Domains of the file that its account no longer has: a new file lacks them, and after is null',
  }),
  domains_come: Type.Integer({
    description: 'Domains that came to the account since: the file lacks them, and before is null',
  }),
  domains_total: Type.Integer({ description: 'Domains whose sums over the range have changed' }),
  domains: Type.Array(
    Type.Object({
      domain_name: Type.String(),
      requests_before: Nullable(Type.Integer()),
      requests_after: Nullable(Type.Integer()),
      flux_before: WholeOrNull('Bytes'),
      flux_after: WholeOrNull('Bytes'),
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
export async function changedDomains(
  engine: Asked,
  held: Pick<ThenAndNow, 'gone' | 'come'>,
  parameters: Parameters,
): Promise<Omit<Static<typeof DomainChanges>, 'domains_gone' | 'domains_come'>> {
  const [gone, come] = [new Set(held.gone), new Set(held.come)]
  const rows = await engine.rows<DomainRow>(domainChangesSql, { ...parameters, limit: domainsMax }, spillSettings)
  return {
    domains_total: rows[0]?.total ?? 0,
    domains: rows.map((row) => {
      const then = !come.has(row.domain)
      const now = !gone.has(row.domain)
      return {
        domain_name: row.domain,
        requests_before: then ? row.requestsBefore : null,
        requests_after: now ? row.requestsAfter : null,
        flux_before: then ? row.fluxBefore : null,
        flux_after: now ? row.fluxAfter : null,
      }
    }),
  }
}
