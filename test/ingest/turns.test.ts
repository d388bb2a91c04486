import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { newAccount, newKey, send } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

/** So many lines of one letter keep the engine busy for tens of seconds: each is rejected, and kept with its reason. */
const longLines = 8_000_000

type Sender = Key & { account_id: string; token: string; domain: string }

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ pushGroupSeconds: '0' })
})
afterAll(() => server.stop())

/** An account with a domain, and an ingest token. */
async function newSender(name: string): Promise<Sender> {
  const account = await newAccount(server, name)
  const domain = `${name}.example.test`
  await server.call('PUT', `/api/v1/domains/${domain}`, { account_id: account.account_id })
  const { ingest_token: token } = await newKey(server, { role: 'ingest', account_id: account.account_id })
  return { ...account, token, domain }
}

const post = ({ token }: Sender, body: string | Buffer, query: string) =>
  send(server.endpoint, {
    method: 'POST',
    target: `/api/v1/log-batches?${query}`,
    body,
    headers: { Authorization: `Bearer ${token}` },
  })

const longLog = (domain: string, name: string) =>
  gzipSync(huaweiLine({ domain, path: `/${name}` }) + 'a\n'.repeat(longLines), { level: 1 })

const stateOf = async (id: unknown) => (await server.call('GET', `/api/v1/log-batches/${id}`)).json['state']

/** Resolves when the batch is being loaded. */
async function isLoading(id: unknown) {
  while ((await stateOf(id)) === 'queued') await delay(50)
  expect(await stateOf(id)).toBe('loading')
}

async function requestsOf(account: Sender): Promise<number> {
  const startMs = Date.parse('2026-09-01T08:00:00+08:00')
  const range = { start_time: startMs, end_time: startMs + 300_000 }
  const text = await server.exportText({ service_area: 'global', ...range, language: 'en' }, account)
  return Number(text.split('\r\n')[1]?.split(',')[3])
}

describe('while a log of one account is loaded for long', () => {
  it('pushes and files of others are loaded, its own pushes too, and it counts once in the end', async () => {
    const [b, a] = [await newSender('long'), await newSender('other')]
    const long = await post(
      b,
      longLog(b.domain, 'long'),
      'name=long.log.gz&wait=false&format=huawei_offline&rejected_percent_max=100',
    )
    expect(long.status, long.text).toBe(202)
    await isLoading(long.json['batch_id'])
    // More of it waits behind: none of that comes before the other's.
    const next = await post(
      b,
      longLog(b.domain, 'next'),
      'name=next.log.gz&wait=false&format=huawei_offline&rejected_percent_max=100',
    )
    const pushed = await post(a, huaweiLine({ domain: a.domain }), 'wait=true')
    expect([pushed.status, pushed.json['state'], pushed.json['requests']], pushed.text).toEqual([200, 'loaded', 1])
    const file = await post(a, gzipSync(huaweiLine({ domain: a.domain, path: '/file' })), 'name=a.log.gz&wait=true')
    expect([file.status, file.json['state'], file.json['requests']], file.text).toEqual([200, 'loaded', 1])
    const own = await post(b, huaweiLine({ domain: b.domain, path: '/own' }), 'wait=true')
    expect([own.status, own.json['state'], own.json['requests']], own.text).toEqual([200, 'loaded', 1])
    expect([await stateOf(long.json['batch_id']), await stateOf(next.json['batch_id'])]).toEqual(['loading', 'queued'])
    while ((await stateOf(long.json['batch_id'])) === 'loading') await delay(500)
    const ended = (await server.call('GET', `/api/v1/log-batches/${long.json['batch_id']}`)).json
    expect(ended).toMatchObject({ state: 'loaded', requests: 1, rejected_lines: longLines })
    expect([await requestsOf(a), await requestsOf(b)]).toEqual([2, 2])
  })
})
