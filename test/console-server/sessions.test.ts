import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { cookieOf, ofPage, sendAsPage, signedIn, signIn } from '../harness/console.ts'
import { expectError, newAccount, newKey, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
let account: Key & { account_id: string }
const startMs = Date.now()
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: startMs })
  server = await startTestServer({ pushGroupSeconds: '0' })
  account = await newAccount(server, 'person')
})
afterAll(async () => {
  await server.stop()
  vi.useRealTimers()
})
afterEach(() => {
  vi.setSystemTime(startMs)
})

const minuteMs = 60_000
const session = { target: '/console/session' }
const renew = { method: 'POST', target: '/console/session/renew' }
/** From now on the server's clock stands at this time; its database's does not. */
const atTime = (now: number) => vi.setSystemTime(now)
const pairOf = ({ access_key, secret_key }: Key) => ({ access_key, secret_key })

describe('a sign-in', () => {
  it('with a key and its secret sets a cookie that no script reads and no other site sends', async () => {
    const now = Date.now()
    const got = await signIn(server, pairOf(account))
    expect(got.status, got.text).toBe(200)
    const { signed_in_at: at, idle_ends_at: idle, ends_at: end, ...who } = got.json
    expect(who).toEqual({
      account_id: account.account_id,
      name: 'person',
      access_key: account.access_key,
      role: 'account',
    })
    expect(Math.abs(Number(at) - now)).toBeLessThan(5_000)
    expect([Number(idle) - Number(at), Number(end) - Number(at)]).toEqual([30 * minuteMs, 720 * minuteMs])
    const flags = '; Path=/; Max-Age=1800; HttpOnly; SameSite=Strict'
    expect(got.headers['set-cookie']).toEqual([expect.stringMatching(/^fluxport_session=v1\.[\w.-]+; /)])
    expect(got.headers['set-cookie']?.[0]).toBe(cookieOf(got) + flags)
    expect(got.text + got.headers['set-cookie']).not.toContain(account.secret_key)
    const shown = await sendAsPage(server, cookieOf(got), session)
    expect(shown.json).toEqual(got.json)
  })

  it('sets a cookie for HTTPS alone where the public URL is https', async () => {
    const secure = await startTestServer({ publicUrl: 'https://stats.example.test' })
    const got = await signIn(secure, pairOf(secure.credentials), { ...ofPage, Origin: 'https://stats.example.test' })
    await secure.stop()
    expect(got.headers['set-cookie']?.[0]).toMatch(/; HttpOnly; SameSite=Strict; Secure$/)
  })

  it('is refused alike for a wrong secret and an unknown key; a missing member is named', async () => {
    const wrong = expectError(await signIn(server, { ...pairOf(account), secret_key: 'wrong' }), 401, 'APIGW.0301')
    const unknown = { access_key: 'FLX00000000000000000', secret_key: account.secret_key }
    expect(expectError(await signIn(server, unknown), 401, 'APIGW.0301')).toBe(wrong)
    expect(expectError(await signIn(server, {}), 400, 'CDN.0001')).toContain('access_key')
    expect(expectError(await signIn(server, { access_key: 'a' }), 400, 'CDN.0001')).toContain('secret_key')
    expect(expectError(await signIn(server, { link_token: 't', access_key: 'a' }), 400, 'CDN.0001')).toContain('alone')
    for (const odd of [{ access_key: ['a'], secret_key: 's' }, { link_token: 7 }, { link_token: 'x'.repeat(2_000) }])
      expectError(await signIn(server, odd), 400, 'CDN.0001')
    expectError(await signIn(server, { access_key: 'x'.repeat(20_000) }), 413, 'APIGW.0201')
  })

  it('is for operators and accounts; an ingest key has nothing to look at', async () => {
    const ingest = await newKey(server, { role: 'ingest', account_id: account.account_id })
    expectError(await signIn(server, pairOf(ingest)), 403, 'CDN.0004')
  })

  it('is refused for another site’s page, which could sign a person in to an account of its own', async () => {
    for (const headers of [
      {},
      { ...ofPage, Origin: 'https://evil.test' },
      { ...ofPage, 'Sec-Fetch-Site': 'cross-site' },
    ]) {
      const got = await signIn(server, pairOf(account), headers)
      expectError(got, 403, 'FLUXPORT.0601')
      expect(got.headers).not.toHaveProperty('set-cookie')
    }
  })

  it('counts guesses by address, and lets in who has the right secret', async () => {
    const strict = await startTestServer({ refusalsPerSecond: '2' })
    const statuses = new Set<number>()
    for (let n = 0; n < 30; n++) statuses.add((await signIn(strict, { access_key: 'a', secret_key: 'b' })).status)
    expect([...statuses]).toEqual([401, 429])
    expect((await signIn(strict, pairOf(strict.credentials))).status).toBe(200)
    await strict.stop()
  })
})

