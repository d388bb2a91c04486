import { randomBytes } from 'node:crypto'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** What a request to the embedded engine has with it: without the headers the engine answers nothing but 404. */
export type EngineAccess = { user: string; password: string; headers: Readonly<Record<string, string>> }

/** The engine's own user for its server. */
export const engineUser = 'fluxport'
/** The header that the engine's one rule for requests asks for. */
export const secretHeaderName = 'X-Fluxport-Engine'

/** The name of the file in the engine's directory; earlier ones kept the password alone, in `password`. */
const fileName = 'access.json'
const earlierFileName = 'password'
const secretBytes = 32

type AccessFile = { password: string; secret: string }

/** How to reach the engine on `directory`. @throws Error when it has never been started, or the file is not ours to read */
export async function readEngineAccess(directory: string): Promise<EngineAccess> {
  const { password, secret } = JSON.parse(await readFile(join(directory, fileName), 'utf8')) as AccessFile
  return { user: engineUser, password, headers: { [secretHeaderName]: secret } }
}

/**
 * The same, made when there is none: for the engine's own start, by the one process that owns the directory. Secrets that
 * others could read are replaced, as are those of a version that wrote the password into dictionaries.
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
    await file.chmod(0o600) // one that a killed start left keeps its mode
    await file.writeFile(JSON.stringify(made))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  await rm(join(directory, earlierFileName), { force: true })
  return await readEngineAccess(directory)
}

/** 256 bits as text that stands in a header, in XML and in SQL as it is. */
export const newSecret = (): string => randomBytes(secretBytes).toString('hex')
