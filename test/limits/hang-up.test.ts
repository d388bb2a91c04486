import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { signHeaders } from '../harness/requests.ts'
import { registerDomains } from '../harness/slow-task.ts'
import { get, twoAccounts } from './two-accounts.ts'

it('a question ends with who asked it: its statements too, and the next has its place', async () => {
  const settings = { queriesPerAccountMax: '1', queriesAtOnceMax: '1', querySecondsMax: '100000' }
  const two = await twoAccounts({ ...settings, queryBucketsMax: '1000000000000' })
  await registerDomains(two.server, two.greedy.account_id, 300)
  const target = `/api/v1/coverage?start_time=0&end_time=${Date.parse('2026-09-01T00:00:00+08:00')}&interval=3600`
  const running = async () => {
    const sql = "SELECT count() AS running FROM system.processes WHERE query_id LIKE 'fluxport-question-%'"
    return Number((await two.server.warehouse.rows<{ running: number }>(sql))[0]?.running)
  }
  const hangUp = new AbortController()
  const headers = signHeaders(two.server, { target, key: two.greedy })
  const asked = fetch(two.server.endpoint + target, { headers, signal: hangUp.signal })
  asked.catch(() => undefined)
  while ((await running()) === 0) await delay(5)
  hangUp.abort()
  expect((await get(two, two.other, '/api/v1/coverage')).status).toBe(200)
  for (let look = 0; look < 20; look++) {
    expect(await running()).toBe(0)
    await delay(20)
  }
})
