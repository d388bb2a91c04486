import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Receiver, startReceiver } from '../harness/receiver.ts'
import { expectError, sendSigned } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

const target = '/v1/cdn/statistics/export-tasks'
const tasks = '/api/v1/export-tasks'

type Shown = { state: string; next_attempt: number | null; attempts: object[] }

describe('a server that posts to public addresses alone', () => {
  let guarded: TestServer
  let receiver: Receiver
  let rows: BetterSqlite3.Database
  beforeAll(async () => {
    guarded = await startTestServer()
    receiver = await startReceiver({}, '127.0.0.1')
    rows = new BetterSqlite3(join(guarded.dataDir, 'fluxport.sqlite'))
  })
  afterAll(async () => {
    rows.close()
    await guarded.stop()
    await receiver.stop()
  })

  it.each(['http://127.0.0.1:9/', 'http://localhost/', 'http://[::ffff:10.0.0.1]/', 'http://169.254.169.254/latest/'])(
    'refuses a create that names %s, and a look at it before',
    async (url) => {
      for (const path of [target, `${tasks}/preflight`]) {
        const body = JSON.stringify({ webhook_url: url })
        const message = expectError(await sendSigned(guarded, { method: 'POST', target: path, body }), 400, 'CDN.0001')
        expect(message).toMatch(/webhook_url.*(is not a public address|is the server's own machine)/)
      }
    },
  )

  it('refuses what turns out to be private when it is posted, and does not try again', async () => {
    const { port } = new URL(receiver.url)
    for (const url of [`http://localhost:${port}/guarded`, `${receiver.url}/guarded`]) {
      const created = await guarded.call('POST', target, { webhook_url: 'https://nobody.invalid/' })
      const id = String(created.json['task_id'])
      const look = async () => (await guarded.call('GET', `${tasks}/${id}`)).json['webhook'] as Shown
      while ((await look()).attempts.length === 0) await delay(30)
      rows.prepare('update webhook_delivery set url = ?, next_at_ms = 1 where task_id = ?').run(url, id)
      while ((await look()).attempts.length === 1) await delay(30)
      const webhook = await look()
      expect(webhook).toMatchObject({ state: 'failed', next_attempt: null })
      expect(webhook.attempts[1]).toMatchObject({ status: null, error: 'refused address' })
    }
    expect(receiver.posts('/guarded')).toEqual([])
  })
})

describe('a server that posts to private addresses too', () => {
  it('posts to none of this machine, and tells nothing of what listens there', async () => {
    const open = await startTestServer({ webhookAllowPrivate: 'yes' })
    onTestFinished(open.stop)
    const receiver = await startReceiver({}, '127.0.0.1')
    onTestFinished(receiver.stop)
    const { port } = new URL(receiver.url)
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '0.0.0.0', '[::ffff:127.0.0.1]']) {
      const body = JSON.stringify({ webhook_url: `http://${host}:${port}/own` })
      const message = expectError(await sendSigned(open, { method: 'POST', target, body }), 400, 'CDN.0001')
      expect(message).toMatch(/webhook_url.*is the server's own machine/)
    }
    const rows = new BetterSqlite3(join(open.dataDir, 'fluxport.sqlite'))
    onTestFinished(() => void rows.close())
    const attempts: object[] = []
    for (const url of [`${receiver.url}/own`, 'http://127.0.0.1:9/', 'https://no-such-host.invalid:8443/']) {
      const created = await open.call('POST', target, { webhook_url: 'https://nobody.invalid/' })
      const id = String(created.json['task_id'])
      const look = async () => (await open.call('GET', `${tasks}/${id}`)).json['webhook'] as Shown
      while ((await look()).attempts.length === 0) await delay(30)
      rows.prepare('update webhook_delivery set url = ?, next_at_ms = 1 where task_id = ?').run(url, id)
      while ((await look()).attempts.length === 1) await delay(30)
      attempts.push((await look()).attempts[1] as object)
    }
    // A port that is open here, one that is not, and a name that nobody has.
    const errors = ['refused address', 'refused address', 'no connection']
    expect(attempts).toEqual(errors.map((error) => ({ at: expect.any(Number), status: null, error })))
    expect(receiver.posts('/own')).toEqual([])
  })
})
