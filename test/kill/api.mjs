// The server as its clients see it, and the engine behind it as only a test may.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const patienceMs = 60_000

/** Signed requests to one running server. */
export async function openApi(build, dataDir, endpoint) {
  const { signRequest } = await build.load('auth/sign-request.js')
  const key = JSON.parse(await readFile(join(dataDir, 'credentials.json'), 'utf8'))

  /** @returns status and JSON. @throws when nobody answers */
  const call = async (method, path, options = {}) => {
    const url = new URL(path, endpoint)
    for (const [name, value] of Object.entries(options.query ?? {})) {
      if (value !== null && value !== undefined) url.searchParams.set(name, String(value))
    }
    const isStream = Buffer.isBuffer(options.body)
    const body = isStream || options.body === undefined ? options.body : JSON.stringify(options.body)
    const headers = signRequest({
      method,
      url,
      accessKey: key.access_key,
      secretKey: key.secret_key,
      nowMs: Date.now(),
      headers: { 'Content-Type': isStream ? 'application/octet-stream' : 'application/json', ...options.headers },
      ...(isStream ? { unsignedPayload: true } : { body: body ?? '' }),
    })
    const signal = AbortSignal.timeout(patienceMs)
    const answer = await fetch(url, { method, headers, signal, ...(body === undefined ? {} : { body }) })
    return { status: answer.status, json: await answer.json() }
  }

  /** The JSON of a good answer. @throws for any other */
  const get = async (path, query) => {
    const { status, json } = await call('GET', path, { query })
    if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${json.error_code} ${json.error_msg}`)
    return json
  }

  return {
    call,
    get,
    /** Every batch, or every task, newest first. */
    batches: () => listAll((query) => get('/api/v1/log-batches', query), 'batches', 1_000),
    tasks: () => listAll((query) => get('/v1/cdn/statistics/export-tasks', query), 'data', 100),
    task: (id) => get(`/api/v1/export-tasks/${id}`),
    createTask: (body) => call('POST', '/v1/cdn/statistics/export-tasks', { body }),
    forget: (batchId) => call('DELETE', `/api/v1/log-batches/${batchId}`),
    push: (log, wait) =>
      call('POST', '/api/v1/log-batches', {
        body: log.bytes,
        headers: { 'Idempotency-Key': log.key },
        query: { ...parametersOf(log), wait },
      }),
  }
}

/** What is said of a log at its delivery, by the API's names. */
export const parametersOf = (log) => ({
  source: log.source,
  service_area: log.area,
  domain: log.domain,
  format: log.namesFormat ? log.format : null,
})

async function listAll(page, name, limit) {
  const found = []
  for (;;) {
    const answer = await page({ limit, offset: found.length })
    found.push(...answer[name])
    if (answer[name].length === 0 || found.length >= answer.total) return { total: answer.total, items: found }
  }
}

/** A finished task's file. @throws when it is not the one that the task says */
export async function download(task) {
  const answer = await fetch(task.download_link, { signal: AbortSignal.timeout(patienceMs) })
  const bytes = Buffer.from(await answer.arrayBuffer())
  if (answer.status !== 200) throw new Error(`the file of task ${task.task_id} answered ${answer.status}`)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (sha256 !== task.sha256) throw new Error(`the file of task ${task.task_id} is not the one that was made`)
  return bytes
}

/** What the engine asks for. That of builds before this module asked for a password alone. */
export async function engineAccess(build, dataDir) {
  const module = await build.load('ports/warehouse/engine/engine-access.js').catch(() => null)
  if (module === null)
    return { user: 'fluxport', password: await readFile(join(dataDir, 'engine', 'password'), 'utf8'), headers: {} }
  return module.readEngineAccess(join(dataDir, 'engine'))
}

/** Rows of a statement, from the engine itself. */
export async function askEngine(build, dataDir, port, sql) {
  const { user, password, headers } = await engineAccess(build, dataDir)
  const settings = 'default_format=JSONEachRow&output_format_json_quote_64bit_integers=0'
  const answer = await fetch(`http://127.0.0.1:${port}/?${settings}`, {
    method: 'POST',
    headers: { ...headers, 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password },
    body: sql,
    signal: AbortSignal.timeout(patienceMs),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`the engine answered ${answer.status}: ${text.slice(0, 300)}`)
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}
