import { spawnSync } from 'node:child_process'
import { mkdir, open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, type TestContext } from 'vitest'

/** A disk of the test's own, in memory. The test is skipped where none may be mounted. @returns its directory */
export async function mountDisk(context: TestContext, directory: string, megabytes: number): Promise<string> {
  await mkdir(directory)
  const options = ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory]
  const mounted = spawnSync('mount', options, { encoding: 'utf8' })
  if (mounted.status !== 0) context.skip(`no disk may be mounted here: ${mounted.error ?? mounted.stderr}`)
  onTestFinished(() => void spawnSync('umount', ['-l', directory]))
  return directory
}

/** Fills a disk until only so many bytes are free, beside what fills it already. @returns what makes room again */
export async function fill(disk: string, bytesLeft: number): Promise<() => Promise<void>> {
  const filler = join(disk, 'filler')
  const file = await open(filler, 'a')
  const piece = Buffer.alloc(16 << 20)
  try {
    for (;;) {
      const { bavail, bsize } = await statfs(disk)
      const free = bavail * bsize - bytesLeft
      if (free <= 0) break
      await file.write(piece, 0, Math.min(piece.length, free))
    }
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' })
  } finally {
    await file.close()
  }
  return () => rm(filler, { force: true })
}
