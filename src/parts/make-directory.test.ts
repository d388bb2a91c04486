import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeDirectory } from './make-directory.ts'

it('makes a directory and those above it, for their user alone', async () => {
  const root = await mkdtemp(join(tmpdir(), 'fluxport-make-'))
  const path = join(root, 'a', 'b')
  await makeDirectory(path, 'data-dir')
  await makeDirectory(path, 'data-dir')
  expect((await stat(path)).mode & 0o777).toBe(0o700)
  await writeFile(join(root, 'file'), '')
  await expect(makeDirectory(join(root, 'file'), 'data-dir')).rejects.toThrow('is not a directory')
  await expect(makeDirectory(join(root, 'file', 'a'), 'data-dir')).rejects.toThrow('a file is in the way')
  await rm(root, { recursive: true })
})

it.skipIf(process.platform !== 'linux')('ends below /proc, where Node’s own recursion goes on for ever', async () => {
  await expect(makeDirectory('/proc/nope/data', 'data-dir')).rejects.toThrow(/--data-dir: .*choose another place/)
})
