import type { ClickHouseAddress } from './address.ts'
import { fillSlots, sqlFile } from './sql-file.ts'
import type { Dictionary, Warehouse } from './warehouse.ts'

const createDictionary = sqlFile(import.meta.url, './create-dictionary.sql')
const dictionariesWithPasswords = sqlFile(import.meta.url, './dictionaries-with-passwords.sql')
const dropDictionary = sqlFile(import.meta.url, './drop-dictionary.sql')

/**
 * The statement that creates a dictionary. Without a named collection for it, the statement holds the password, which
 * the server stores in its metadata; the statement must be sent to the server and nowhere else.
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
  return fillSlots(createDictionary, { name, columns, key, layout, source })
}

/**
 * Removes dictionaries of an earlier version, which hold a password in their metadata. The server recreates the ones in
 * use before they are queried (geo/geo.ts).
 */
export async function dropDictionariesWithPasswords(warehouse: Warehouse): Promise<void> {
  const rows = await warehouse.rows<{ name: string }>(dictionariesWithPasswords)
  for (const { name } of rows) await warehouse.command(fillSlots(dropDictionary, { name: quotedName(name) }))
}

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
const quotedName = (text: string) => `\`${text.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
