import type { Stats } from 'node:fs'
import { chmod, lstat, readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../errors.ts'
import type { Logger } from '../logger.ts'

/** Mode bits that give a group or others any right. */
const othersBits = 0o077

/** Files of secrets: others may know a secret that they could read. */
const secretNames = ['master.key', 'credentials.json']

/** Most modes read at once. */
const atOnce = 64

/** True if this process has all rights on the machine; false where there are no user ids. */
const isRoot = (): boolean => process.geteuid?.() === 0

/** @throws ConfigError as root, unless `allowRoot` */
export function assertMayRun(allowRoot: boolean): void {
  if (!isRoot() || allowRoot) return
  throw new ConfigError(
    'fluxport does not run as root, so that nothing but its own data is within its reach. Start it as a user of its own, ' +
      'or, where there is no other, as in a container, with --allow-root yes (FLUXPORT_ALLOW_ROOT=yes).',
  )
}

/**
 * Names the part of a directory that others may use, as a sentence for people; null: none, or the directory is missing.
 * The content of a directory that nobody else can enter is not examined.
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
 * Restricts a directory of Fluxport, and everything in it, to its own user: an earlier version or another program may
 * have left it open to others. Links are not followed, except for the directory itself and those directly in it.
 * @param flag the option that names the directory
 * @throws ConfigError when the directory, or something in it that others may read, belongs to another user
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

/** @throws ConfigError when the directory belongs to another user */
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

/**
 * Paths to which a group or others have any right, outermost first. Nobody reaches the content of a closed directory.
 */
async function openToOthers(directory: string, found: Stats): Promise<string[]> {
  const isOpen = (found.mode & othersBits) !== 0
  const open = isOpen ? [directory] : []
  for (const name of await readdir(directory)) {
    const path = join(directory, name)
    const real = await realpath(path).catch(() => path)
    // A link's target can be reached on other ways than through this directory.
    open.push(...(await openBelow(real, isOpen || real !== path)))
  }
  return open
}

/** @param isEntered true if others may reach `path` */
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