describe('a session', () => {
  it('has the rights of its key on routes that are signed, and loads logs as a signature does', async () => {
    const [own, operators] = [await signedIn(server, account), await signedIn(server, server.credentials)]
    expect((await sendAsPage(server, own, { target: '/api/v1/account' })).json).toMatchObject({ role: 'account' })
    expectError(await sendAsPage(server, own, { target: '/api/v1/accounts' }), 403, 'CDN.0004')
    expect((await sendAsPage(server, operators, { target: '/api/v1/accounts' })).status).toBe(200)
    const tasks = '/v1/cdn/statistics/export-tasks'
    const created = await sendAsPage(server, own, { method: 'POST', target: tasks, body: '{}' })
    expect(created.json).toHaveProperty('task_id')
    expect((await sendAsPage(server, own, { target: tasks })).text).toContain(String(created.json['task_id']))
    const push = { method: 'POST', target: '/api/v1/log-batches?wait=true', body: `no line\n${'x'.repeat(100_000)}\n` }
    const headers = { 'X-Sdk-Content-Sha256': 'UNSIGNED-PAYLOAD' }
    const [byCookie, bySignature] = [
      await sendAsPage(server, operators, push),
      await sendSigned(server, { ...push, headers }),
    ]
    expect(byCookie.json).toMatchObject({ error_code: 'FLUXPORT.0103' })
    expect(byCookie.status).toBe(bySignature.status)
    const byAccount = await sendAsPage(server, own, push)
    expect(byAccount.status).toBe((await sendSigned(server, { ...push, headers, key: account })).status)
  })

  it('counts for nothing beside a signature or a token', async () => {
    const own = await signedIn(server, account)
    const both = await sendSigned(server, { target: '/api/v1/account', headers: { Cookie: own } })
    expect(both.json).toMatchObject({ role: 'operator' })
    for (const headers of [{ Authorization: '' }, { Authorization: 'Bearer a.b' }, { 'X-Auth-Token': '' }])
      expectError(await sendAsPage(server, own, { target: '/api/v1/account', headers }), 401, 'APIGW.0301')
  })

  it('ends when the page has not renewed it for 30 minutes', async () => {
    const started = Date.now()
    const first = await signedIn(server, account)
    atTime(started + 29 * minuteMs)
    const renewed = await sendAsPage(server, first, renew)
    expect(renewed.status, renewed.text).toBe(200)
    expect(Number(renewed.json['idle_ends_at'])).toBe(started + 59 * minuteMs)
    atTime(started + 31 * minuteMs)
    expectError(await sendAsPage(server, first, session), 401, 'APIGW.0307')
    expectError(await sendAsPage(server, first, renew), 401, 'APIGW.0307')
    expect((await sendAsPage(server, cookieOf(renewed), session)).status).toBe(200)
    atTime(started + 59 * minuteMs)
    expectError(await sendAsPage(server, cookieOf(renewed), { target: '/api/v1/account' }), 401, 'APIGW.0307')
  })

  it('ends 12 hours after the sign-in, however often it is renewed', async () => {
    const got = await signIn(server, pairOf(account))
    const startedMs = Number(got.json['signed_in_at'])
    let cookie = cookieOf(got)
    for (let minutes = 20; minutes < 720; minutes += 20) {
      atTime(startedMs + minutes * minuteMs)
      const renewed = await sendAsPage(server, cookie, renew)
      expect(renewed.status).toBe(200)
      const idleEnds = startedMs + Math.min(minutes + 30, 720) * minuteMs
      expect(renewed.json).toMatchObject({ signed_in_at: startedMs, idle_ends_at: idleEnds })
      cookie = cookieOf(renewed)
    }
    atTime(startedMs + 720 * minuteMs - 1)
    expect((await sendAsPage(server, cookie, session)).status).toBe(200)
    atTime(startedMs + 720 * minuteMs)
    expectError(await sendAsPage(server, cookie, session), 401, 'APIGW.0307')
  })

  it('ends with its key, and while its account is locked', async () => {
    const key = await newKey(server, { role: 'account', account_id: account.account_id })
    const soon = Date.now() + 10 * minuteMs
    const short = await newKey(server, { role: 'account', account_id: account.account_id, expires_at: soon })
    expect((await signIn(server, pairOf(short))).json).toMatchObject({ idle_ends_at: soon, ends_at: soon })
    const [cookie, other] = [await signedIn(server, key), await signedIn(server, account)]
    await server.call('POST', `/api/v1/accounts/${account.account_id}/lock`, {})
    const locked = expectError(await sendAsPage(server, other, session), 401, 'APIGW.0301')
    expectError(await signIn(server, pairOf(account)), 401, 'APIGW.0301')
    await server.call('POST', `/api/v1/accounts/${account.account_id}/unlock`, {})
    expect((await sendAsPage(server, other, session)).status).toBe(200)
    const rotate = { method: 'POST', target: `/api/v1/access-keys/${key.access_key}/rotate` }
    const rotated = await sendAsPage(server, cookie, { ...rotate, body: '{"overlap_seconds":0}' })
    expect(rotated.status, rotated.text).toBe(200)
    expect(expectError(await sendAsPage(server, cookie, session), 401, 'APIGW.0301')).toBe(locked)
  })

  it('is of this server’s master key, to the letter', async () => {
    const another = await startTestServer()
    const foreign = await signedIn(another, another.credentials)
    const own = await signedIn(server, account)
    await another.stop()
    const altered = own.replace(/.$/, (end) => (end === 'A' ? 'B' : 'A'))
    for (const cookie of [foreign, altered, `${own}A`, 'fluxport_session=x', `fluxport_session=${'v1.'.repeat(2_000)}`])
      expect(expectError(await sendAsPage(server, cookie, session), 401, 'APIGW.0301')).toContain('sign in again')
    // A neighbouring site may set a second cookie of the name.
    expectError(await sendAsPage(server, `${own}; ${foreign}`, session), 401, 'APIGW.0301')
    expect((await sendAsPage(server, `a=b; ${own} ; fluxport_sessions=c`, session)).status).toBe(200)
  })

  it('is shown and renewed by its cookie alone', async () => {
    expectError(await sendSigned(server, session), 401, 'APIGW.0301')
    expectError(await sendSigned(server, renew), 401, 'APIGW.0301')
  })
})

