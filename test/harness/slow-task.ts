import { setTimeout as delay } from 'node:timers/promises'
import type { Json } from './requests.ts'
import type { Key, TestServer } from './server.ts'

const dayMs = 86_400_000
const endTimeMs = Date.parse('2026-09-01T00:00:00+08:00')

/** Gives an account so many domains, without a request. */
export async function registerDomains(
  server: TestServer,
  accountId: string,
  count: number,
  prefix = 'slow',
): Promise<void> {
  for (let n = 0; n < count; n++) {
    const answer = await server.call('PUT', `/api/v1/domains/${prefix}-${n}.example.test`, { account_id: accountId })
    if (answer.status !== 200) throw new Error(answer.text)
  }
}

/** Rows for every domain and 5 minutes of 90 days: 25,920 a domain. A workbook of a hundred domains takes half a minute. */
export const slowRequest: Json = {
  start_time: endTimeMs - 90 * dayMs,
  end_time: endTimeMs,
  interval: 300,
  group_by: 'domain',
  format: 'xlsx',
}

/** Creates a slow task; answers its id once it is at work. */
export async function startSlowTask(server: TestServer, key?: Key): Promise<string> {
  const created = await server.call('POST', '/v1/cdn/statistics/export-tasks', slowRequest, key)
  if (created.status !== 200) throw new Error(created.text)
  const id = String(created.json['task_id'])
  for (;;) {
    const { json } = await server.call('GET', `/api/v1/export-tasks/${id}`, undefined, key)
    if (json['state'] === 'processing') return id
    if (json['state'] !== 'waiting') throw new Error(`the slow task is ${json['state']}`)
    await delay(10)
  }
}
