import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ConfigError, codeOf } from '../errors.ts'

/**
 * Makes a directory of the configuration, and those above it, one by one: below /proc Node's own recursion never ends.
 * @param flag the option that names the directory
 * @throws ConfigError that names the obstacle
 */
export async function makeDirectory(path: string, flag: string): Promise<void> {
  const missing: string[] = []
  for (let at = path; (await stat(at).catch(() => null)) === null && dirname(at) !== at; at = dirname(at))
    missing.unshift(at)
  for (const one of missing) await makeOne(one, path, flag)
  if (!(await stat(path)).isDirectory()) throw new ConfigError(`--${flag}: ${path} is not a directory`)
}

async function makeOne(one: string, path: string, flag: string): Promise<void> {
  try {
    await mkdir(one, { mode: 0o700 })
  } catch (cause) {
    const code = codeOf(cause)
    if (code === 'EEXIST') return
    const reason = reasons[code] ?? `it cannot be made (${code || 'unknown'})`
    throw new ConfigError(`--${flag}: ${path}: ${one === path ? '' : `${one}: `}${reason}`, { cause })
  }
}

const reasons: Record<string, string> = {
  EACCES: 'this user may not make it: make it, and give it to this user',
  EPERM: 'this user may not make it: make it, and give it to this user',
  ENOENT: 'no directory can be made there: choose another place',
  ENOTDIR: 'a file is in the way: choose another place',
  EROFS: 'the file system is read-only: choose another place',
  ENOSPC: 'the disk is full',
}
