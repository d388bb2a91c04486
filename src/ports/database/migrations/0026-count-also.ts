import type { Kysely } from 'kysely'

/** Classes of lines that count although no visitor asked; older batches named none. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('batch')
    .addColumn('count_also_json', 'text', (c) => c.notNull().defaultTo('[]'))
    .execute()
}
