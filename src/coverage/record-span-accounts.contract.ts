import { expect, it } from 'vitest'
import { batchForTest, createSqlitePlace, databaseForTest } from '../../test/harness/database.ts'
import type { WarehouseServer } from '../../test/harness/warehouse.ts'
import { beginLoad } from '../ledger/loads.ts'
import { migrateWarehouse } from '../ports/warehouse/migrate.ts'
import type { Warehouse } from '../ports/warehouse/warehouse.ts'
import { allowedSetId } from './allowed-sets.ts'
import { recordSpanAccounts } from './record-span-accounts.ts'

/** The last migration of the build whose spans had no account. */
const schemaBefore = 11

const spansOf = (warehouse: Warehouse) =>
  warehouse.rows<{ loadId: number; accountId: string; set: string; file: string }>(
    `SELECT load_id AS loadId, account_id AS accountId, allowed_set AS set, file_name AS file FROM load_span ORDER BY load_id`,
  )

/** Spans of older ledgers, on every warehouse. */
export function spanAccountsContract(server: () => WarehouseServer) {
  it('says of loads from before whose they are and what their keys might deliver, and goes on after a kill', async () => {
    const warehouse = await server().open()
    await migrateWarehouse(warehouse, schemaBefore)
    const { database } = await databaseForTest(createSqlitePlace)
    const begin = async (accountId: string, allowedDomains: string[] | null) =>
      await beginLoad(database, await batchForTest(database, { accountId, allowedDomains }))
    const ids = [
      await begin('first', null),
      await begin('a', ['x.test', 'y.test']),
      await begin('b', ['x.test', 'y.test']),
      await begin('a', ['y.test', 'x.test']),
      await begin('a', []),
    ]
    const stray = 1_000 // a load that the ledger does not know
    await warehouse.command(
      `INSERT INTO load_span (load_id, source, file_name) SELECT arrayJoin({ids:Array(UInt64)}) AS id, 'edge', toString(id)`,
      { ids: [...ids, stray] },
    )
    await migrateWarehouse(warehouse)
    // A killed process had filled one of the loads.
    await warehouse.command(
      `ALTER TABLE load_span UPDATE account_id = 'first' WHERE load_id = {id:UInt64} SETTINGS mutations_sync = 2`,
      { id: ids[0] ?? 0 },
    )
    expect(await recordSpanAccounts({ database, warehouse })).toBe(4)
    const both = allowedSetId(['x.test', 'y.test'])
    const expected = [
      ['first', ''],
      ['a', both],
      ['b', both],
      ['a', both],
      ['a', allowedSetId([])],
      ['', ''],
    ]
    const spans = await spansOf(warehouse)
    expect(spans.map(({ accountId, set }) => [accountId, set])).toEqual(expected)
    expect(spans.map(({ file }) => Number(file))).toEqual([...ids, stray])
    const sets = await warehouse.rows('SELECT DISTINCT account_id, set_id, domain FROM allowed_set ORDER BY ALL')
    expect(sets).toEqual(
      ['a', 'b'].flatMap((account_id) => ['x.test', 'y.test'].map((domain) => ({ account_id, set_id: both, domain }))),
    )
    expect(await recordSpanAccounts({ database, warehouse })).toBe(0)
    expect(await spansOf(warehouse)).toEqual(spans)
  })
}
