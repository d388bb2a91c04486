import type { ClickHouseAddress } from './address.ts'
import type { Dictionary, Warehouse } from './warehouse.ts'

/**
 * The statement that makes a dictionary. Where the server has no named collection for it, it holds the password, which the
 * server keeps in its metadata: it goes to the server and nowhere else.
 */
export function dictionarySql(
  dictionary: Dictionary,
  address: Pick<ClickHouseAddress, 'user' | 'password' | 'database' | 'dictionaryCollection'>,
) {
  const { name, columns, key, layout } = dictionary
  const query = dictionary.query.replaceAll('/*database*/', () => quotedName(address.database))
  const reader = address.dictionaryCollection
    ? `NAME ${address.dictionaryCollection}`
    : `USER ${quoted(address.user)} PASSWORD ${quoted(address.password)}`
  const source = `${reader} QUERY ${quoted(query)}`
  return (
    `CREATE OR REPLACE DICTIONARY ${name} (${columns}) PRIMARY KEY ${key} ` +
    `SOURCE(CLICKHOUSE(${source})) LAYOUT(${layout}) LIFETIME(0)`
  )
}

/**
 * Removes the dictionaries that an earlier version gave a password, which lies in their metadata. Those that are asked are
 * made again (geo/geo.ts) before they are.
 */
export async function dropDictionariesWithPasswords(warehouse: Warehouse): Promise<void> {
  const rows = await warehouse.rows<{ name: string }>(
    `SELECT name FROM system.tables
     WHERE database = currentDatabase() AND engine = 'Dictionary' AND create_table_query LIKE '% PASSWORD %'`,
  )
  for (const { name } of rows) await warehouse.command(`DROP DICTIONARY IF EXISTS ${quotedName(name)} SYNC`)
}

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
const quotedName = (text: string) => `\`${text.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
