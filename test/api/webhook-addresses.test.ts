import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
    receiver = await startReceiver()
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
        expect(message).toMatch(/webhook_url.*is not a public address/)
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
      expect(webhook.attempts[1]).toMatchObject({
        status: null,
        error: expect.stringMatching(/is not a public address/),
      })
    }
    expect(receiver.posts('/guarded')).toEqual([])
  })
})
