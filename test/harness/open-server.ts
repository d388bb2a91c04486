import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from '../../src/ports/database/database.ts'
import { openSqlite } from '../../src/ports/database/sqlite.ts'
import type { Warehouse } from '../../src/ports/warehouse/warehouse.ts'
import { startTestServer, type TestServer } from './server.ts'

/** A server whose engine and database a test changes behind its back. */
export type OpenServer = {
  server: TestServer
  /**
   * Gives every request a place by its client's address: `places` are country, province and carrier, and the last byte
   * says, divided by their number, which one. The rollups know nothing of it.
   */
  locate(places: Place[]): Promise<void>
  /** Has the server make the rollups of every load again. */
  rollUpAgain(): Promise<void>
  /** Resolves when every load is rolled up. */
  rolledUp(): Promise<void>
  /** From now on the ledger says that no load is rolled up, though the rollups have its rows. */
  forgetRollUps(): Promise<void>
  /** And from now on that they are. */
  rememberRollUps(): Promise<void>
  stop(): Promise<void>
}
export type Place = [country: string, province: string, carrier: string]

export async function startOpenServer(flags: Record<string, string>): Promise<OpenServer> {
  const server = await startTestServer(flags)
  const database = await openSqlite(join(server.dataDir, 'fluxport.sqlite'))
  return {
    server,
    locate: (places) => locate(server.warehouse, places),
    rollUpAgain: async () => {
      await rolledUp(database)
      await database.queries.updateTable('load').set({ roll_up: 'none' }).execute()
      await rolledUp(database)
    },
    rolledUp: () => rolledUp(database),
    forgetRollUps: async () => {
      await rolledUp(database)
      // Those of another data directory are left alone.
      await database.queries.updateTable('batch').set({ owner: 'elsewhere' }).execute()
      await database.queries.updateTable('load').set({ roll_up: 'none' }).execute()
    },
    rememberRollUps: async () => {
      await database.queries.updateTable('load').set({ roll_up: 'done' }).execute()
    },
    stop: async () => {
      await database.close()
      await server.stop()
    },
  }
}

async function rolledUp(database: Database): Promise<void> {
  for (;;) {
    const left = await database.queries.selectFrom('load').select('load_id').where('roll_up', '<>', 'done').execute()
    if (left.length === 0) return
    await delay(50)
  }
}

async function locate(warehouse: Warehouse, places: Place[]): Promise<void> {
  const codes = (column: number) => places.map((place) => place[column] ?? '')
  const codeSql = (name: string) =>
    `arrayElement({${name}:Array(String)}, toUInt128(client_ip) % 256 % {count:UInt32} + 1)`
  await warehouse.command(
    `ALTER TABLE request UPDATE country = ${codeSql('countries')}, province = ${codeSql('provinces')},
     carrier = ${codeSql('carriers')} WHERE true SETTINGS mutations_sync = 2`,
    { countries: codes(0), provinces: codes(1), carriers: codes(2), count: places.length },
  )
}
