import { sql, type Transaction } from 'kysely'
import type { Queries, Tables } from '../../ports/database/schema.ts'

/** The highest known number of each counter. */
export type Counters = Record<'batch' | 'load' | 'data_version', number>

export async function readCounters(queries: Queries): Promise<Counters> {
  const rows = await queries.selectFrom('counter').select(['name', 'value']).execute()
  const of = (name: string) => rows.find((row) => row.name === name)?.value ?? 0
  return { batch: of('batch'), load: of('load'), data_version: of('data_version') }
}

/** The highest numbers that the ledger has recorded. One query each takes the end of an index. */
export async function highestInUse(queries: Queries): Promise<Counters> {
  const max = (table: 'load' | 'batch' | 'export_task', column: string) =>
    queries
      .selectFrom(table)
      .select(sql<number | null>`max(${sql.ref(column)})`.as('value'))
      .executeTakeFirstOrThrow()
      .then(({ value }) => value ?? 0)
  return {
    batch: await max('batch', 'id'),
    load: await max('load', 'load_id'),
    data_version: Math.max(
      await max('load', 'visible_version'),
      await max('load', 'forgotten_version'),
      await max('export_task', 'data_version'),
    ),
  }
}

/** Raises a counter to a value; a higher counter stays. */
export async function raiseCounter(tx: Transaction<Tables>, name: keyof Counters, value: number): Promise<void> {
  await tx.updateTable('counter').set({ value }).where('name', '=', name).where('value', '<', value).execute()
}
