import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A test file with one of these starts a part or the program: an engine, a database, a server, a process, git. */
const startsPart =
  /harness\/(engine|server|served|database|postgres|warehouse|command|readers|s3|receiver|repository|oracle)\.ts'|dist\/|startEngineHost|openSqlite|spawn\(/

const testFiles = (directory: string): string[] =>
  readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(directory, name))

/** Whether a file, or what it imports from test/, starts a part. */
function needsParts(path: string, seen = new Set<string>()): boolean {
  if (seen.has(path)) return false
  seen.add(path)
  const text = readFileSync(join(root, path), 'utf8')
  if (startsPart.test(text)) return true
  const imported = [...text.matchAll(/from '(\.[^']+\.ts)'/g)].map(([, target = '']) =>
    relative(root, join(root, dirname(path), target)),
  )
  return imported
    .filter((file) => file.startsWith('test/') && existsSync(join(root, file)))
    .some((file) => needsParts(file, seen))
}

const tests = [...testFiles('src'), ...testFiles('test')].filter((path) => !/^test\/(files|sdk|console)\//.test(path))

/** Test files by what they need: nothing, or parts that are started for them. */
export const unitTests = tests.filter((path) => !needsParts(path))
export const partTests = tests.filter((path) => needsParts(path))
