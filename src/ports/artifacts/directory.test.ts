import { readdir, stat, symlink, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../../../test/harness/directory.ts'
import { artifactsContract } from './artifacts.contract.ts'
import { openArtifactDirectory } from './directory.ts'

async function rootForTest(): Promise<string> {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  return join(directory.path, 'artifacts')
}

/** Every file below a directory, hidden ones included. */
async function filesBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => !entry.isDirectory())
  return files.map((entry) => relative(root, join(entry.parentPath, entry.name))).sort()
}

async function openForTest(root: string) {
  return { artifacts: await openArtifactDirectory(root), list: () => filesBelow(root) }
}

artifactsContract('A directory', async () => openForTest(await rootForTest()))
artifactsContract('A directory by a relative path', async () =>
  openForTest(relative(process.cwd(), await rootForTest())),
)

describe('a directory of artifacts', () => {
  it('is for its owner alone, and so is what is in it', async () => {
    const root = await rootForTest()
    const { artifacts } = await openForTest(root)
    await artifacts.put('task/1.csv', someBytes(), new AbortController().signal)
    for (const path of [root, join(root, 'task'), join(root, 'task', '1.csv')]) {
      expect((await stat(path)).mode & 0o077).toBe(0)
    }
  })

  it('is not left by a put whose disk fails', async () => {
    const root = await rootForTest()
    const { artifacts, list } = await openForTest(root)
    await writeFile(join(root, 'task'), 'a file where a directory should be')
    await expect(artifacts.put('task/1.csv', someBytes(), new AbortController().signal)).rejects.toThrow()
    expect(await list()).toEqual(['task'])
  })

  it('starts again over what a killed process has left of a put', async () => {
    const root = await rootForTest()
    const { artifacts, list } = await openForTest(root)
    await symlink('nowhere', join(root, 'dangling'))
    await writeFile(join(root, '.a.unfinished'), 'more bytes than the next put has')
    await artifacts.put('a', someBytes(), new AbortController().signal)
    expect(await list()).toEqual(['a', 'dangling'])
    expect(await artifacts.size('a')).toBe(10)
  })
})

async function* someBytes() {
  yield Buffer.from('some bytes')
}
