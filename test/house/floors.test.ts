import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'

const script = fileURLToPath(new URL('../../scripts/check-house.mjs', import.meta.url))

/** Runs the check on a tree with these files below a house. */
async function checked(files: Record<string, string>, house = 'src') {
  const { path, remove } = await temporaryDirectory()
  onTestFinished(remove)
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, house, name)), { recursive: true })
    await writeFile(join(path, house, name), text)
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, path], { encoding: 'utf8' })
  return { status, out: stdout, err: stderr }
}

const nothing = 'export const nothing = 0\n'

it('allows an import that runs down, and one within a room', async () => {
  const files = {
    'cli/a.ts': "import { nothing } from '../ledger/b.ts'\nimport './c.ts'\n",
    'cli/c.ts': nothing,
    'ledger/b.ts': nothing,
  }
  expect(await checked(files)).toMatchObject({ status: 0, out: 'imports: 2, upward 0, circles 0\n' })
})

it.each([
  ['a value', "import { nothing } from '../exports/a.ts'\n"],
  ['a type', "import type { Nothing } from '../exports/a.ts'\n"],
  ['what is passed on', "export * from '../exports/a.ts'\n"],
  ['what is loaded later', "const a = await import('../exports/a.ts')\n"],
])('refuses %s from a higher floor, and names both files', async (_what, text) => {
  const { status, err } = await checked({ 'ledger/b.ts': text, 'exports/a.ts': nothing })
  expect(status).toBe(1)
  expect(err).toContain('src/ledger/b.ts may not import src/exports/a.ts')
})

it('refuses a page of the console that imports another page, and a part that imports a page', async () => {
  const files = {
    'pages/month/a.tsx': "import { nothing } from '../usage/b.tsx'\n",
    'pages/usage/b.tsx': nothing,
    'figure/c.tsx': "import '../pages/usage/b.tsx'\n",
  }
  const { err } = await checked(files, 'console/src')
  expect(err).toContain('console/src/pages/month/a.tsx may not import console/src/pages/usage/b.tsx')
  expect(err).toContain('console/src/figure/c.tsx may not import console/src/pages/usage/b.tsx')
})

it('refuses an import from the room beside', async () => {
  const { err } = await checked({ 'ingest/a.ts': "import '../exports/b.ts'\n", 'exports/b.ts': nothing })
  expect(err).toContain('src/ingest/a.ts may not import src/exports/b.ts')
})

it('refuses a circle of files, one of folders, and a room without a floor', async () => {
  const files = {
    'ledger/a.ts': "import type { B } from './b.ts'\n",
    'ledger/b.ts': "import { a } from './a.ts'\n",
    'exports/run/c.ts': "import '../tasks/d.ts'\n",
    'exports/tasks/d.ts': nothing,
    'exports/tasks/e.ts': "import '../run/f.ts'\n",
    'exports/run/f.ts': nothing,
    'attic/g.ts': "import './h.ts'\n",
    'attic/h.ts': nothing,
  }
  const { err, out } = await checked(files)
  expect(err).toMatch(/a circle: src\/ledger\/[ab]\.ts, src\/ledger\/[ab]\.ts/)
  expect(err).toMatch(/a circle: src\/exports\/(run|tasks), src\/exports\/(run|tasks)/)
  expect(err).toContain('src/attic/g.ts stands on no floor')
  expect(out).toContain('circles 2')
})

it('says in one file which rows count: no other has its condition', () => {
  const directory = fileURLToPath(new URL('../../src/', import.meta.url))
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?<!\.test)\.(ts|sql)$/.test(name),
  )
  const naming = files.filter((name) => readFileSync(join(directory, name), 'utf8').includes('{hiddenLoadIds:'))
  expect(naming).toEqual(['ledger/visible.ts'])
})
