import { createHmac } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { ownAddress, type Received, type Receiver, startReceiver, withoutOwnAddress } from '../harness/receiver.ts'
import { expectError, type Json, newAccount, newKey, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'
import { registerDomains, startSlowTask } from '../harness/slow-task.ts'

const target = '/v1/cdn/statistics/export-tasks'
const tasks = '/api/v1/export-tasks'

let server: TestServer
let receiver: Receiver
let database: BetterSqlite3.Database

const drip = (response: ServerResponse) => {
  response.writeHead(200)
  const more = setInterval(() => response.write('x'), 300)
  response.on('close', () => clearInterval(more))
}
const endless = (response: ServerResponse) => {
  response.writeHead(200)
  const more = () => {
    while (!response.destroyed && response.write(Buffer.alloc(16_384)));
  }
  response.on('drain', more)
  more()
}

beforeAll(async () => {
  receiver = await startReceiver({
    '/later': (response, n) => response.writeHead(n === 1 ? 500 : 200).end('{}'),
    '/hangs': () => undefined,
    '/drips': drip,
    '/moved': (response) => response.writeHead(307, { Location: `${receiver.url}/elsewhere` }).end(),
    '/gone': (response) => response.writeHead(410).end(),
    '/closes': (response) => response.destroy(),
    '/endless': endless,
    '/upgrades': (response) =>
      response.socket?.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    '/rubbish': (response) => response.socket?.end('this is not HTTP\r\n\r\n'),
  })
  server = await startTestServer({ webhookAllowPrivate: 'yes', exportConcurrency: '1' })
  await server.load(huaweiLine())
  await registerDomains(server, server.credentials.account_id, 100)
  database = new BetterSqlite3(join(server.dataDir, 'fluxport.sqlite'))
})
afterAll(async () => {
  database.close()
  await server.stop()
  await receiver.stop()
})

async function create(path: string, body: Json = {}, key?: Key): Promise<string> {
  const created = await server.call('POST', target, { ...body, webhook_url: receiver.url + path }, key)
  expect(created.status, created.text).toBe(200)
  return String(created.json['task_id'])
}

type Shown = {
  state: string
  next_attempt: number | null
  attempts: { at: number; status: number | null; error: string | null }[]
  url: string
}

/** The task's webhook once it has been tried so often. */
async function tried(id: string, attempts: number, key?: Key): Promise<Shown> {
  for (;;) {
    const { json } = await server.call('GET', `${tasks}/${id}`, undefined, key)
    const webhook = json['webhook'] as Shown
    if (webhook.attempts.length >= attempts) return webhook
    await delay(30)
  }
}

/** As if its time had come. */
const makeDue = (id: string, url?: string) => {
  database.prepare('update webhook_delivery set next_at_ms = 1 where task_id = ?').run(id)
  if (url) database.prepare('update webhook_delivery set url = ? where task_id = ?').run(url, id)
}

const onlyPost = (path: string): Received => {
  expect(receiver.posts(path)).toHaveLength(1)
  return receiver.posts(path)[0] as Received
}

/** As any library for Standard Webhooks does. */
function expectSigned({ headers, body }: Received, secret: string) {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
  expect(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(60)
}

const secretOf = async (key?: Key) => {
  const { status, json } = await server.call('GET', '/api/v1/webhook-secret', undefined, key)
  expect(status).toBe(200)
  expect(json['secret']).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  return String(json['secret'])
}

describe.skipIf(ownAddress === null)(`what is posted when a task has ended ${withoutOwnAddress}`, () => {
  it('says which task, how it ended, and where its file is', async () => {
    const id = await create('/ended', { task_name: 'named 日报' })
    expect(await tried(id, 1)).toEqual({
      url: `${receiver.url}/ended`,
      state: 'delivered',
      next_attempt: null,
      attempts: [{ at: expect.any(Number), status: 200, error: null }],
    })
    const { headers, body } = onlyPost('/ended')
    const { json } = await server.call('GET', `${tasks}/${id}`)
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
    })
    expect(JSON.parse(body)).toEqual({
      type: 'export_task.ended',
      timestamp: new Date(json['state_since'] as number).toISOString(),
      data: {
        ...{ task_id: id, task_name: 'named 日报', status: 'success', state: 'success', action: 'reports_detail' },
        ...{ create_time: json['create_time'], update_time: json['update_time'], rows: json['rows'] },
        // The link is good for whoever reads it on its way.
        ...{ sha256: json['sha256'], download_link: null, error: null },
      },
    })
    expect(body).not.toContain('/downloads/')
  })

  it('has the link in it over http as well where the server is told so', async () => {
    const linking = await startTestServer({ webhookAllowPrivate: 'yes', webhookHttpLinks: 'yes' })
    onTestFinished(linking.stop)
    await linking.call('POST', target, { webhook_url: `${receiver.url}/linked` })
    await expect.poll(() => receiver.posts('/linked').length, { timeout: 20_000 }).toBe(1)
    const { data } = JSON.parse(onlyPost('/linked').body) as { data: { download_link: string } }
    expect((await linking.raw(data.download_link)).status).toBe(200)
  })

  it('is signed with the account’s own secret, which no other account’s is', async () => {
    const other = await newAccount(server, 'receives elsewhere')
    const [ours, theirs] = [await secretOf(), await secretOf(other)]
    expect(await secretOf()).toBe(ours)
    expect(theirs).not.toBe(ours)
    await tried(await create('/signed'), 1)
    expectSigned(onlyPost('/signed'), ours)
    await tried(await create('/signed-theirs', {}, other), 1, other)
    expectSigned(onlyPost('/signed-theirs'), theirs)
    const ingest = await newKey(server, { role: 'ingest' })
    expectError(await sendSigned(server, { target: '/api/v1/webhook-secret', key: ingest }), 403, 'CDN.0004')
  })

  it('comes for a task that was cancelled, and again when that was retried, under another id', async () => {
    const slow = await startSlowTask(server)
    const id = await create('/twice') // waits: one task is worked on at once
    expect((await server.call('POST', `${tasks}/${id}/cancel`)).status).toBe(200)
    await tried(id, 1)
    expect(JSON.parse(onlyPost('/twice').body).data).toMatchObject({
      ...{ task_id: id, state: 'canceled', status: 'fail', download_link: null, rows: null, error: null },
    })
    expect((await server.call('POST', `${tasks}/${id}/retry`)).status).toBe(200)
    expect((await server.call('DELETE', `${tasks}/${slow}`)).status).toBe(200)
    expect(await tried(id, 2)).toMatchObject({ state: 'delivered', attempts: [{ status: 200 }, { status: 200 }] })
    const [first, second] = receiver.posts('/twice')
    expect(JSON.parse(second?.body ?? '')).toMatchObject({ data: { task_id: id, state: 'success' } })
    expect(second?.headers['webhook-id']).not.toBe(first?.headers['webhook-id'])
  })

  it('does not come for a task that was deleted before', async () => {
    const slow = await startSlowTask(server)
    const id = await create('/deleted')
    for (const one of [id, slow]) expect((await server.call('DELETE', `${tasks}/${one}`)).status).toBe(200)
    await tried(await create('/after'), 1)
    expect(receiver.posts('/deleted')).toEqual([])
    expectError(await sendSigned(server, { target: `${tasks}/${id}` }), 404, 'CDN.0003')
  })
})

