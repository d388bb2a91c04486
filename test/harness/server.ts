import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { signRequest } from '../../src/auth/sign-request.ts'
import { parseConfig } from '../../src/config/config.ts'
import type { Logger } from '../../src/logger.ts'
import { type Credentials, readCredentials } from '../../src/parts/data-files.ts'
import { openClickHouse } from '../../src/ports/warehouse/clickhouse.ts'
import { readEngineAccess } from '../../src/ports/warehouse/engine/engine-access.ts'
import { dictionaryCollection } from '../../src/ports/warehouse/engine/engine-config.ts'
import type { Warehouse } from '../../src/ports/warehouse/warehouse.ts'
import { type RunningServer, startServer } from '../../src/server/serve.ts'
import { silentLog, temporaryDirectory } from './directory.ts'

export type Key = { access_key: string; secret_key: string }
export type Answer = { status: number; headers: Headers; text: string; json: Record<string, unknown> }

/** A whole server, embedded parts and all, on a directory of its own. */
export type TestServer = {
  endpoint: string
  dataDir: string
  credentials: Credentials
  /** The server's own engine, to look into. */
  warehouse: Warehouse
  /** A signed request; `key` defaults to the first operator's. */
  call(method: string, path: string, body?: unknown, key?: Key): Promise<Answer>
  /** A request as it is, unsigned. */
  raw(path: string, init?: RequestInit): Promise<Answer>
  /** Loads a log's text as a file; answers the batch, or the error's body. */
  load(text: string | Buffer, query?: Record<string, string>): Promise<Answer>
  /** The same of a file that is there. */
  loadFile(path: string, query?: Record<string, string>): Promise<Answer>
  /** Creates a task, waits for it, and answers its file's text. @throws Error when it fails */
  exportText(request: Record<string, unknown>, key?: Key): Promise<string>
  stop(): Promise<void>
}

/**
 * @param flags the server's options by property name, as the command line has them
 * @param how.consoleDirectory in place of the console's build
 */
export async function startTestServer(
  flags: Record<string, string> = {},
  how: { consoleDirectory?: string } = {},
): Promise<TestServer> {
  const directory = await temporaryDirectory()
  const dataDir = flags['dataDir'] ?? join(directory.path, 'data')
  const config = parseConfig(
    { dataDir, port: '0', logLevel: 'silent', requestsPerSecond: '100000', geo: 'off', ...flags },
    {},
  )
  const engine = { port: 0 }
  const server: RunningServer = await startServer(config, logThatFinds(engine), how)
  const credentials = (await readCredentials(dataDir)) as Credentials
  const warehouse = await warehouseOf(dataDir, engine.port)
  const call: TestServer['call'] = async (method, path, body, key = credentials) => {
    const url = new URL(path, server.endpoint)
    const text = body === undefined ? undefined : JSON.stringify(body)
    const headers = signRequest({
      method,
      url,
      accessKey: key.access_key,
      secretKey: key.secret_key,
      nowMs: Date.now(),
      ...(text === undefined ? {} : { body: text }),
    })
    return await answerOf(await fetch(url, { method, headers, ...(text === undefined ? {} : { body: text }) }))
  }
  const loadFile = fileLoader(server.endpoint, dataDir, credentials)
  return {
    endpoint: server.endpoint,
    dataDir,
    credentials,
    warehouse,
    call,
    raw: async (path, init) => answerOf(await fetch(new URL(path, server.endpoint), init)),
    load: async (text, query = {}) => {
      const path = join(directory.path, query['name'] ?? 'access.log')
      await writeFile(path, text)
      return await loadFile(path, query)
    },
    loadFile,
    exportText: (request, key) => exportText(call, request, key),
    stop: async () => {
      await warehouse.close()
      await server.stop()
      await directory.remove()
    },
  }
}

/** The server's own engine; where the engine is another's, one that answers nothing. */
async function warehouseOf(dataDir: string, port: number): Promise<Warehouse> {
  const access = await readEngineAccess(join(dataDir, 'engine')).catch(() => ({ user: '', password: '' }))
  const address = { ...access, url: `http://127.0.0.1:${port}`, database: 'default', readsLocalFiles: false }
  return openClickHouse({ ...address, dictionaryCollection })
}

/** Says nothing, and hears where the engine listens. */
const logThatFinds = (engine: { port: number }): Logger => ({
  ...silentLog,
  child: () => silentLog,
  info: (fields, event) => {
    if (event === 'engine.started' && 'port' in fields) engine.port = Number(fields.port)
  },
})

const readText = async (path: string) => (await import('node:fs/promises')).readFile(path, 'utf8')

const fileLoader =
  (endpoint: string, dataDir: string, key: Key): TestServer['loadFile'] =>
  async (path, query = {}) => {
    const { local_token: token } = JSON.parse(await readText(join(dataDir, 'server.json')))
    return await loadLocal(endpoint, key, token, { path, ...query })
  }

async function loadLocal(endpoint: string, key: Key, token: string, body: object): Promise<Answer> {
  const url = new URL('/api/v1/log-batches/local-file', endpoint)
  const text = JSON.stringify(body)
  const headers = signRequest({
    method: 'POST',
    url,
    body: text,
    accessKey: key.access_key,
    secretKey: key.secret_key,
    nowMs: Date.now(),
    headers: { 'X-Fluxport-Local-Token': token, 'Content-Type': 'application/json' },
  })
  return await answerOf(await fetch(url, { method: 'POST', headers, body: text }))
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text()
  let json: Record<string, unknown> = {}
  try {
    json = JSON.parse(text)
  } catch {
    // not JSON: the text is all there is
  }
  return { status: response.status, headers: response.headers, text, json }
}

async function exportText(call: TestServer['call'], request: Record<string, unknown>, key?: Key): Promise<string> {
  const created = await call('POST', '/v1/cdn/statistics/export-tasks', request, key)
  if (created.status !== 200) throw new Error(created.text)
  const id = String(created.json['task_id'])
  for (;;) {
    const { json } = await call('GET', `/api/v1/export-tasks/${id}`, undefined, key)
    if (json['state'] === 'fail') throw new Error(JSON.stringify(json['error']))
    if (json['state'] === 'success') return await (await fetch(String(json['download_link']))).text()
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}
