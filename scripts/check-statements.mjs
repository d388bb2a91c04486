// One statement, one file: SQL stands in .sql files beside its user. Lists each statement that stands in a source of the
// product, and fails. Kysely builds those of the database; its migrations stay as they were released.
// node scripts/check-statements.mjs [ROOT]
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url))

/** Tests say what they ask beside what they expect. */
const passedOver = /\.(test|contract)\.ts$|^src\/ports\/database\/migrations\//

/** Statements that name a table or a query: `SELECT 1`, `begin` and pragmas ask nothing of the data. */
const verbs = [
  'SELECT\\b(?:(?!\\1)[^])*?(?:\\b|\\\\n)FROM\\b',
  'WITH\\s+\\w+\\s+AS\\b',
  'INSERT\\s+INTO\\b',
  'UPDATE\\s+[^ ]+\\s+SET\\b',
  'DELETE\\s+FROM\\b',
  '(?:ALTER|OPTIMIZE|TRUNCATE|RENAME|EXCHANGE|DETACH|ATTACH)\\s+(?:TABLES?|PARTITION|DICTIONARY)\\b',
  '(?:CREATE|DROP)\\s+(?:OR\\s+REPLACE\\s+)?(?:TABLE|DICTIONARY|VIEW|DATABASE|INDEX)\\b',
  'KILL\\s+QUERY\\b',
  'SYSTEM\\s+(?:START|STOP|FLUSH|RELOAD|SYNC)\\b',
]

/**
 * A string or template that begins with one of them, perhaps within brackets. A sentence begins with one capital letter;
 * the quotes of a comment open nothing.
 */
const statement = new RegExp(
  `(?<!^ *\\*.*)(['"\`])\\s*\\(?\\s*(?:${[...verbs, ...verbs.map((verb) => verb.toLowerCase())].join('|')})`,
  'gm',
)

function* filesBelow(directory) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) yield* filesBelow(path)
    else if (entry.name.endsWith('.ts') && !passedOver.test(relative(root, path))) yield path
  }
}

const found = [...filesBelow(join(root, 'src'))].flatMap((path) => {
  const text = readFileSync(path, 'utf8')
  return [...text.matchAll(statement)].map(({ index, 0: begun }) => {
    const line = text.slice(0, index).split('\n').length
    return `${relative(root, path)}:${line}: ${begun.replaceAll(/\s+/g, ' ')} … stands in a .sql file of its own`
  })
})
for (const problem of found) console.error(problem)
console.log(`statements in sources: ${found.length}`)
if (found.length > 0) process.exit(1)
