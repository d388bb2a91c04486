import type { ClickHouseAddress } from './clickhouse.ts'
import type { Dictionary } from './warehouse.ts'

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

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
const quotedName = (text: string) => `\`${text.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
