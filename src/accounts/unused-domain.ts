import { type Database, nextValue } from '../ports/database/database.ts'
import { sqlFile } from '../ports/warehouse/sql-file.ts'
import type { Warehouse } from '../ports/warehouse/warehouse.ts'

const domainRowsSql = sqlFile(import.meta.url, './domain-rows.sql')

/** A load counted while the tables were looked at. It may have rows of the domain. */
class LedgerMoved extends Error {}

/** Looks at the tables before the domain is kept: each load that counts meanwhile costs one. */
const looksMax = 5

/**
 * Removes a domain without owner and without stored rows, so that a mistyped name does not stay. A load that is being
 * written makes it known again when it counts.
 * @returns false when it stays: it has rows or an owner, or loads counted all the while
 */
export async function removeUnusedDomain(
  database: Database,
  warehouse: Pick<Warehouse, 'rows'>,
  name: string,
): Promise<boolean> {
  for (let look = 0; look < looksMax; look += 1) {
    const version = await dataVersion(database)
    if ((await warehouse.rows(domainRowsSql, { domain: name })).length > 0) return false
    try {
      return await removeAt(database, name, version)
    } catch (error) {
      if (!(error instanceof LedgerMoved)) throw error
    }
  }
  return false
}

async function dataVersion({ queries }: Database): Promise<number> {
  const row = await queries.selectFrom('counter').select('value').where('name', '=', 'data_version').executeTakeFirst()
  return row?.value ?? 0
}

/** @throws LedgerMoved when `version` is not the present one, and nothing is removed then */
const removeAt = (database: Database, name: string, version: number): Promise<boolean> =>
  database.write(async (tx) => {
    if ((await nextValue(tx, 'data_version')) !== version + 1) throw new LedgerMoved()
    const removed = await tx
      .deleteFrom('domain')
      .where('name', '=', name)
      .where('account_id', 'is', null)
      .executeTakeFirst()
    return removed.numDeletedRows > 0n
  })
