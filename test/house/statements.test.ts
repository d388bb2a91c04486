import { spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'

const script = fileURLToPath(new URL('../../scripts/check-statements.mjs', import.meta.url))

async function check(name: string, text: string) {
  const { path, remove } = await temporaryDirectory()
  onTestFinished(remove)
  await mkdir(dirname(join(path, 'src', name)), { recursive: true })
  await writeFile(join(path, 'src', name), `const first = 1\n${text}\n`)
  return spawnSync(process.execPath, [script, path], { encoding: 'utf8' })
}

it.each([
  ["const sql = 'SELECT sum(requests) FROM usage'"],
  ['const sql = `\n  SELECT load_id\n  FROM usage`'],
  ['const lines = `(SELECT line FROM file({path:String}))`'],
  [`const sql = "WITH kept AS (SELECT 1) SELECT * FROM kept"`],
  [`await warehouse.command('ALTER TABLE ' + table + ' DELETE WHERE load_id = 1')`],
  ["await warehouse.command('INSERT INTO usage VALUES (1)')"],
  ["await warehouse.command('DROP DICTIONARY IF EXISTS geo')"],
  ["await warehouse.command('KILL QUERY WHERE 1')"],
  ["const hold = 'SYSTEM START LISTEN HTTP; SELECT 1'"],
  ['const kept = `SELECT * REPLACE (city)\\nFROM (requests)`'],
  ['await sql`update counter set value = 1`.execute(tx)'],
  ['await sql`delete from counter`.execute(tx)'],
])('refuses a statement in a source: %s', async (line) => {
  const { status, stdout, stderr } = await check('ledger/a.ts', line)
  expect([status, stdout]).toEqual([1, 'statements in sources: 1\n'])
  expect(stderr).toContain('src/ledger/a.ts:2: ')
})

it.each([
  ['ledger/a.ts', "const text = 'Select the domains to bill from'.replace('from', '')"],
  ['ledger/a.ts', "const busy = sql<SqlBool>`state = 'queued'`"],
  ['ledger/a.ts', "sqlite.exec('begin immediate')"],
  ['ledger/a.ts', "const is = ['insert', 'update', 'delete']\nimport { a } from './b.ts'"],
  ['ledger/a.ts', '/**\n * Runs `INSERT INTO … SELECT` over a log.\n */'],
  ['ledger/a.test.ts', "await warehouse.rows('SELECT 1 FROM usage')"],
  ['ports/database/migrations/0001.ts', 'await sql`update batch set lines = 0`.execute(db)'],
])('passes what is none, a test, and a migration of the database: %s %s', async (name, line) => {
  const { status, stdout } = await check(name, line)
  expect([status, stdout]).toEqual([0, 'statements in sources: 0\n'])
})
