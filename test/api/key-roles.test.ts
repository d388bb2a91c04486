import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, expectErrorShape, newAccount, newKey, send, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

const target = '/v1/cdn/statistics/export-tasks'
const pushTarget = '/api/v1/log-batches'

let server: TestServer
let account: Key & { account_id: string }
let ingest: Key & { ingest_token: string }
beforeAll(async () => {
  server = await startTestServer()
  account = await newAccount(server, 'customer')
  ingest = await newKey(server, { role: 'ingest', account_id: account.account_id })
  await server.call('PUT', '/api/v1/domains/www.example.test', { account_id: account.account_id })
})
afterAll(() => server.stop())

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
const sha256 = (body: string) => createHash('sha256').update(body).digest('hex')

describe('the roles of keys', () => {
  const operatorRoutes: [string, string, unknown][] = [
    ['GET', '/api/v1/accounts', undefined],
    ['POST', '/api/v1/accounts', { name: 'mine' }],
    ['PUT', '/api/v1/domains/www.example.test', { account_id: 'x' }],
    ['DELETE', '/api/v1/domains/www.example.test', undefined],
    ['GET', '/api/v1/access-keys', undefined],
    ['POST', '/api/v1/access-keys', { role: 'operator' }],
    ['DELETE', '/api/v1/access-keys/x', undefined],
    ['GET', '/api/v1/log-batches', undefined],
    ['DELETE', '/api/v1/log-batches/1', undefined],
    ['POST', '/api/v1/log-batches/local-file', { path: '/etc/passwd' }],
  ]
  it.each(operatorRoutes)('an account’s and an ingest key may not %s %s', async (method, path, value) => {
    const body = value === undefined ? {} : { body: JSON.stringify(value) }
    for (const key of [account, ingest]) {
      const message = expectError(await sendSigned(server, { method, target: path, key, ...body }), 403, 'CDN.0004')
      expect(message).toContain(key === account ? 'account' : 'ingest')
    }
  })

  it('an account’s key may not push logs', async () => {
    const headers = { 'X-Sdk-Content-Sha256': sha256('x') }
    const got = await sendSigned(server, { method: 'POST', target: pushTarget, body: 'x', key: account, headers })
    expectError(got, 403, 'CDN.0004')
  })

  it('an ingest key may not export', async () => {
    for (const method of ['GET', 'POST']) {
      expectError(await sendSigned(server, { method, target, key: ingest }), 403, 'CDN.0004')
    }
    const one = await sendSigned(server, { target: `/api/v1/export-tasks/${'0'.repeat(32)}`, key: ingest })
    expectError(one, 403, 'CDN.0004')
    expectError(await sendSigned(server, { target: '/api/v1/domains', key: ingest }), 403, 'CDN.0004')
  })

  it('a path of the server’s own host needs more than an operator’s key: the token of its data directory', async () => {
    const body = JSON.stringify({ path: '/etc/passwd' })
    for (const token of [undefined, '', 'x', '0'.repeat(64)]) {
      const headers: Record<string, string> = token === undefined ? {} : { 'X-Fluxport-Local-Token': token }
      const got = await sendSigned(server, { method: 'POST', target: '/api/v1/log-batches/local-file', body, headers })
      expect(expectError(got, 403, 'CDN.0004')).toMatch(/own host/)
    }
  })

  it('a revoked key is good for nothing, at once', async () => {
    const key = await newKey(server, { role: 'ingest' })
    const headers = { Authorization: `Bearer ${key.ingest_token}` }
    const push = () =>
      send(server.endpoint, { method: 'POST', target: `${pushTarget}?wait=true`, body: huaweiLine(), headers })
    expect((await push()).json).toMatchObject({ state: 'loaded' })
    expect((await server.call('DELETE', `/api/v1/access-keys/${key.access_key}`)).status).toBe(200)
    expectError(await push(), 401, 'APIGW.0301')
    expectError(await sendSigned(server, { target: '/v3/auth/domains', key }), 401, 'APIGW.0301')
    const again = await sendSigned(server, { method: 'DELETE', target: `/api/v1/access-keys/${key.access_key}` })
    expectError(again, 404, 'CDN.0003')
  })
})

