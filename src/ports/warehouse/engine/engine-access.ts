import { randomBytes } from 'node:crypto'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Credentials of requests to the embedded engine: without the headers it answers only 404. */
export type EngineAccess = { user: string; password: string; headers: Readonly<Record<string, string>> }

/** The engine's user for its server. */
export const engineUser = 'fluxport'
/** The header that the engine's only rule for requests demands. */
export const secretHeaderName = 'X-Fluxport-Engine'

/** The file's name in the engine's directory. Earlier versions stored only the password, in `password`. */
const fileName = 'access.json'
const earlierFileName = 'password'
const secretBytes = 32

type AccessFile = { password: string; secret: string }

/**
 * Reads the credentials of the engine on `directory`.
 * @throws Error when it was never started, or the file is not readable
 */
export async function readEngineAccess(directory: string): Promise<EngineAccess> {
  const { password, secret } = JSON.parse(await readFile(join(directory, fileName), 'utf8')) as AccessFile
  return { user: engineUser, password, headers: { [secretHeaderName]: secret } }
}

/**
 * Reads the credentials, or makes them. Only the process that owns the directory may call it, before the engine starts.
 * Secrets that others could read are replaced, as are those of a version that wrote the password into dictionaries.
 */
export async function openEngineAccess(directory: string): Promise<EngineAccess> {
  const path = join(directory, fileName)
  const found = await stat(path).catch(() => null)
  const isPrivate = found !== null && (found.mode & 0o077) === 0
  const known = isPrivate ? await readEngineAccess(directory).catch(() => null) : null
  if (known !== null) return known
  const made: AccessFile = { password: newSecret(), secret: newSecret() }
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    await file.chmod(0o600) // a file that a killed start left keeps its mode
    await file.writeFile(JSON.stringify(made))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  await rm(join(directory, earlierFileName), { force: true })
  return await readEngineAccess(directory)
}

/** 256 bits as text that needs no escaping in a header, in XML or in SQL. */
export const newSecret = (): string => randomBytes(secretBytes).toString('hex')
