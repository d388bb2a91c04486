import type { Database } from '../../ports/database/database.ts'
import type { Secrets } from '../../ports/warehouse/secrets.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import { clientHashSql } from '../../privacy/kept-sql.ts'
import type { LoadPrivacy } from '../../privacy/load-privacy.ts'

const requestsInBuckets = sqlFile(import.meta.url, './requests-in-buckets.sql')

/** The privacy profile that loads were written with. */
type Kept = { client_addresses: string | null; query_strings: string | null }

/** SQL of requests with their digests, and the secrets that it reads. */
type Digests = { requestsInBuckets: string; secrets: Secrets | null }

/**
 * Requests are compared by the columns that all of the loads have: by the hash of clients if some addresses are
 * truncated, and without queries and referrers if those were not kept alike.
 * @param counting loads of the ledger
 * @param written loads that do not count yet
 */
export async function digestsOf(
  { database, privacy }: { database: Database; privacy: LoadPrivacy },
  counting: readonly number[],
  written: readonly Kept[],
): Promise<Digests> {
  const rows = await database.queries
    .selectFrom('load')
    .innerJoin('batch', 'batch.id', 'load.batch_id')
    .select(['batch.client_addresses', 'batch.query_strings'])
    .distinct()
    .where('load.load_id', 'in', [0, ...counting])
    .execute()
  const kept = [...rows, ...written]
  const isTruncated = kept.some((one) => one.client_addresses === 'truncated')
  // A server without the setting kept query strings.
  const isAlike = new Set(kept.map((one) => one.query_strings ?? 'keep')).size === 1
  const text = (column: string) => (isAlike ? column : `''`)
  return {
    requestsInBuckets: fillSlots(requestsInBuckets, {
      client: isTruncated ? `if(client_hash != 0, client_hash, ${clientHashSql})` : 'client_ip',
      query: text('query'),
      referrer: text('referrer'),
    }),
    secrets: isTruncated ? await privacy.clientKey() : null,
  }
}
