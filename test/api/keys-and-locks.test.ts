import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDownloadLinks } from '../../src/auth/download-links.ts'
import { openSecretBox, parseMasterKey } from '../../src/auth/secret-box.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { type Receiver, startReceiver } from '../harness/receiver.ts'
import { expectError, type Json, newAccount, newKey, send, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

const tasksTarget = '/v1/cdn/statistics/export-tasks'
const range = { start_time: Date.parse('2026-09-01T08:00:00+08:00'), end_time: Date.parse('2026-09-01T08:20:00+08:00') }

let server: TestServer
let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver()
  server = await startTestServer({ webhookAllowPrivate: 'yes', webhookHttpLinks: 'yes' })
  await server.load(huaweiLine())
})
afterAll(async () => {
  await server.stop()
  await receiver.stop()
})

const keyPath = (key: Key) => `/api/v1/access-keys/${key.access_key}`
const rotate = (key: Key, by: Key, body: Json = {}) => server.call('POST', `${keyPath(key)}/rotate`, body, by)
const asKey = (json: Json): Key => ({ access_key: String(json['access_key']), secret_key: String(json['secret_key']) })
const lookUp = (key: Key) => sendSigned(server, { target: '/v3/auth/domains', key })
const unknown = { access_key: 'FLX00000000000000000', secret_key: 'x'.repeat(40) }
const lock = (accountId: string, word = 'lock') => server.call('POST', `/api/v1/accounts/${accountId}/${word}`)

/** A finished task of a key's account: its id, and its link as the key is given it. */
async function finished(key: Key, more: Json = {}) {
  const created = await server.call('POST', tasksTarget, { ...range, ...more }, key)
  expect(created.status, created.text).toBe(200)
  const id = String(created.json['task_id'])
  const shown = async (by: Key) => (await server.call('GET', `/api/v1/export-tasks/${id}`, undefined, by)).json
  while ((await shown(key))['state'] !== 'success') await delay(30)
  return { id, link: async (by: Key = key) => String((await shown(by))['download_link']) }
}

const get = (link: string) => {
  const url = new URL(link)
  return send(url.origin, { target: url.pathname + url.search })
}

describe('a key', () => {
  it('of an operator that is the last cannot revoke itself', async () => {
    const got = await sendSigned(server, { method: 'DELETE', target: keyPath(server.credentials) })
    expect(expectError(got, 409, 'FLUXPORT.0205')).toMatch(/Make another one first/)
    expect((await lookUp(server.credentials)).status).toBe(200)
    const { json } = await server.call('GET', '/api/v1/accounts')
    const [first] = json['accounts'] as { account_id: string }[]
    const locked = await sendSigned(server, {
      method: 'POST',
      target: `/api/v1/accounts/${first?.account_id}/lock`,
      body: '{}',
    })
    expectError(locked, 409, 'FLUXPORT.0205')
  })

  it('of an operator is of the first account alone', async () => {
    const account = await newAccount(server, 'ordinary')
    const body = { role: 'operator', account_id: account.account_id }
    const got = await server.call('POST', '/api/v1/access-keys', body)
    expect([got.status, got.json['error_msg']]).toEqual([400, expect.stringMatching(/role .*first account alone/)])
    expect((await newKey(server, { role: 'operator' })).access_key).toMatch(/^FLX/)
  })

  it('that has expired answers like an unknown one', async () => {
    const key = await newKey(server, { role: 'account', expires_at: Date.now() + 1_500 })
    expect((await lookUp(key)).status).toBe(200)
    await delay(1_600)
    expect(expectError(await lookUp(key), 401, 'APIGW.0301')).toBe(
      expectError(await lookUp(unknown), 401, 'APIGW.0301'),
    )
    const past = await server.call('POST', '/api/v1/access-keys', { role: 'account', expires_at: Date.now() - 1 })
    expect([past.status, past.json['error_msg']]).toEqual([400, expect.stringMatching(/expires_at.*not in the future/)])
  })

  it('is listed with when it was made and last used', async () => {
    const key = await newKey(server, { role: 'account' })
    const listed = async () => {
      const { json } = await server.call('GET', '/api/v1/access-keys')
      return (json['access_keys'] as Json[]).find((one) => one['access_key'] === key.access_key)
    }
    expect(await listed()).toMatchObject({ last_used_at: null, expires_at: null, created_at: expect.any(Number) })
    await lookUp(key)
    expect(Number((await listed())?.['last_used_at'])).toBeGreaterThan(Date.now() - 60_000)
  })

  it('rotates itself, whatever its role, and both are good for the overlap', async () => {
    const account = await newAccount(server, 'rotating')
    const old = await newKey(server, { role: 'account', account_id: account.account_id })
    const answer = await rotate(old, old)
    expect(answer.json).toMatchObject({ role: 'account', account_id: account.account_id, replaces: old.access_key })
    const made = asKey(answer.json)
    expect([(await lookUp(old)).status, (await lookUp(made)).status]).toEqual([200, 200])
    expect((await rotate(old, old)).json['error_code']).toBe('FLUXPORT.0206')
    const ended = asKey((await rotate(made, made, { overlap_seconds: 0 })).json)
    expect([(await lookUp(made)).status, (await lookUp(ended)).status]).toEqual([401, 200])
  })

  it('of a shipper rotates itself by its token, and its new token pushes', async () => {
    const old = await newKey(server, { role: 'ingest', source: 'edge' })
    const ask = (token: string, method: string, target: string, body: string) =>
      send(server.endpoint, { method, target, body, headers: { Authorization: `Bearer ${token}` } })
    const made = await ask(old.ingest_token, 'POST', `${keyPath(old)}/rotate`, '{"overlap_seconds":0}')
    expect(made.json).toMatchObject({ role: 'ingest', replaces: old.access_key })
    const push = (token: string) => ask(token, 'POST', '/api/v1/log-batches?wait=true', huaweiLine())
    expect((await push(String(made.json['ingest_token']))).json).toMatchObject({ state: 'loaded', source: 'edge' })
    expectError(await push(old.ingest_token), 401, 'APIGW.0301')
  })

  it('rotates no other, also not of its own account, and gives itself no longer life', async () => {
    const account = await newAccount(server, 'curious')
    const other = await newKey(server, { role: 'account', account_id: account.account_id })
    const texts = [
      await rotate(other, account),
      await rotate(server.credentials, account),
      await rotate(unknown, account),
    ]
    expect(new Set(texts.map((answer) => `${answer.status} ${answer.json['error_msg']}`)).size).toBe(1)
    expect(texts[0]?.status).toBe(404)
    const asked = { expires_at: Date.now() + 86_400_000 }
    expect((await rotate(account, account, asked)).json['error_code']).toBe('CDN.0004')
    expect((await rotate(account, server.credentials, asked)).json['expires_at']).toBe(asked.expires_at)
  })
})

