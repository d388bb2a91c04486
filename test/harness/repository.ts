import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.test', '-c', 'commit.gpgsign=false']

/** Runs git in a directory, without what a person or a hook has set for it. @returns what it wrote */
export function git(directory: string, ...args: string[]): string {
  const env = { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }
  return execFileSync('git', [...author, ...args], { cwd: directory, env, encoding: 'utf8', stdio: 'pipe' }).trim()
}

/** Makes a repository whose one commit has these files. */
export async function makeRepository(directory: string, files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true })
    await writeFile(join(directory, name), text)
  }
  git(directory, 'init', '--quiet', '--initial-branch', 'main')
  git(directory, 'add', '--all')
  git(directory, 'commit', '--quiet', '--message', 'Begin')
}