describe('a sign-out', () => {
  it('removes the cookie', async () => {
    const own = await signedIn(server, account)
    const got = await sendAsPage(server, own, { method: 'DELETE', ...session })
    expect([got.status, got.text]).toEqual([204, ''])
    expect(got.headers['set-cookie']?.[0]).toMatch(/^fluxport_session=; Path=\/; Max-Age=0; HttpOnly; SameSite=Strict$/)
  })

  it('everywhere ends every session and link of the key, and no other key’s', async () => {
    const other = await newKey(server, { role: 'account', account_id: account.account_id })
    const [first, second, others] = [
      await signedIn(server, account),
      await signedIn(server, account),
      await signedIn(server, other),
    ]
    const link = await sendSigned(server, { method: 'POST', target: '/console/links', key: account })
    const everywhere = { method: 'DELETE', target: '/console/session?everywhere=true' }
    expect((await sendAsPage(server, first, everywhere)).status).toBe(204)
    for (const cookie of [first, second]) expectError(await sendAsPage(server, cookie, session), 401, 'APIGW.0301')
    const token = String(link.json['url']).split('#token=')[1]
    expectError(await signIn(server, { link_token: token }), 401, 'APIGW.0301')
    expect((await sendAsPage(server, others, session)).status).toBe(200)
    const third = await signedIn(server, account)
    expect((await sendAsPage(server, third, session)).status).toBe(200)
    // By signature, too: a browser that is lost needs no other browser.
    expect((await sendSigned(server, { ...everywhere, key: account })).status).toBe(204)
    expectError(await sendAsPage(server, third, session), 401, 'APIGW.0301')
  })
})

it('a sign-out everywhere ends a session that is renewed at the same moment', async () => {
  const everywhere = { method: 'DELETE', target: '/console/session?everywhere=true', key: account }
  for (let round = 0; round < 10; round++) {
    const cookie = await signedIn(server, account)
    const renewals = Array.from({ length: 4 }, () => sendAsPage(server, cookie, renew))
    const [ended, ...renewed] = await Promise.all([sendSigned(server, everywhere), ...renewals])
    expect(ended?.status).toBe(204)
    for (const got of renewed.filter(({ status }) => status === 200))
      expectError(await sendAsPage(server, cookieOf(got), session), 401, 'APIGW.0301')
  }
})
