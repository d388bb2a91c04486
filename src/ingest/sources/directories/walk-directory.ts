import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isUnfinishedName } from '../files/file-pattern.ts'

/** Deeper trees do not hold logs. */
const depthMax = 16

/**
 * The names of the files below a directory, with `/` between their parts. Hidden and unfinished names and `except` are
 * skipped; links, too, unless `followLinks`, which follows those to files. It reads only names and examines no file.
 * @returns `unread`: directories below that may not be read
 * @throws Error when the directory itself cannot be read
 */
export async function fileNames(
  directory: string,
  options: { recursive: boolean; followLinks: boolean; except: string },
): Promise<{ names: string[]; unread: string[] }> {
  const names: string[] = []
  const unread: string[] = []
  const entriesOf = async (path: string, depth: number) => {
    try {
      return await readdir(path, { withFileTypes: true })
    } catch (error) {
      if (depth === 0) throw error
      unread.push(path)
      return []
    }
  }
  const walk = async (path: string, prefix: string, depth: number) => {
    for (const entry of await entriesOf(path, depth)) {
      if (isUnfinishedName(entry.name) || join(path, entry.name) === options.except) continue
      const name = `${prefix}${entry.name}`
      const isFile = entry.isFile() || (options.followLinks && entry.isSymbolicLink())
      if (isFile) names.push(name)
      else if (isDescent(entry, options, depth)) await walk(join(path, entry.name), `${name}/`, depth + 1)
    }
  }
  await walk(directory, '', 0)
  return { names, unread }
}

const isDescent = (entry: Dirent, options: { recursive: boolean }, depth: number) =>
  options.recursive && entry.isDirectory() && depth < depthMax
