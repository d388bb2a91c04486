import type { Stats } from 'node:fs'
import { chmod, lstat, readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../errors.ts'
import type { Logger } from '../logger.ts'

/** Bits of a mode that give anything to a group or to others. */
const othersBits = 0o077

/** Files of secrets: one that others could read may be known to them. */
const secretNames = ['master.key', 'credentials.json']

/** Modes that are looked at, at once. */
const atOnce = 64

/** Whether this process may do anything on the machine. False where there are no user ids. */
const isRoot = (): boolean => process.geteuid?.() === 0

/** @throws ConfigError as root, unless it was asked for */
export function assertMayRun(allowRoot: boolean): void {
  if (!isRoot() || allowRoot) return
  throw new ConfigError(
    'fluxport does not run as root, so that nothing but its own data is within its reach. Start it as a user of its own, ' +
      'or, where there is no other, as in a container, with --allow-root yes (FLUXPORT_ALLOW_ROOT=yes).',
  )
}

/**
 * What of a directory is not its owner's alone, as a sentence for people; null: nothing, or it is not there. What lies in a
 * directory that nobody else can enter is not looked at.
 */
export async function modesProblem(directory: string): Promise<string | null> {
  const found = await stat(directory).catch(() => null)
  if (found === null || process.geteuid === undefined) return null
  if (found.uid !== process.geteuid()) return `${directory} belongs to another user (uid ${found.uid})`
  const open = await openToOthers(directory, found)
  if (open.length === 0) return null
  const [first] = open
  return `${open.length} files and directories are open to other users, ${first} for one: the next start of serve closes them`
}

/**
 * Makes a directory of ours, and everything in it, our user's alone: what an earlier version or another program made may be
 * open to others. Links are not followed, but for the directory itself and those in it.
 * @param flag the option that names the directory
 * @throws ConfigError when the directory, or something in it that others may read, is another user's
 */
export async function closeToOthers(named: string, flag: string, log: Pick<Logger, 'warn'>): Promise<void> {
  const directory = await realpath(named)
  const found = await stat(directory)
  if (process.geteuid === undefined) return
  assertOurs(directory, found, flag)
  const open = await openToOthers(directory, found)
  for (const path of open) {
    const status = await lstat(path).catch(() => null)
    if (status === null) continue
    assertOurs(path, status, flag)
    await chmod(path, status.mode & 0o7700)
  }
  if (open.length === 0) return
  const secrets = secretNames.filter((name) => open.includes(join(directory, name)))
  log.warn({ directory, entries: open.length, secrets }, 'data_directory.closed_to_others')
}

/** @throws ConfigError when the directory is another user's */
export async function assertOwned(named: string, flag: string): Promise<void> {
  const directory = await realpath(named)
  if (process.geteuid !== undefined) assertOurs(directory, await stat(directory), flag)
}

function assertOurs(path: string, { uid }: Stats, flag: string): void {
  if (uid === process.geteuid?.()) return
  throw new ConfigError(
    `--${flag}: ${path} belongs to another user (uid ${uid}) than the one that runs fluxport (uid ${process.geteuid?.()}): ` +
      'run it as that user, give the directory and all in it to this one (chown -R), or name one below it that is not there yet',
  )
}

/** Paths that a group or others may do anything with, outermost first; nobody gets to what a closed directory has. */
async function openToOthers(directory: string, found: Stats): Promise<string[]> {
  const isOpen = (found.mode & othersBits) !== 0
  const open = isOpen ? [directory] : []
  for (const name of await readdir(directory)) {
    const path = join(directory, name)
    const real = await realpath(path).catch(() => path)
    // What a link leads to has another way to it than through this directory.
    open.push(...(await openBelow(real, isOpen || real !== path)))
  }
  return open
}

/** @param isEntered whether others may get to `path` */
async function openBelow(path: string, isEntered: boolean): Promise<string[]> {
  const found = await lstat(path).catch(() => null)
  if (found === null || found.isSymbolicLink() || (found.mode & othersBits) === 0) return []
  if (!found.isDirectory() || !isEntered) return [path]
  const open = [path]
  const names = await readdir(path)
  for (let at = 0; at < names.length; at += atOnce) {
    const below = names.slice(at, at + atOnce).map((name) => openBelow(join(path, name), true))
    for (const paths of await Promise.all(below)) open.push(...paths)
  }
  return open
}
