import { expect } from 'vitest'
import { keptSourcesMax } from '../../src/ledger/log-keeping.ts'
import { linesOf } from '../harness/customers.ts'
import { logsOf } from '../harness/kept-logs.ts'
import { expectError, type Got, sendSigned } from '../harness/requests.ts'
import type { Driver } from './receiving.ts'
import { push, type Sender, type Two, twoAccounts } from './two-accounts.ts'

const keep = ({ server }: Two, key: Sender, source: string): Promise<Got> =>
  sendSigned(server, {
    ...{ method: 'PUT', target: `/api/v1/kept-logs/${source}`, key },
    body: JSON.stringify({ keep_logs_days: 3_000 }),
  })

/** An account has a number of sources, and bytes of the files that are kept of them. */
export const keptLogs: Driver = async () => {
  const two = await twoAccounts({ storedBytesMax: '1500' })
  const kept = async (account: Sender) => (await logsOf(two.server, account, account.domain)).length
  for (const account of [two.greedy, two.other]) expect((await keep(two, account, 'edge')).status).toBe(200)
  const body = (account: Sender, path: string) => linesOf(account.domain, 2, { path })
  for (const path of ['/1', '/2', '/3', '/4', '/5', '/6'])
    await push(two, two.greedy, { query: '?wait=true&source=edge', body: body(two.greedy, path) })
  await push(two, two.other, { query: '?wait=true&source=edge', body: body(two.other, '/1') })
  const greedys = await kept(two.greedy)
  expect([greedys > 0, greedys < 6, await kept(two.other)]).toEqual([true, true, 1])
  const metrics = await two.server.raw('/metrics')
  expect(metrics.text).toContain(`fluxport_limit_reached_total{limit="kept-logs"} ${6 - greedys}`)

  const names = Array.from({ length: keptSourcesMax - 1 }, (_, n) => `source-${n}`)
  for (let at = 0; at < names.length; at += 100)
    await Promise.all(names.slice(at, at + 100).map((name) => keep(two, two.greedy, name)))
  expectError(await keep(two, two.greedy, 'one-more'), 400, 'CDN.0005')
  expect((await keep(two, two.greedy, 'edge')).status).toBe(200)
  expect((await keep(two, two.other, 'one-more')).status).toBe(200)
}
