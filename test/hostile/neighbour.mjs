// An account with a domain and keys of its own, that pushes lines and exports them, and knows how many they are.
import { setTimeout as delay } from 'node:timers/promises'

const patienceMs = 120_000
const range = { start_time: 1_788_220_800_000, end_time: 1_788_224_400_000 }

export async function neighbour(build, operator, endpoint, name) {
  const { signRequest } = await build.load('auth/sign-request.js')
  const domain = `www.${name}.test`
  const { key, token } = await keysOf(operator, name, domain)
  const { call, push } = clientOf(signRequest, endpoint, key, token)
  let pushed = 0

  const pushLine = async () => {
    const line = `[01/Sep/2026:08:00:01 +0800] 198.51.100.7 35 "-" "HTTP/1.1" "GET" "${domain}" "/${pushed}" 200 1000 HIT "x" "-" 203.0.113.9\n`
    const headers = { 'Idempotency-Key': `${name}-${pushed}` }
    const { json, status } = await push('/api/v1/log-batches?wait=true', Buffer.from(line), headers)
    if (json.state !== 'loaded') throw new Error(`${name}’s push answered ${status} ${JSON.stringify(json)}`)
    pushed += 1
  }
  return {
    /** Pushes and exports, one after the other. @returns how long each took, ms */
    work: async (rounds) => {
      const times = []
      for (let n = 0; n < rounds; n++) {
        const startMs = performance.now()
        await pushLine()
        const pushMs = performance.now() - startMs
        await exported(call, domain)
        times.push({ pushMs, exportMs: performance.now() - startMs - pushMs })
      }
      return times
    },
    /** @returns what is wrong with what it has pushed, or null */
    compare: async () => {
      const rows = (await exported(call, domain)).trim().split('\r\n').slice(1)
      const requests = rows.reduce((sum, row) => sum + Number(row.split(',')[3] ?? 0), 0)
      return requests === pushed ? null : `${name} has ${requests} requests of ${pushed}`
    },
  }
}

/** An account with a domain, its key, and a token to push with. */
export async function keysOf(operator, name, domain) {
  const made = async (path, body, method = 'POST') => {
    const { status, json } = await operator.call(method, path, { body })
    if (status !== 200) throw new Error(`${path} answered ${status}: ${json.error_msg}`)
    return json
  }
  const { account_id: accountId } = await made('/api/v1/accounts', { name })
  await made(`/api/v1/domains/${domain}`, { account_id: accountId }, 'PUT')
  const key = await made('/api/v1/access-keys', { role: 'account', account_id: accountId })
  const { ingest_token: token } = await made('/api/v1/access-keys', { role: 'ingest', account_id: accountId })
  return { key, token }
}

/** Signed calls and pushes of an account. */
export function clientOf(signRequest, endpoint, key, token) {
  const call = async (method, path, { query = {}, body } = {}) => {
    const url = new URL(path, endpoint)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value))
    const text = body === undefined ? {} : { body: JSON.stringify(body) }
    const keys = { accessKey: key.access_key, secretKey: key.secret_key, nowMs: Date.now() }
    return await answerOf(url, { method, headers: signRequest({ method, url, ...keys, ...text }), ...text })
  }
  const push = (path, bytes, headers = {}) =>
    answerOf(new URL(path, endpoint), {
      method: 'POST',
      body: bytes,
      headers: { ...headers, Authorization: `Bearer ${token}` },
    })
  return { call, push }
}

async function exported(call, domain) {
  const body = { ...range, domain_name: domain, service_area: 'global', language: 'en' }
  const { json } = await call('POST', '/v1/cdn/statistics/export-tasks', { body })
  for (;;) {
    const { json: task } = await call('GET', `/api/v1/export-tasks/${json.task_id}`)
    if (task.state === 'fail') throw new Error(`an export failed: ${JSON.stringify(task.error)}`)
    if (task.state === 'success') return await (await fetch(task.download_link)).text()
    await delay(20)
  }
}

async function answerOf(url, init) {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(patienceMs) })
  const text = await answer.text()
  return { status: answer.status, json: text.startsWith('{') ? JSON.parse(text) : {} }
}
