import { sql, type Transaction } from 'kysely'
import type { Queries, Tables } from '../../ports/database/schema.ts'

/** The highest known number of each counter. */
export type Counters = Record<'batch' | 'load' | 'data_version', number>

export async function readCounters(queries: Queries): Promise<Counters> {
  const rows = await queries.selectFrom('counter').select(['name', 'value']).execute()
  const of = (name: string) => rows.find((row) => row.name === name)?.value ?? 0
  return { batch: of('batch'), load: of('load'), data_version: of('data_version') }
}

/** The highest numbers that the ledger has recorded. */
export async function highestInUse(queries: Queries): Promise<Counters> {
  const loads = await queries
    .selectFrom('load')
    .select((eb) => [
      eb.fn.max('load_id').as('loadId'),
      eb.fn.max('visible_version').as('visible'),
      eb.fn.max('forgotten_version').as('forgotten'),
    ])
    .executeTakeFirstOrThrow()
  const batches = await queries
    .selectFrom('batch')
    .select((eb) => eb.fn.max('id').as('id'))
    .executeTakeFirstOrThrow()
  const tasks = await queries
    .selectFrom('export_task')
    .select((eb) => eb.fn.max('data_version').as('version'))
    .executeTakeFirstOrThrow()
  return {
    batch: batches.id ?? 0,
    load: loads.loadId ?? 0,
    data_version: Math.max(loads.visible ?? 0, loads.forgotten ?? 0, tasks.version ?? 0),
  }
}

/** Raises a counter to a value; a higher counter stays. */
export async function raiseCounter(tx: Transaction<Tables>, name: keyof Counters, value: number): Promise<void> {
  await sql`update counter set value = ${value} where name = ${name} and value < ${value}`.execute(tx)
}
