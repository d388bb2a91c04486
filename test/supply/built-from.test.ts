import { execFileSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { git, makeRepository } from '../harness/repository.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What the script says of a tree. */
const commitOf = (directory: string) =>
  execFileSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `console.log((await import('./built-from.mjs')).commitOf(process.argv[1]))`,
      directory,
    ],
    { cwd: join(root, 'scripts'), encoding: 'utf8' },
  ).trim()

/** A project with one commit. */
async function project() {
  const { path, remove } = await temporaryDirectory()
  onTestFinished(remove)
  await makeRepository(path, { 'src/a.ts': 'one\n', 'docs/a.md': 'one\n', 'package.json': '{}\n' })
  return path
}

it('is the commit, in 12 digits', async () => {
  const path = await project()
  expect(commitOf(path)).toBe(git(path, 'rev-parse', 'HEAD').slice(0, 12))
})

it.each([
  ['a source', 'src/a.ts'],
  ['a source that git does not know', 'src/b.ts'],
  ['a setting of the package', 'package.json'],
])('says that %s differed', async (_what, name) => {
  const path = await project()
  const commit = commitOf(path)
  appendFileSync(join(path, name), '\n')
  expect(commitOf(path)).toBe(`${commit}-dirty`)
})

it('does not mind a page of the documentation, which makes no other program', async () => {
  const path = await project()
  const commit = commitOf(path)
  appendFileSync(join(path, 'docs/a.md'), 'two\n')
  expect(commitOf(path)).toBe(commit)
})

it('is unknown without git, and is never that of a project around it', async () => {
  const path = await project()
  const copy = join(path, 'vendor', 'fluxport')
  mkdirSync(copy, { recursive: true })
  cpSync(join(path, 'src'), join(copy, 'src'), { recursive: true })
  expect(commitOf(copy)).toBe('unknown')
  rmSync(join(path, '.git'), { recursive: true })
  expect(commitOf(path)).toBe('unknown')
})

it('stands in the build, which says it with its version', async () => {
  const { commit } = JSON.parse(readFileSync(join(root, 'dist/build.json'), 'utf8')) as { commit: string }
  expect(commit).toMatch(/^([0-9a-f]{12}(-dirty)?|unknown)$/)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const said = commit === 'unknown' ? version : `${version} (${commit})`
  expect(await runCommand(root, '--version')).toMatchObject({ code: 0, out: `${said}\n` })
})
