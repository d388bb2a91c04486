import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSqlite } from '../../src/ports/database/sqlite.ts'
import { cookieOf, ofPage, sendAsPage, signedIn, signIn } from '../harness/console.ts'
import { expectError, newAccount, newKey, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
let account: Key & { account_id: string }
beforeAll(async () => {
  server = await startTestServer()
  account = await newAccount(server, 'linked')
})
afterAll(() => server.stop())

const ask = (key: Key) => sendSigned(server, { method: 'POST', target: '/console/links', key })
const tokenOf = (url: unknown) => String(url).split('/#token=')[1] ?? ''
const linkOf = async (key: Key) => tokenOf((await ask(key)).json['url'])
const open = (token: string) => signIn(server, { link_token: token })

describe('a sign-in link', () => {
  it('signs its key’s holder in, once, within 10 minutes', async () => {
    const { json } = await ask(account)
    expect(String(json['url']).startsWith(`${server.endpoint}/#token=`)).toBe(true)
    expect(Math.abs(Number(json['expires_at']) - Date.now() - 600_000)).toBeLessThan(5_000)
    const token = tokenOf(json['url'])
    expect(token).toMatch(/^[\w-]{43}$/)
    const got = await open(token)
    expect(got.json).toMatchObject({ access_key: account.access_key, role: 'account' })
    expect((await sendAsPage(server, cookieOf(got), { target: '/console/session' })).json).toEqual(got.json)
    expect(expectError(await open(token), 401, 'APIGW.0301')).toContain('once')
  })

  it('signs one of many in who open it at once', async () => {
    const token = await linkOf(account)
    const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await open(token)).status))
    expect(statuses.sort()).toEqual([200, ...Array(7).fill(401)])
  })

  it('is refused like an unknown one when it has expired, and when its key has ended', async () => {
    const [ended, key] = [
      await linkOf(account),
      await newKey(server, { role: 'account', account_id: account.account_id }),
    ]
    const ofKey = await linkOf(key)
    await server.call('DELETE', `/api/v1/access-keys/${key.access_key}`)
    const database = await openSqlite(join(server.dataDir, 'fluxport.sqlite'))
    const past = { expires_at_ms: Date.now() - 1 }
    await database.queries.updateTable('console_link').set(past).where('access_key', '=', account.access_key).execute()
    const stored = JSON.stringify(await database.queries.selectFrom('console_link').selectAll().execute())
    expect(stored).not.toContain(ofKey)
    const unknown = expectError(await open('x'.repeat(43)), 401, 'APIGW.0301')
    for (const token of [ended, ofKey]) expect(expectError(await open(token), 401, 'APIGW.0301')).toBe(unknown)
    await linkOf(server.credentials)
    const left = await database.queries.selectFrom('console_link').select('access_key').execute()
    expect(left.map((link) => link.access_key)).not.toContain(account.access_key)
    await database.close()
  })

  it('is one of the key’s newest 20', async () => {
    const tokens: string[] = []
    for (let n = 0; n < 21; n++) tokens.push(await linkOf(account))
    expect((await open(tokens[0] ?? '')).status).toBe(401)
    expect((await open(tokens[1] ?? '')).status).toBe(200)
  })

  it('is made by operators and accounts with their key: a session would outlive its end', async () => {
    const ingest = await newKey(server, { role: 'ingest', account_id: account.account_id })
    expectError(await ask(ingest), 403, 'CDN.0004')
    const cookie = await signedIn(server, account)
    expectError(await sendAsPage(server, cookie, { method: 'POST', target: '/console/links' }), 403, 'CDN.0004')
  })

  it('signs nobody in for another site', async () => {
    const token = await linkOf(account)
    const foreign = await signIn(server, { link_token: token }, { ...ofPage, Origin: 'https://evil.test' })
    expectError(foreign, 403, 'FLUXPORT.0601')
    expect((await open(token)).status, 'the refused request did not use it up').toBe(200)
  })
})
