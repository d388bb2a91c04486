import type { ClickHouseAddress } from './clickhouse.ts'
import type { Dictionary } from './warehouse.ts'

/** The statement that makes a dictionary. It holds a password: it goes to the server and nowhere else. */
export function dictionarySql(
  dictionary: Dictionary,
  address: Pick<ClickHouseAddress, 'user' | 'password' | 'database'>,
) {
  const { name, columns, key, layout } = dictionary
  const query = dictionary.query.replaceAll('/*database*/', () => quotedName(address.database))
  const source = `USER ${quoted(address.user)} PASSWORD ${quoted(address.password)} QUERY ${quoted(query)}`
  return (
    `CREATE OR REPLACE DICTIONARY ${name} (${columns}) PRIMARY KEY ${key} ` +
    `SOURCE(CLICKHOUSE(${source})) LAYOUT(${layout}) LIFETIME(0)`
  )
}

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
const quotedName = (text: string) => `\`${text.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
