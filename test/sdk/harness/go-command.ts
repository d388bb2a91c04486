import { mkdir } from 'node:fs/promises'
import { cache, run } from './installations.ts'

/**
 * Runs Go's command, answers what it printed. The user's settings of modules' origins count, and nothing else of the
 * user's is written to.
 */
export async function go(directory: string, args: string[]): Promise<string> {
  await mkdir(`${cache}go/home`, { recursive: true })
  const env = {
    ...process.env,
    GOENV: (await run('go', ['env', 'GOENV'])).trim(),
    GOFLAGS: '-modcacherw',
    GOPATH: `${cache}go/path`,
    GOCACHE: `${cache}go/build`,
    HOME: `${cache}go/home`,
  }
  return await run('go', args, { cwd: directory, env })
}
