import { afterAll, beforeAll, expect, it } from 'vitest'
import { expectError, type Got, type Json, newAccount, newKey, send, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
let account: Key & { account_id: string }
beforeAll(async () => {
  server = await startTestServer({ refusalsPerSecond: '3' })
  account = await newAccount(server, 'tokens')
})
afterAll(() => server.stop())

const ask = (body: unknown, more: { target?: string; headers?: Record<string, string> } = {}): Promise<Got> =>
  send(server.endpoint, {
    method: 'POST',
    target: more.target ?? '/v3/auth/tokens',
    headers: { 'Content-Type': 'application/json', ...more.headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const ofPair = ({ access_key: key, secret_key: secret }: Key, scope: object = {}) => ({
  auth: { identity: { methods: ['hw_ak_sk'], hw_ak_sk: { access: { key }, secret: { key: secret } } }, ...scope },
})
const ofPassword = ({ access_key: name, secret_key: password }: Key) => ({
  auth: {
    identity: { methods: ['password'], password: { user: { name, password, domain: { name: 'any' } } } },
    scope: { project: { name: 'cn-north-1' } },
  },
})
const tokenOf = (got: Got) => String(got.headers['x-subject-token'])
const withToken = (token: string, target: string, method = 'GET') =>
  send(server.endpoint, { method, target, headers: { 'X-Auth-Token': token } })

it('a key and its secret give a token, in either form, with what clients read of it', async () => {
  for (const [asked, scope] of [
    [ofPair(account), { domain: { id: account.account_id, name: 'tokens' } }],
    [ofPassword(account), { project: { name: 'cn-north-1', domain: { id: account.account_id } } }],
  ] as const) {
    const got = await ask(asked)
    expect(got.status, got.text).toBe(201)
    const token = got.json['token'] as Json
    expect(token).toMatchObject({
      ...scope,
      methods: asked.auth.identity.methods,
      user: { name: account.access_key, domain: { id: account.account_id } },
      catalog: [{ type: 'cdn', endpoints: [{ url: `${server.endpoint}/v1.0` }] }, { type: 'identity' }],
    })
    expect(Date.parse(String(token['expires_at'])) - Date.parse(String(token['issued_at']))).toBeGreaterThan(86_390_000)
    expect(got.text).not.toContain(account.secret_key)
    expect((await withToken(tokenOf(got), '/api/v1/account')).json).toMatchObject({
      account_id: account.account_id,
      role: 'account',
    })
  }
  const bare = await ask(ofPair(account), { target: '/v3/auth/tokens?nocatalog=true' })
  expect((bare.json['token'] as Json)['catalog']).toEqual([])
})

it('a token has the rights of its key, on every route that is signed', async () => {
  const [own, operators] = [tokenOf(await ask(ofPair(account))), tokenOf(await ask(ofPair(server.credentials)))]
  const { access_key, secret_key } = await newKey(server, { role: 'ingest', account_id: account.account_id })
  const ingest = tokenOf(await ask(ofPair({ access_key, secret_key })))
  const list = '/v1/cdn/statistics/export-tasks'
  expect((await withToken(own, list)).status).toBe(200)
  expectError(await withToken(ingest, list), 403, 'CDN.0004')
  expectError(await withToken(own, '/api/v1/accounts'), 403, 'CDN.0004')
  expect((await withToken(operators, '/api/v1/accounts')).status).toBe(200)
  const create = { method: 'POST', target: list, body: '{}', headers: { 'X-Auth-Token': own } }
  expect((await send(server.endpoint, create)).json).toHaveProperty('task_id')
  const pushed = { method: 'POST', target: '/api/v1/log-batches?wait=true', body: 'no line\n' }
  expect((await send(server.endpoint, { ...pushed, headers: { 'X-Auth-Token': ingest } })).status).not.toBe(401)
  // A signature counts where there is one, whatever token stands beside it.
  const both = await sendSigned(server, { target: '/api/v1/account', headers: { 'X-Auth-Token': own } })
  expect(both.json).toMatchObject({ role: 'operator' })
})

it('a token ends with its key', async () => {
  const key = await newKey(server, { role: 'account', account_id: account.account_id })
  const soon = Date.now() + 3_600_000
  const ends = await newKey(server, { role: 'account', account_id: account.account_id, expires_at: soon })
  const early = (await ask(ofPair(ends))).json['token'] as Json
  expect(Date.parse(String(early['expires_at']))).toBe(Math.floor(soon / 1000) * 1000)
  const token = tokenOf(await ask(ofPair(key)))
  expect((await withToken(token, '/api/v1/account')).status).toBe(200)
  await server.call('DELETE', `/api/v1/access-keys/${key.access_key}`)
  const ended = expectError(await withToken(token, '/api/v1/account'), 401, 'APIGW.0301')
  const altered = `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`
  expect(expectError(await withToken(altered, '/api/v1/account'), 401, 'APIGW.0301')).toBe(ended)
  expect(expectError(await withToken('', '/api/v1/account'), 401, 'APIGW.0301')).toBe(ended)
})

it('a wrong secret and an unknown key are refused alike; without a key the member is named', async () => {
  const wrong = expectError(await ask(ofPair({ ...account, secret_key: 'wrong' })), 401, 'APIGW.0301')
  const unknown = { access_key: 'FLX00000000000000000', secret_key: account.secret_key }
  expect(expectError(await ask(ofPassword(unknown)), 401, 'APIGW.0301')).toBe(wrong)
  expectError(await ask('{'), 400, 'APIGW.0201')
  expect(expectError(await ask({}), 400, 'CDN.0001')).toContain('auth.identity')
  const noSecret = { auth: { identity: { hw_ak_sk: { access: { key: 'a' } } } } }
  expect(expectError(await ask(noSecret), 400, 'CDN.0001')).toContain('hw_ak_sk.secret.key')
  const odd = { auth: { identity: { password: { user: { name: ['a'], password: {} } } } } }
  expectError(await ask(odd), 400, 'CDN.0001')
  expectError(await ask({ pad: 'x'.repeat(20_000) }), 413, 'APIGW.0201')
})

it('the account is one project, under every region’s name', async () => {
  const { json } = await sendSigned(server, { target: '/v3/projects?name=cn-north-1', key: account })
  expect(json).toMatchObject({
    projects: [{ id: account.account_id, name: 'cn-north-1', domain_id: account.account_id }],
    links: { next: null },
  })
})

it('guesses of secrets are counted by address; who has the right one is let in', async () => {
  const guess = () => ask(ofPair({ ...account, secret_key: 'guess' }))
  const statuses = new Set<number>()
  for (let n = 0; n < 40; n++) statuses.add((await guess()).status)
  expect([...statuses]).toEqual([401, 429])
  expect((await ask(ofPair(account))).status).toBe(201)
})
