import { spawnSync } from 'node:child_process'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { git, makeRepository } from '../harness/repository.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const script = join(repository, 'scripts/release.mjs')
const run = (...args: string[]) => spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })

const changelog = (...sections: string[]) =>
  ['# Changelog\n', ...sections.map((section) => `## ${section}\n`)].join('\n')
const entry = '\n\n### Fixed\n\n- A figure.\n'
const released = `[1.2.0] - 2026-11-30${entry}`

const files = {
  'package.json': '{ "version": "1.2.0" }',
  'package-lock.json': '{ "version": "1.2.0", "packages": { "": { "version": "1.2.0" } } }',
  'docs/openapi.json': '{ "info": { "version": "1.2.0" } }',
  'CHANGELOG.md': changelog('[Unreleased]', released, `[1.1.0]${entry}`),
}

/** A checkout of 1.2.0 that may be released, but for what is said otherwise. */
async function checkout(more: Record<string, string> = {}) {
  const { path, remove } = await temporaryDirectory()
  onTestFinished(remove)
  await makeRepository(path, { ...files, ...more })
  return path
}

const checked = (path: string) => {
  const { status, stdout, stderr } = run('--check', path)
  return { status, said: stdout + stderr }
}

describe('npm run release', () => {
  it('takes a commit whose version, changelog and tag agree', async () => {
    const path = await checkout()
    expect(checked(path)).toEqual({ status: 0, said: 'release: 1.2.0 may be released\n' })
    git(path, 'tag', 'v1.2.0')
    expect(checked(path).status).toBe(0)
  })

  it.each([
    ['a file that git does not know', (path: string) => writeFileSync(join(path, 'new.ts'), ''), '?? new.ts'],
    ['a file that was changed', (path: string) => appendFileSync(join(path, 'package.json'), '\n'), 'M package.json'],
    ['a tag of another version', (path: string) => git(path, 'tag', 'v1.3.0'), 'tagged v1.3.0, and package.json says'],
    [
      'a version that is the tag of another commit',
      (path: string) => {
        git(path, 'tag', 'v1.2.0')
        git(path, 'commit', '--quiet', '--allow-empty', '--message', 'Go on')
      },
      'v1.2.0 is the tag of another commit',
    ],
  ])('refuses %s', async (_what, change, message) => {
    const path = await checkout()
    change(path)
    expect(checked(path)).toEqual({ status: 1, said: expect.stringContaining(message) })
  })

  const lock = (version: string, own: string) =>
    `{ "version": "${version}", "packages": { "": { "version": "${own}" } } }`
  it.each([
    ['no section of the version', 'CHANGELOG.md', changelog(`[1.1.0] - 2026-10-01${entry}`), 'no section [1.2.0]'],
    [
      'an empty section',
      'CHANGELOG.md',
      changelog('[1.2.0] - 2026-11-30', released.replace('1.2', '1.1')),
      'nothing under',
    ],
    ['a section without a date', 'CHANGELOG.md', changelog(`[1.2.0]${entry}`), 'gives [1.2.0] no date'],
    [
      'a later version above',
      'CHANGELOG.md',
      changelog(`[1.3.0] - 2026-11-30${entry}`, released),
      'later version than',
    ],
    [
      'entries that are not released',
      'CHANGELOG.md',
      changelog(`[Unreleased]${entry}`, released),
      'under [Unreleased]',
    ],
    ['a lock of another version', 'package-lock.json', lock('1.1.0', '1.2.0'), 'package-lock.json names 1.1.0'],
    ['a lock whose own package is another', 'package-lock.json', lock('1.2.0', '1.1.0'), 'names 1.2.0 and 1.1.0'],
    [
      'an API document of another',
      'docs/openapi.json',
      '{ "info": { "version": "1.1.0" } }',
      'docs/openapi.json names',
    ],
  ])('refuses %s', async (_what, name, text, message) => {
    expect(checked(await checkout({ [name]: text }))).toEqual({ status: 1, said: expect.stringContaining(message) })
  })
})

it('packs a tarball that serves, loads and exports in an empty directory: the totals are those of the lines', () => {
  const { status, stdout, stderr } = run('--try')
  expect([status, stdout], stderr).toEqual([
    0,
    expect.stringMatching(/served, loaded and exported: 5000 requests and \d{6,} bytes in lines and file alike\n$/),
  ])
})
