import { open, readFile, rename } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { CreatedKey } from '../accounts/accounts.ts'

/** The first operator key and where to use it, for the client commands; readable by the owner alone. */
export type Credentials = { endpoint: string; account_id: string; access_key: string; secret_key: string }

/** The server that runs on a data directory now. Its token proves that a client can read the directory. */
export type ServerFile = {
  endpoint: string
  process_id: number
  local_token: string
  /** Where its embedded engine listens; null: it is another's. */
  engine_url: string | null
  /** Whether the kernel keeps that engine to its own files; null: it is another's. Older builds did not say. */
  engine_confined?: boolean | null
  /** The file of its certificate; null: it speaks plain HTTP. Older builds did not say. */
  tls_cert?: string | null
}

const credentialsName = 'credentials.json'
const serverName = 'server.json'

/** @returns the path */
export async function writeCredentials(dataDir: string, endpoint: string, key: CreatedKey): Promise<string> {
  const credentials: Credentials = {
    endpoint,
    account_id: key.accountId,
    access_key: key.accessKey,
    secret_key: key.secretKey,
  }
  return await writePrivate(join(dataDir, credentialsName), credentials)
}

/** Follows a change of port or host: the key stays good. */
export async function recordEndpoint(dataDir: string, endpoint: string): Promise<void> {
  const credentials = await readCredentials(dataDir)
  if (credentials && credentials.endpoint !== endpoint) {
    await writePrivate(join(dataDir, credentialsName), { ...credentials, endpoint })
  }
}

type RunningServer = {
  endpoint: string
  localToken: Buffer
  engineUrl: string | null
  isEngineConfined: boolean | null
  tlsCert: string | null
}

export const writeServerFile = (dataDir: string, server: RunningServer) =>
  writePrivate(join(dataDir, serverName), {
    endpoint: server.endpoint,
    process_id: process.pid,
    local_token: server.localToken.toString('hex'),
    engine_url: server.engineUrl,
    engine_confined: server.isEngineConfined,
    tls_cert: server.tlsCert === null ? null : resolve(server.tlsCert),
  } satisfies ServerFile)

export const readCredentials = (dataDir: string) => readJson<Credentials>(join(dataDir, credentialsName))
export const readServerFile = (dataDir: string) => readJson<ServerFile>(join(dataDir, serverName))

async function readJson<T>(path: string): Promise<T | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T
  } catch {
    return null // not there, not ours to read, or half a file of another program
  }
}

async function writePrivate(path: string, content: object): Promise<string> {
  const unfinished = `${path}.unfinished`
  const file = await open(unfinished, 'w', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(content, null, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(unfinished, path)
  return path
}
