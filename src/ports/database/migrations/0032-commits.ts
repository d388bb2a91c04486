import type { Kysely } from 'kysely'

/** An account's commit of each month: bytes of billed traffic, and bit/s of percentile bandwidth. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const name of ['commit_traffic_bytes', 'commit_bandwidth_bps'])
    await db.schema.alterTable('account').addColumn(name, 'bigint').execute()
}
