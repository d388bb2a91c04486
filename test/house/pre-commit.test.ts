import { cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { git, makeRepository } from '../harness/repository.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const nothing = 'export const nothing = 0\n'
/** The smallest project that the checks accept. */
const tree = {
  ...Object.fromEntries(['README.md', 'CONTRIBUTING.md', 'SECURITY.md'].map((name) => [name, '# A\n'])),
  ...Object.fromEntries(['guide', 'reference', 'development'].map((name) => [`docs/${name}/a.md`, '# A\n'])),
  ...Object.fromEntries(['src/ledger', 'console/src', 'test', 'bench'].map((name) => [`${name}/a.ts`, nothing])),
  '.gitignore': 'node_modules\n',
}

/** A project with this one's checks, whose hook is enabled as `npm run setup` does it. */
async function project() {
  const { path, remove } = await temporaryDirectory()
  onTestFinished(remove)
  await cp(join(root, 'scripts'), join(path, 'scripts'), { recursive: true })
  await cp(join(root, '.githooks'), join(path, '.githooks'), { recursive: true })
  await cp(join(root, 'biome.json'), join(path, 'biome.json'))
  await symlink(join(root, 'node_modules'), join(path, 'node_modules'))
  await makeRepository(path, tree)
  git(path, 'config', 'core.hooksPath', '.githooks')
  return path
}

/** Stages a file and commits. @returns what the hook said; null when the commit was made */
async function commit(path: string, name: string, text: string) {
  await mkdir(join(path, name, '..'), { recursive: true })
  await writeFile(join(path, name), text)
  git(path, 'add', name)
  try {
    git(path, 'commit', '--quiet', '--message', 'Go on')
    return null
  } catch (error) {
    return String((error as { stderr: unknown }).stderr)
  }
}

it('lets a commit pass that CI would not refuse, one of a page alone and one of nothing', async () => {
  const path = await project()
  expect(await commit(path, 'src/ledger/b.ts', nothing)).toBeNull()
  expect(await commit(path, 'docs/guide/b.md', '# B\n')).toBeNull()
  git(path, 'rm', '--quiet', 'docs/guide/b.md')
  git(path, 'commit', '--quiet', '--message', 'Remove it')
})

it.each([
  ['a file that is not laid out', 'src/ledger/b.ts', 'export const nothing   = 0\n', 'Formatter would have printed'],
  ['what lint refuses', 'src/ledger/b.ts', 'export const nothing: any = 0\n', 'noExplicitAny'],
  ['a warning of lint', 'src/ledger/b.ts', 'const nothing = 0\n', 'noUnusedVariables'],
  ['a file that is too long', 'test/b.ts', `${nothing.replace('nothing', 'a')}${'// why\n'.repeat(300)}`, '301 lines'],
  ['an import that runs up', 'src/ledger/b.ts', "import '../exports/a.ts'\n", 'may not import'],
  ['a statement', 'src/ledger/b.ts', "export const sql = 'DELETE FROM usage'\n", 'a .sql file of its own'],
  ['a turn of phrase', 'docs/guide/b.md', 'A file has so many lines.\n', 'say the number'],
])('refuses %s, and says what it is', async (_what, name, text, said) => {
  expect(await commit(await project(), name, text)).toContain(said)
})