describe.skipIf(ownAddress === null)(`a receiver ${withoutOwnAddress}`, () => {
  it('that fails is asked again, with the same id and a time and signature of its own', async () => {
    const id = await create('/later')
    const first = await tried(id, 1)
    expect(first).toMatchObject({ state: 'waiting', attempts: [{ status: 500, error: 'HTTP 5xx' }] })
    expect((first.next_attempt ?? 0) - Date.now()).toBeLessThanOrEqual(5_000)
    expect(first.next_attempt).toBeGreaterThan(first.attempts[0]?.at ?? 0)
    await delay(1_000)
    makeDue(id)
    const second = await tried(id, 2)
    expect(second).toMatchObject({
      state: 'delivered',
      next_attempt: null,
      attempts: [{ status: 500 }, { status: 200 }],
    })
    const [before, after] = receiver.posts('/later')
    expect(after?.headers['webhook-id']).toBe(before?.headers['webhook-id'])
    expect(after?.headers['webhook-timestamp']).not.toBe(before?.headers['webhook-timestamp'])
    for (const post of receiver.posts('/later')) expectSigned(post, await secretOf())
    makeDue(id)
    await delay(700)
    expect(receiver.posts('/later')).toHaveLength(2)
  })

  it('that gets it again after the file expired sees the same id', async () => {
    const id = await create('/later?expired')
    const path = '/later?expired'
    await tried(id, 1)
    database.prepare("update webhook_delivery set state = 'waiting' where task_id = ?").run(id)
    database
      .prepare("update export_task set state = 'expired', state_since_ms = state_since_ms - 1000 where id = ?")
      .run(id)
    makeDue(id)
    await tried(id, 2)
    const [first, second] = receiver.posts(path)
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
    expect(JSON.parse(second?.body ?? '').data).toMatchObject({
      state: 'expired',
      status: 'success',
      download_link: null,
    })
  })

  const troubles = [
    { path: '/hangs', error: 'timeout', status: null, state: 'waiting' },
    { path: '/drips', error: 'timeout', status: null, state: 'waiting' },
    { path: '/moved', error: 'HTTP 3xx: redirects are not followed', status: 300, state: 'waiting' },
    { path: '/gone', error: 'HTTP 4xx', status: 400, state: 'failed' },
    { path: '/closes', error: 'no connection', status: null, state: 'waiting' },
    { path: '/upgrades', error: 'no connection', status: null, state: 'waiting' },
    { path: '/rubbish', error: 'no connection', status: null, state: 'waiting' },
    { path: '/endless', error: null, status: 200, state: 'delivered' },
  ]
  it('that is in trouble, or makes some, has the attempt recorded as what it was', async () => {
    const created = await Promise.all(troubles.map(async ({ path }) => ({ path, id: await create(path) })))
    const shown = await Promise.all(created.map(async ({ path, id }) => [path, await tried(id, 1)] as const))
    for (const { path, error, status, state } of troubles) {
      const webhook = Object.fromEntries(shown)[path]
      expect(webhook, path).toMatchObject({ state, attempts: [{ status, error }] })
      expect(webhook?.next_attempt === null, path).toBe(state !== 'waiting')
    }
    expect([receiver.posts('/elsewhere').length, receiver.posts('/gone').length]).toEqual([0, 1])
    for (const { id } of created) await server.call('DELETE', `${tasks}/${id}`)
  })

  it('that takes a post, or takes none, is counted in the metrics', async () => {
    const { text } = await server.raw('/metrics')
    const count = (outcome: string) =>
      Number(new RegExp(`^fluxport_webhook_attempts_total\\{outcome="${outcome}"\\} (\\d+)$`, 'm').exec(text)?.[1])
    expect(['delivered', 'again', 'failed'].map((outcome) => count(outcome) > 0)).toEqual([true, true, true])
  })

  it('that listens no more is asked again', async () => {
    const gone = await startReceiver()
    await gone.stop()
    const created = await server.call('POST', target, { webhook_url: `${gone.url}/` })
    const webhook = await tried(String(created.json['task_id']), 1)
    expect(webhook).toMatchObject({
      state: 'waiting',
      attempts: [{ status: null, error: 'no connection' }],
    })
  })

  it('of which an earlier version recorded names, ports and codes is shown without them', async () => {
    const id = await create('/earlier')
    await tried(id, 1)
    const earlier = [
      { at: 1, status: null, error: 'connect ECONNREFUSED 10.0.0.5:8123' },
      { at: 2, status: null, error: 'getaddrinfo ENOTFOUND db.internal' },
      { at: 3, status: null, error: 'no answer within 10000 ms' },
      { at: 4, status: null, error: 'db.internal is not a public address (--webhook-allow-private would allow it)' },
      { at: 5, status: 418, error: 'HTTP 418' },
    ]
    database.prepare('update webhook_delivery set attempts_json = ? where task_id = ?').run(JSON.stringify(earlier), id)
    expect((await tried(id, 5)).attempts).toEqual([
      { at: 1, status: null, error: 'no connection' },
      { at: 2, status: null, error: 'no connection' },
      { at: 3, status: null, error: 'timeout' },
      { at: 4, status: null, error: 'refused address' },
      { at: 5, status: 400, error: 'HTTP 4xx' },
    ])
  })
})