describe('an ingest token', () => {
  const withToken = (authorization: string, path = `${pushTarget}?wait=true`, method = 'POST', body = huaweiLine()) =>
    send(server.endpoint, { method, target: path, headers: { Authorization: authorization }, body })

  it('pushes as bearer, and as the password of basic, whoever the user is; and shows what it pushed', async () => {
    const forms = [`Bearer ${ingest.ingest_token}`, `bearer ${ingest.ingest_token}`]
    for (const user of ['', 'fluxport', 'a@b']) forms.push(basic(user, ingest.ingest_token))
    for (const form of forms) {
      const got = await withToken(form)
      expect(got.json, got.text).toMatchObject({ state: 'loaded', requests: 1, loaded_by: ingest.access_key })
      const shown = await send(server.endpoint, {
        target: `${pushTarget}/${got.json['batch_id']}`,
        headers: { Authorization: form },
      })
      expect(shown.json).toMatchObject({ batch_id: got.json['batch_id'], state: 'loaded' })
    }
  })

  it('shows no batch of another key, and says no more of it than of none', async () => {
    const another = await newKey(server, { role: 'ingest', account_id: account.account_id })
    const { json } = await withToken(`Bearer ${another.ingest_token}`)
    const headers = { Authorization: `Bearer ${ingest.ingest_token}` }
    const foreign = await send(server.endpoint, { target: `${pushTarget}/${json['batch_id']}`, headers })
    const unknown = await send(server.endpoint, { target: `${pushTarget}/999999`, headers })
    expect(expectError(foreign, 404, 'CDN.0003')).toBe(expectError(unknown, 404, 'CDN.0003'))
  })

  it('is refused when it is not the key’s: one answer for an unknown key and a wrong secret', async () => {
    const operatorToken = `${server.credentials.access_key}.${server.credentials.secret_key}`
    const tokens = [
      '.',
      'x',
      ingest.access_key,
      `${ingest.access_key}.`,
      `${ingest.access_key}.wrong`,
      ingest.ingest_token.slice(0, -1),
      `FLX00000000000000000.${ingest.secret_key}`,
      operatorToken,
      `${account.access_key}.${account.secret_key}`,
    ]
    for (const token of tokens) {
      for (const form of [`Bearer ${token}`, basic('x', token)]) {
        expect(expectError(await withToken(form), 401, 'APIGW.0301')).toMatch(/: the ingest token is not valid$/)
      }
    }
  })

  it('is good for nothing but log batches', async () => {
    const others: [string, string][] = [
      ['GET', target],
      ['POST', target],
      ['GET', '/v3/auth/domains'],
      ['GET', '/api/v1/domains'],
      ['GET', '/api/v1/accounts'],
      ['GET', '/api/v1/access-keys'],
      ['GET', pushTarget],
      ['DELETE', `${pushTarget}/1`],
      ['POST', '/api/v1/log-batches/local-file'],
    ]
    for (const [method, path] of others) {
      for (const form of [`Bearer ${ingest.ingest_token}`, basic('x', ingest.ingest_token)]) {
        expectError(await withToken(form, path, method, ''), 401, 'APIGW.0301')
      }
    }
  })
})

describe('secrets', () => {
  it('stand in no answer but that which makes the key', async () => {
    const secrets = [server.credentials, account, ingest].map((key) => key.secret_key)
    const paths = [target, '/v3/auth/domains', '/api/v1/accounts', '/api/v1/access-keys', '/api/v1/domains', pushTarget]
    const texts: string[] = []
    for (const path of [...paths, '/openapi.json', '/metrics', '/healthz', '/readyz', '/nowhere']) {
      for (const key of [server.credentials, account, ingest]) {
        const got = await sendSigned(server, { target: path, key })
        if (got.status >= 400) expectErrorShape(got)
        texts.push(got.text + JSON.stringify(got.headers))
      }
    }
    texts.push(
      (await send(server.endpoint, { target, headers: { Authorization: `Bearer ${ingest.ingest_token}` } })).text,
    )
    for (const text of texts) {
      for (const secret of secrets) expect(text).not.toContain(secret)
      expect(text).not.toMatch(/secret_sealed|master/)
    }
  })
})