describe('a key that was stolen', () => {
  it('ends with all that its holder made of it, and is never more than two', async () => {
    const stolen = await newKey(server, { role: 'ingest' })
    const keys: Key[] = [stolen]
    for (let n = 0; n < 8; n++) {
      for (const key of [...keys]) {
        const made = await rotate(key, key, { overlap_seconds: n % 2 === 0 ? 3_600 : 0 })
        if (made.status === 200) keys.push(asKey(made.json))
      }
    }
    const { json } = await server.call('GET', '/api/v1/access-keys')
    const living = (json['access_keys'] as Json[]).filter(
      (key) => key['revoked_at'] === null && keys.some((one) => one.access_key === key['access_key']),
    )
    expect(living).toHaveLength(2)
    const revoked = await server.call('DELETE', keyPath(stolen))
    expect(revoked.json).toMatchObject({ access_key: stolen.access_key, also_revoked: expect.any(Array) })
    for (const key of keys) expect((await rotate(key, key)).status).toBe(401)
  })

  it('with an end ends then, however often its holder rotates it', async () => {
    const end = Date.now() + 3_600_000
    const key = await newKey(server, { role: 'account', expires_at: end })
    const made = await rotate(key, key, { overlap_seconds: 0 })
    const again = await rotate(asKey(made.json), asKey(made.json), { overlap_seconds: 0 })
    expect([made.json['expires_at'], again.json['expires_at']]).toEqual([end, end])
  })
})

describe('the list of keys', () => {
  it('comes in pages', async () => {
    const names: unknown[] = []
    for (let cursor = ''; ; ) {
      const { json } = await server.call('GET', `/api/v1/access-keys?limit=2${cursor}`)
      const page = json['access_keys'] as Json[]
      expect(page.length).toBeLessThanOrEqual(2)
      names.push(...page.map((key) => key['access_key']))
      if (json['next_cursor'] === null) break
      cursor = `&cursor=${json['next_cursor']}`
    }
    const { json } = await server.call('GET', '/api/v1/access-keys')
    expect(names).toEqual((json['access_keys'] as Json[]).map((key) => key['access_key']))
    const wrong = await server.call('GET', '/api/v1/access-keys?cursor=FLXUNKNOWN')
    expect([wrong.status, wrong.json['error_code']]).toEqual([400, 'CDN.0001'])
  })
})

