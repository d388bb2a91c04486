import { spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'

const script = fileURLToPath(new URL('../../scripts/check-prose.mjs', import.meta.url))

it.each([
  ['docs/guide/a.md', 'Whoever can read it is an operator.', 'begin with a noun'],
  ['docs/guide/a.md', '| One path | Who has two |', 'begin with a noun'],
  ['docs/guide/a.md', 'No digest of ours covers it.', 'of Fluxport'],
  ['src/a.ts', '/** A group has at most so many bytes. */', 'so many'],
  ['src/a.ts', '/** The same of a token. */', 'name the thing again'],
  ['src/a.ts', "throw new Error('The disk is full; come again')", 'retry'],
  ['src/a.ts', "description: 'A label. Ours'", 'Fluxport extension'],
  ['src/a.ts', '/** Who hears of it sends it again. */', 'begin with a noun'],
])('finds what has to be read twice, and says what is better: %s: %s', async (file, line, better) => {
  const { path, remove } = await temporaryDirectory()
  onTestFinished(remove)
  for (const name of ['docs/guide', 'docs/reference', 'docs/development', 'src'])
    await mkdir(join(path, name), { recursive: true })
  for (const name of ['README.md', 'CONTRIBUTING.md', 'SECURITY.md']) await writeFile(join(path, name), '')
  await writeFile(join(path, file), `const plain = 'Most bytes of a group'\n${line}\n`)
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, path], { encoding: 'utf8' })
  expect(status).toBe(1)
  expect(stderr).toContain(`${file}:2`)
  expect(stderr).toContain(better)
  expect(stdout).toContain('1 found')
})
