import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import type { Served } from './served.ts'

const opened = (dataDir: string) => new BetterSqlite3(join(dataDir, 'fluxport.sqlite'), { readonly: true })

/** Requests and flux of everything that counts, by the ledger of a server's data directory. */
export async function totals(server: Served, dataDir: string) {
  const database = opened(dataDir)
  const visible = database.prepare("select load_id from load where state = 'visible'").pluck().all() as number[]
  database.close()
  const [row] = await server.warehouse.rows<{ requests: number; flux: number }>(
    'SELECT count() AS requests, sum(bytes) AS flux FROM request WHERE load_id IN {visible:Array(UInt64)}',
    { visible },
  )
  return row
}

/** Resolves when what a statement counts in the ledger is none, or some. */
export async function untilCount(dataDir: string, sql: string, isSome: boolean): Promise<void> {
  const database = opened(dataDir)
  const count = database.prepare(sql).pluck()
  while ((count.get() !== 0) !== isSome) await delay(2)
  database.close()
}

/** Resolves when every load counts and is rolled up, or is gone. */
export const untilSettled = (dataDir: string): Promise<void> =>
  untilCount(
    dataDir,
    "select count(*) from load where (state = 'visible' and roll_up <> 'done') or state in ('pending', 'dead', 'forgotten')",
    false,
  )