describe('a download link', () => {
  it('ends with the key that it was given to, and not with another of the account', async () => {
    const account = await newAccount(server, 'linking')
    const other = await newKey(server, { role: 'account', account_id: account.account_id })
    const task = await finished(account)
    const [link, others] = [await task.link(), await task.link(other)]
    expect(link).not.toContain(account.access_key)
    expect([(await get(link)).status, (await get(others)).status]).toEqual([200, 200])
    for (const bare of [link.replace(/key=[^&]*&/, ''), link.replace(/key=[^&]*/, `key=${'0'.repeat(24)}`)])
      expectError(await get(bare), 403, 'FLUXPORT.0201')
    await server.call('DELETE', keyPath(account))
    expectError(await get(link), 403, 'FLUXPORT.0201')
    expect((await get(others)).status).toBe(200)
  })

  it('of the build before is good until it expires, or its account is locked, or links are rotated', async () => {
    const account = await newAccount(server, 'of-before')
    const task = await finished(account)
    const masterKey = parseMasterKey(await readFile(join(server.dataDir, 'master.key'), 'utf8'))
    const { pathname } = new URL(await task.link())
    const links = createDownloadLinks({
      key: openSecretBox(masterKey).derive('download links'),
      publicUrl: () => server.endpoint,
      lifetimeSeconds: 900,
      nowMs: Date.now,
    })
    const old = links.link({ taskId: task.id, fileName: pathname.split('/').at(-1) ?? '', completedAtMs: Date.now() })
    expect((await get(String(old))).status).toBe(200)
    await lock(account.account_id)
    expectError(await get(String(old)), 403, 'FLUXPORT.0201')
    await lock(account.account_id, 'unlock')
    const link = await task.link()
    await server.call('POST', '/api/v1/download-links/rotate', { overlap_seconds: 600 })
    expect([(await get(String(old))).status, (await get(link)).status]).toEqual([200, 200])
    expect(await task.link()).not.toBe(link)
    await server.call('POST', '/api/v1/download-links/rotate', {})
    expect([(await get(String(old))).status, (await get(link)).status]).toEqual([403, 403])
    expect((await get(await task.link())).status).toBe(200)
  })
})

describe('a locked account', () => {
  it('has no key, link or webhook, its tasks wait, and all goes on when it is unlocked', async () => {
    const account = await newAccount(server, 'late-payer')
    const shipper = await newKey(server, { role: 'ingest', account_id: account.account_id })
    const domain = 'www.late-payer.example.test'
    await server.call('PUT', `/api/v1/domains/${domain}`, { account_id: account.account_id })
    const task = await finished(account)
    const link = await task.link()
    const push = () =>
      send(server.endpoint, {
        ...{ method: 'POST', target: '/api/v1/log-batches?wait=true', body: huaweiLine({ domain }) },
        headers: { Authorization: `Bearer ${shipper.ingest_token}` },
      })
    expect((await push()).status).toBe(200)
    const answer = await lock(account.account_id)
    expect(answer.json).toMatchObject({ account_id: account.account_id, locked_at: expect.any(Number) })
    expect(expectError(await lookUp(account), 401, 'APIGW.0301')).toBe(
      expectError(await lookUp(unknown), 401, 'APIGW.0301'),
    )
    expectError(await push(), 401, 'APIGW.0301')
    expectError(await get(link), 403, 'FLUXPORT.0201')
    await lock(account.account_id, 'unlock')
    expect([(await lookUp(account)).status, (await push()).status, (await get(link)).status]).toEqual([200, 200, 200])
    expectError(await sendSigned(server, { method: 'POST', target: '/api/v1/accounts/x/lock' }), 404, 'CDN.0003')
  })
})

describe('the secret of webhooks', () => {
  it('is rotated by its account, and posts are signed with both for an overlap', async () => {
    const account = await newAccount(server, 'receiving')
    const ask = async (method: string, path = '', body?: Json) =>
      (await server.call(method, `/api/v1/webhook-secret${path}`, body, account)).json
    const old = String((await ask('GET'))['secret'])
    const rotated = await ask('POST', '/rotate', { overlap_seconds: 600 })
    expect(rotated).toMatchObject({ previous_secret: old, previous_until: expect.any(Number) })
    await finished(account, { webhook_url: `${receiver.url}/both` })
    await expect.poll(() => receiver.posts('/both').length, { timeout: 20_000 }).toBe(1)
    const [post] = receiver.posts('/both')
    const signature = (secret: string) => {
      const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
      const signed = `${post?.headers['webhook-id']}.${post?.headers['webhook-timestamp']}.${post?.body}`
      return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
    }
    const both = [String(rotated['secret']), old].map(signature)
    expect(String(post?.headers['webhook-signature']).split(' ')).toEqual(both)
    expect(await ask('POST', '/rotate', { overlap_seconds: 0 })).toMatchObject({ previous_secret: null })
    const link = (JSON.parse(post?.body ?? '{}') as { data: { download_link: string } }).data.download_link
    expect((await get(link)).status).toBe(200)
    await server.call('DELETE', keyPath(account))
    expectError(await get(link), 403, 'FLUXPORT.0201')
  })
})
