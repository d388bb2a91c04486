import { open, readFile, rename } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { CreatedKey } from '../accounts/accounts.ts'

/** The first operator key with its endpoint, for the client commands; only the owner may read it. */
export type Credentials = { endpoint: string; account_id: string; access_key: string; secret_key: string }

/** The server that now runs on a data directory. Its token proves that a client can read the directory. */
export type ServerFile = {
  endpoint: string
  process_id: number
  local_token: string
  /** URL of its embedded engine; null: the engine is a server by URL. */
  engine_url: string | null
  /** True if the kernel confines that engine to its own files; null: a server by URL. Older builds omit it. */
  engine_confined?: boolean | null
  /** The file of its certificate; null: plain HTTP. Older builds omit it. */
  tls_cert?: string | null
}

const credentialsName = 'credentials.json'
const serverName = 'server.json'

/** @returns the file's path */
export async function writeCredentials(dataDir: string, endpoint: string, key: CreatedKey): Promise<string> {
  const credentials: Credentials = {
    endpoint,
    account_id: key.accountId,
    access_key: key.accessKey,
    secret_key: key.secretKey,
  }
  return await writePrivate(join(dataDir, credentialsName), credentials)
}

/** Updates the endpoint after a change of port or host; the key stays valid. */
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
    return null // missing, not readable, or another program's half-written file
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
