import { createHash } from 'node:crypto'
import { type Kysely, sql } from 'kysely'

/** Ids of domains in the contract's look-ups, so that one is found without reading all names. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('domain').addColumn('public_id', 'text').execute()
  const { rows } = await sql<{ name: string }>`select name from domain`.execute(db)
  for (const { name } of rows) {
    const id = createHash('sha256').update(`domain ${name}`).digest('hex').slice(0, 32)
    await sql`update domain set public_id = ${id} where name = ${name}`.execute(db)
  }
  await db.schema.createIndex('domain_public_id').on('domain').column('public_id').execute()
}
