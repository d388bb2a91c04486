import { spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'

const script = fileURLToPath(new URL('../../scripts/check-prose.mjs', import.meta.url))

/** A project with these files below src/ and nothing else. */
async function check(files: Record<string, string>) {
  const { path, remove } = await temporaryDirectory()
  onTestFinished(remove)
  for (const name of ['docs/guide', 'docs/reference', 'docs/development', 'src', 'console/src'])
    await mkdir(join(path, name), { recursive: true })
  for (const name of ['README.md', 'CONTRIBUTING.md', 'SECURITY.md']) await writeFile(join(path, name), '')
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, 'src', name), text)
  return spawnSync(process.execPath, [script, path], { encoding: 'utf8' })
}

it.each([
  ['/** A group has at most so many bytes. */', 'so many'],
  ['/** The same of a token. */', 'name the thing again'],
  ["throw new Error('The disk is full; come again')", 'retry'],
  ["description: 'A label. Ours'", 'Fluxport extension'],
  ['/** Who hears of it sends it again. */', 'begin with a noun'],
  ['/** What a load holds. */', 'The bytes of'],
  ['/** It may be repeated. How long a key answers its task. */', 'The bytes of'],
  ['/** Where an attempt keeps its files. */', 'The path of'],
  ['/** The same, in a transaction. */', 'As `name`'],
  ['  // Whoever asks for it waits.', 'an account that'],
  ['/** The key of a server of ours. */', 'Fluxport’s key'],
  ['const rows = 0 // drops what lies below', 'the rows that'],
  ['/** The lines of others are none of its business. */', 'who may see'],
])('finds what has to be read twice, and says what is better: %s', async (line, better) => {
  const { status, stdout, stderr } = await check({ 'a.ts': `const plain = 'Most bytes of a group'\n${line}\n` })
  expect(status).toBe(1)
  expect(stderr).toContain('src/a.ts:2')
  expect(stderr).toContain(better)
  expect(stdout).toContain('1 found')
})

it.each([
  ['Whoever can read it is an operator.', 'begin with a noun'],
  ['| One path | Who has two |', 'begin with a noun'],
  ['No digest of ours covers it.', 'of Fluxport'],
])('finds it on a page: %s', async (line, better) => {
  const { status, stdout, stderr } = await check({ '../docs/guide/a.md': `A page.\n${line}\n` })
  expect([status, stdout]).toEqual([1, expect.stringContaining('1 found')])
  expect(stderr).toContain('docs/guide/a.md:2')
  expect(stderr).toContain(better)
})

it('finds it in the comments of a statement, too', async () => {
  const { stderr, stdout } = await check({ 'a.sql': '-- Whose load a row is.\nSELECT 1 -- kept by whoever asks\n' })
  expect(stderr).toContain('src/a.sql:1')
  expect(stderr).toContain('src/a.sql:2')
  expect(stdout).toContain('2 found')
})

it('passes a question, a clause, a noun and the texts of the program', async () => {
  const lines = [
    '/** What is a bucket? Five minutes. */',
    '/** Where the log has none, the address decides. */',
    '/** The same version, with the number of its account. */',
    "const text = 'What a load holds, whoever asks; what is left of theirs'",
  ]
  const { status, stdout } = await check({ 'a.ts': lines.join('\n') })
  expect([status, stdout]).toEqual([0, expect.stringContaining('0 found')])
})
